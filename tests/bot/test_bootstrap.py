"""Everything built and started as an operator does it, with a Bot API server of this machine."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog

from bot import bootstrap
from bot.clock import SystemClock
from bot.settings import Settings
from kkb_core.errors import InputRefused
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import unreachable
from kkb_core.storage import Database, Tx, outbox, roles, updates
from kkb_core.storage.standing import arrive
from tests.end_to_end.telegram_server import TOKEN, Person, TelegramServer, telegram_server
from tests.kkb_core.storage.village import JENGGOT, phone, settle

HOOK = {"mode": "webhook", "webhook_url": "https://kkb.example", "webhook_secret": "0f1e" * 8}


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with telegram_server() as started:
        yield started


ALWAYS = {
    "opens": "00:00",
    "closes": "23:59:59",
    "friday_closed": "00:00-00:01",
    "national_holidays": False,
}


def settings(
    database_url: str, *, server: str = "", hours: dict[str, Any] | None = None, **telegram: Any
) -> Settings:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    if server:
        telegram = {"token": TOKEN, "api_base_url": server, **telegram}
    return Settings.model_validate(
        {
            "database": {"url": database_url},
            "web": {"port": port},
            "telegram": telegram,
            "hours": hours or {},
            "log": {"format": "json"},
        }
    )


@contextlib.asynccontextmanager
async def running(given: Settings, only: set[str] | None = None) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(bootstrap.run(given, only=only, stop=stop))
        try:
            yield stop
        finally:
            stop.set()


async def page(given: Settings, path: str) -> tuple[int, str]:
    """What the web part answers, as soon as it listens."""
    async with asyncio.timeout(10), aiohttp.ClientSession() as client:
        while True:
            try:
                async with client.get(f"http://127.0.0.1:{given.web.port}{path}") as answer:
                    return answer.status, await answer.text()
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.01)


async def test_it_all_starts_and_a_first_hello_is_answered(
    database_url: str, server: TelegramServer
) -> None:
    given = settings(database_url, server=server.address)
    siti = Person(server, 11)

    async with running(given):
        await siti.types("/start")
        await siti.buttons()
        assert await page(given, "/readyz") == (200, "ready\n")
        assert (await page(given, "/healthz"))[0] == 200
        assert 'kkb_turns_total{channel="telegram"' in (await page(given, "/metrics"))[1]

    assert server.calls.count("getMe") == 1
    assert siti.screen.said


async def test_what_is_not_ready_says_what_is_missing(sqlite_url: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    given = settings(sqlite_url, server=nobody)

    async with running(given):
        assert (await page(given, "/healthz"))[0] == 200
        assert await page(given, "/readyz") == (503, "Telegram has not answered yet\n")


async def test_the_web_alone_needs_no_telegram(sqlite_url: str) -> None:
    given = settings(sqlite_url)

    async with running(given, only={"web"}):
        assert await page(given, "/readyz") == (200, "ready\n")


async def test_the_sender_alone_sends_what_is_queued(
    sqlite_url: str, server: TelegramServer
) -> None:
    given = settings(sqlite_url, server=server.address, hours=ALWAYS)
    cadre = Person(server, 11)
    opened = Database.open(sqlite_url)
    await opened.run(lambda tx: cannot_be_reached(tx, SystemClock().now()))

    async with running(given, only={"sender"}):
        shown = await cadre.sees("Keluarga Melati")

    assert shown.buttons == []
    assert (await opened.read(outbox.accounts))[None].sent == 1
    await opened.close()


def cannot_be_reached(tx: Tx, now: datetime) -> None:
    """A family does not take messages, and the person at 11 is its cadre."""
    settle(tx)
    person = arrive(tx, phone("11"), now=now).person.id
    roles.grant_role(tx, person, Grant(Role.CADRE, Scope(JENGGOT)), now=now)
    unreachable.gone(tx, phone("mother"), now=now)


@pytest.mark.parametrize(
    ("only", "telegram", "line"),
    [
        (None, {}, r"telegram\.token is not set"),
        ({"web", "wbe"}, {}, "no part is called wbe"),
        ({"poll"}, {"token": TOKEN, **HOOK}, r'--only poll: telegram\.mode is "webhook"'),
        (None, {"token": TOKEN, "mode": "webhook"}, "needs webhook_url and webhook_secret"),
        (None, {"token": TOKEN, **HOOK, "webhook_secret": None}, "openssl rand -hex 32"),
    ],
)
async def test_what_keeps_it_from_starting_is_one_line(
    sqlite_url: str, only: set[str] | None, telegram: dict[str, Any], line: str
) -> None:
    with pytest.raises(InputRefused, match=line) as refused:
        await bootstrap.run(settings(sqlite_url, **telegram), only=only)

    assert "\n" not in str(refused.value)


async def test_a_database_that_is_behind_is_refused(tmp_path: Path) -> None:
    given = settings(f"sqlite:///{tmp_path / 'empty.db'}")

    with pytest.raises(InputRefused, match=r"behind; run: kkb migrate"):
        await bootstrap.run(given, only={"web"})


async def test_a_token_telegram_does_not_know_is_refused(
    sqlite_url: str, server: TelegramServer
) -> None:
    given = settings(sqlite_url, server=f"{server.address}/nothing/here")

    async with asyncio.timeout(10):
        with pytest.raises(InputRefused, match=r"telegram\.token.*refuses it"):
            await bootstrap.run(given)


async def test_a_second_process_on_one_sqlite_file_is_refused(
    sqlite_url: str, server: TelegramServer
) -> None:
    given = settings(sqlite_url, server=server.address)

    async with running(given):
        await page(given, "/healthz")
        with pytest.raises(InputRefused, match=r"another kkb is at work on .*PostgreSQL") as no:
            await bootstrap.run(settings(sqlite_url, server=server.address), only={"web"})
        assert "\n" not in str(no.value)
    async with running(given):
        assert (await page(given, "/healthz"))[0] == 200


async def test_several_processes_on_one_postgresql_are_welcome(postgres_url: str) -> None:
    first, second = settings(postgres_url), settings(postgres_url)

    async with running(first, only={"web"}), running(second, only={"web"}):
        assert [await page(one, "/readyz") for one in (first, second)] == [(200, "ready\n")] * 2


async def test_a_port_that_is_taken_is_refused(sqlite_url: str, server: TelegramServer) -> None:
    given = settings(sqlite_url, server=server.address)

    with (
        socket.create_server(("127.0.0.1", given.web.port)),
        pytest.raises(InputRefused, match=r"web\.port: .* cannot be listened on"),
    ):
        await bootstrap.run(given)


async def test_sigterm_ends_it_in_order(sqlite_url: str, server: TelegramServer) -> None:
    given = settings(sqlite_url, server=server.address)
    siti = Person(server, 11)

    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        tasks.create_task(bootstrap.run(given))
        await siti.types("/start")
        await siti.buttons()
        os.kill(os.getpid(), signal.SIGTERM)

    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    opened = Database.open(sqlite_url)
    assert await opened.read(lambda tx: updates.pending(tx, "telegram:7654321")) == ()
    await opened.close()


async def test_no_line_of_the_log_holds_a_token_a_name_or_an_answer(
    sqlite_url: str, server: TelegramServer, capsys: pytest.CaptureFixture[str]
) -> None:
    given = settings(sqlite_url, server=server.address)
    siti = Person(server, 11)

    async with running(given):
        await siti.types("/start rahasia-sekali")
        await siti.buttons()
        await siti.types("jawaban rahasia")
        await siti.answered(1)

    written = capsys.readouterr().err
    assert any(json.loads(line)["event"] == "started" for line in written.splitlines())
    for word in (TOKEN.split(":")[1], "rahasia", "Person 11"):
        assert word not in written
