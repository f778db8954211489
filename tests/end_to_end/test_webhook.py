"""Telegram calls us: one process or several behind one address."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from itertools import cycle
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import select

from bot import bootstrap
from bot.settings import Settings
from kkb_core.errors import InputRefused
from kkb_core.storage import Database
from kkb_core.storage.tables import answer_history
from tests.bot.test_bootstrap import HOOK, _logs_as_before, page, settings
from tests.end_to_end.family import Family, open_village
from tests.end_to_end.telegram_server import TOKEN, Person, TelegramServer, telegram_server
from tests.end_to_end.test_family import asked_twice, goes_on

__all__ = ["_logs_as_before"]


@contextlib.asynccontextmanager
async def balancer(ports: list[int]) -> AsyncIterator[str]:
    """One address: each call goes to the next of *ports*, and on to another when nobody is there."""
    turns = cycle(range(len(ports)))

    async def forward(request: web.Request) -> web.Response:
        body, first = await request.read(), next(turns)
        for port in [*ports[first:], *ports[:first]]:
            url = f"http://127.0.0.1:{port}{request.path}"
            with contextlib.suppress(aiohttp.ClientError):
                async with client.post(url, data=body, headers=request.headers) as answer:
                    return web.Response(status=answer.status)
        return web.Response(status=502)

    app = web.Application()
    app.router.add_post("/{path:.*}", forward)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    async with aiohttp.ClientSession() as client:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        await runner.cleanup()


@contextlib.asynccontextmanager
async def delivering() -> AsyncIterator[TelegramServer]:
    """A server that delivers what is written, again and again until it is taken."""

    async def deliver(server: TelegramServer) -> None:
        while True:
            await server.deliver_updates(token=TOKEN)
            await asyncio.sleep(0.01)

    async with telegram_server() as server, asyncio.TaskGroup() as tasks:
        task = tasks.create_task(deliver(server))
        yield server
        task.cancel()


@contextlib.asynccontextmanager
async def running(
    *given: Settings, only: frozenset[str] = frozenset({"web"})
) -> AsyncIterator[list[asyncio.Event]]:
    stops = [asyncio.Event() for _ in given]
    async with asyncio.TaskGroup() as tasks:
        for one, stop in zip(given, stops, strict=True):
            tasks.create_task(bootstrap.run(one, only=set(only), stop=stop))
        try:
            for one in given:
                while await page(one, "/readyz") != (200, "ready\n"):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            yield stops
        finally:
            for stop in stops:
                stop.set()


def hooked(url: str, server: TelegramServer) -> Settings:
    given = settings(url, server=server.address, **HOOK)
    return hooked_at(given, f"http://127.0.0.1:{given.web.port}")


async def test_a_family_answers_although_nobody_polls(
    database: Database, database_url: str
) -> None:
    code = await open_village(database)

    async with delivering() as server:
        family = Family(Person(server, 11), code)
        async with running(hooked(database_url, server)):
            await family.begin()
            await goes_on(family, 6)
        assert server.calls.count("setWebhook") == 1
        assert "getUpdates" not in server.calls
        assert "deleteWebhook" not in server.calls

    assert asked_twice(family) == {}


async def test_what_is_written_while_we_are_stopped_is_answered_after(
    database: Database, database_url: str
) -> None:
    code = await open_village(database)

    async with delivering() as server:
        given, family = hooked(database_url, server), Family(Person(server, 11), code)
        async with running(given):
            await family.begin()
        said = len(family.person.screen.said)
        await family.person.types("/bantuan")
        async with running(given):
            await family.person.answered(said)


async def test_several_processes_behind_one_address_answer_every_family_once(
    postgres_url: str,
) -> None:
    database = Database.open(postgres_url)
    code = await open_village(database)

    async with delivering() as server:
        first, second = hooked(postgres_url, server), hooked(postgres_url, server)
        async with balancer([first.web.port, second.web.port]) as address:
            given = [hooked_at(one, address) for one in (first, second)]
            families = [Family(Person(server, id), code) for id in (11, 12, 13)]  # noqa: A001
            async with running(*given) as (stop, _):
                await asyncio.gather(*(family.begin() for family in families))
                await asyncio.gather(*(goes_on(family, 5) for family in families))
                stop.set()
                await asyncio.gather(*(goes_on(family, 8) for family in families))

    assert [asked_twice(family) for family in families] == [{}] * 3
    assert await answered_once(database)
    await database.close()


def hooked_at(given: Settings, address: str) -> Settings:
    telegram = given.telegram.model_copy(update={"webhook_url": address})
    return given.model_copy(update={"telegram": telegram})


async def answered_once(database: Database) -> bool:
    def work(tx: Any) -> bool:
        rows = tx.execute(select(answer_history.c.interview_id, answer_history.c.question)).all()
        return len(rows) == len(set(rows)) > 0

    return await database.read(work)


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_token_another_program_has_a_webhook_for_is_refused(
    sqlite_url: str, mode: str
) -> None:
    async with telegram_server() as server:
        other = {"url": "http://127.0.0.1:9/other"}
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{server.address}/bot{TOKEN}/setWebhook", json=other) as answer,
        ):
            assert answer.status == 200
        given = hooked(sqlite_url, server)
        telegram = given.telegram.model_copy(update={"mode": mode})
        with pytest.raises(InputRefused, match="kkb webhook remove"):
            await bootstrap.run(given.model_copy(update={"telegram": telegram}))
        assert "deleteWebhook" not in server.calls


async def test_our_own_webhook_is_removed_when_polling_is_wanted_again(
    sqlite_database: Database, sqlite_url: str
) -> None:
    code = await open_village(sqlite_database)

    async with telegram_server() as server:
        given = hooked(sqlite_url, server)
        async with running(given):
            pass
        telegram = given.telegram.model_copy(update={"mode": "polling"})
        polling = given.model_copy(update={"telegram": telegram})
        async with running(polling, only=frozenset({"web", "poll"})):
            await Family(Person(server, 11), code).begin()
        assert server.calls.count("deleteWebhook") == 1
