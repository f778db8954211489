"""The bot against a Bot API server by others, with a conversation too small to get in the way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from lo_bot_api_emulator import ApiRefusal

from bot.clock import SystemClock
from bot.telegram.app import TelegramBot, connect
from kkb_core.errors import InputRefused
from kkb_core.messaging import MsgIn, MsgOut, Picture, Text
from kkb_core.storage import Database
from tests.bot.telegram.conftest import SORRY, draw
from tests.bot.telegram.echo import YES, Echo
from tests.end_to_end.telegram_server import TOKEN, Person, TelegramServer, telegram_server


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with telegram_server() as started:
        yield started


@asynccontextmanager
async def running(server: TelegramServer, database: Database, echo: Echo) -> AsyncIterator[None]:
    account = await connect(TOKEN, api_base_url=server.address)
    bot = TelegramBot(
        account, database=database, conversations=echo, sorry=SORRY, draw=draw, clock=SystemClock()
    )
    stop = asyncio.Event()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(bot.run(stop))
            try:
                yield
            finally:
                stop.set()
    finally:
        await account.close()


async def test_words_and_taps_are_answered(server: TelegramServer, database: Database) -> None:
    siti = Person(server, 11)

    async with running(server, database, Echo()):
        await siti.types("halo <b> & 👧")
        await siti.taps("Ya")
        shown = await siti.sees("heard a:1")

    assert siti.screen.said == ["heard halo <b> & 👧", "heard a:1"]
    assert list(siti.screen.messages) == [shown.id]
    assert len(server.queries) == 1


async def test_a_picture_and_a_long_text_arrive(
    server: TelegramServer, database: Database
) -> None:
    def long_winded(msg: MsgIn) -> list[MsgOut]:
        return [
            MsgOut(text=Text.of("short"), picture=Picture("result", {"title": "x"}), replies=YES),
            MsgOut(text=Text.lines(["<&>" * 30] * 90), replies=YES),
        ]

    echo, siti = Echo(), Person(server, 11)
    echo.answer = long_winded

    async with running(server, database, echo):
        await siti.types("halo")
        await server.until(lambda: len(siti.screen.said) >= 4)

    photo, *pieces = siti.screen.messages.values()
    assert photo.picture
    assert "".join(piece.text for piece in pieces) == "\n".join(["<&>" * 30] * 90)
    assert [bool(piece.keyboard) for piece in pieces] == [False] * (len(pieces) - 1) + [True]


async def test_people_do_not_wait_for_each_other(
    server: TelegramServer, database: Database
) -> None:
    people = [Person(server, id_) for id_ in range(1, 41)]

    async with running(server, database, Echo()):
        await asyncio.gather(*(one.types(f"{one.id}.{n}") for one in people for n in range(5)))
        await server.until(lambda: sum(len(one.screen.said) for one in people) >= 200)

    for one in people:
        assert one.screen.said == [f"heard {one.id}.{n}" for n in range(5)]


async def test_stopped_and_started_nothing_is_lost_or_said_twice(
    server: TelegramServer, database: Database
) -> None:
    siti, echo = Person(server, 11), Echo()

    for number in range(5):
        await siti.types(f"while away {number}")
        async with running(server, database, echo):
            await siti.types(f"while here {number}")
            await siti.sees(f"heard while here {number}")

    assert [msg.text for msg in echo.heard] == [
        f"while {where} {number}" for number in range(5) for where in ("away", "here")
    ]
    assert len(siti.screen.said) == 10


async def test_a_server_that_throttles_and_fails_gets_every_reply_in_the_end(
    server: TelegramServer, sqlite_database: Database
) -> None:
    troubles = [
        ApiRefusal("Too Many Requests: retry after 1", 429, {"retry_after": 1}),
        ApiRefusal("Bad Gateway", 502),
        ApiRefusal("Internal Server Error", 500),
    ]

    def refuse(method: str, fields: dict[str, object]) -> None:
        if method == "sendMessage" and troubles:
            raise troubles.pop()

    server.refuse = refuse
    people = [Person(server, id_) for id_ in (1, 2, 3)]

    async with running(server, sqlite_database, Echo()):
        for one in people:
            await one.types("halo")
        await server.until(lambda: all(one.screen.said for one in people))

    assert troubles == []
    assert all(one.screen.said == ["heard halo"] for one in people)


async def test_a_webhook_of_somebody_else_is_left_to_them(
    server: TelegramServer, sqlite_database: Database
) -> None:
    await server._update_queues.set_webhook(TOKEN, {"url": "https://kkb.example/telegram"})

    with pytest.RaisesGroup(
        pytest.RaisesExc(InputRefused, match="kkb webhook remove"), flatten_subgroups=True
    ):
        async with asyncio.timeout(10), running(server, sqlite_database, Echo()):
            await asyncio.Event().wait()

    assert "deleteWebhook" not in server.calls


async def test_a_second_poller_ends_with_a_clear_line(
    server: TelegramServer, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram.polling.PAUSES", (0.01,))

    async with running(server, sqlite_database, Echo()):
        await server.until(lambda: "getUpdates" in server.calls)
        with pytest.RaisesGroup(
            pytest.RaisesExc(InputRefused, match="409"), flatten_subgroups=True
        ):
            async with asyncio.timeout(10), running(server, sqlite_database, Echo()):
                await asyncio.Event().wait()
