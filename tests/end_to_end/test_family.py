"""A family on Telegram, the whole questionnaire, on a real bot over real HTTP."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from bot import bootstrap
from kkb_core.storage import Database
from kkb_core.storage.tables import answer_history, interviews
from tests.bot.test_bootstrap import _logs_as_before, settings
from tests.end_to_end.family import Family, open_village
from tests.end_to_end.telegram_server import Person, TelegramServer, telegram_server

__all__ = ["_logs_as_before"]

FEW = 12  # questions after which something happens in the shorter tests
PLENTY = 400  # steps no family needs


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with telegram_server() as started:
        yield started


@pytest.fixture
async def code(database: Database) -> str:
    return await open_village(database)


@contextlib.asynccontextmanager
async def running(server: TelegramServer, url: str) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(bootstrap.run(settings(url, server=server.address), stop=stop))
        try:
            yield
        finally:
            stop.set()


async def rows(database: Database, table: Any) -> list[Any]:
    return await database.read(lambda tx: tx.execute(select(table)).all())


async def finished(database: Database) -> bool:
    return any(row.completed_at for row in await rows(database, interviews))


async def goes_on(family: Family, until: int) -> None:
    while len(family.asked) < until:
        await family.step()


def asked_twice(family: Family) -> dict[str, int]:
    return {name: times for name, times in Counter(family.asked).items() if times > 1}


async def test_the_whole_questionnaire_to_the_result(
    server: TelegramServer, database: Database, database_url: str, code: str
) -> None:
    family = Family(Person(server, 11), code)

    async with running(server, database_url):
        await family.begin()
        for _ in range(PLENTY):
            await family.step()
            if await finished(database):
                break

    assert await finished(database)
    assert len(family.asked) > 50
    assert asked_twice(family) == {}


async def test_stopped_and_started_between_answers_nothing_is_asked_twice(
    server: TelegramServer, database: Database, database_url: str, code: str
) -> None:
    family = Family(Person(server, 11), code)

    async with running(server, database_url):
        await family.begin()
    for more in range(1, FEW):
        async with running(server, database_url):
            await goes_on(family, more + 1)

    assert asked_twice(family) == {}


async def test_twenty_taps_at_once_on_one_button_count_once(
    server: TelegramServer, database: Database, database_url: str, code: str
) -> None:
    family = Family(Person(server, 11), code)

    async with running(server, database_url):
        await family.begin()
        await goes_on(family, 3)
        shown = await family.person.prompt()
        before = len(await rows(database, answer_history))
        data = next(b["callback_data"] for b in shown.buttons if b["callback_data"][:2] == "a:")
        await asyncio.gather(*(family.person.taps_data(data, shown) for _ in range(20)))
        await server.until(lambda: len(server.queries) >= len(family.taps) + 20)

    assert len(await rows(database, answer_history)) == before + 1


async def test_forged_and_foreign_taps_change_nothing(
    server: TelegramServer, database: Database, database_url: str, code: str
) -> None:
    siti, budi = Family(Person(server, 11), code), Family(Person(server, 12), code)

    async with running(server, database_url):
        for family in (siti, budi):
            await family.begin()
            await goes_on(family, 4)
            await family.person.prompt()
        answered, progress = await rows(database, answer_history), await rows(database, interviews)
        forged = _forgeries(siti, budi)
        queries = len(server.queries)
        for data in forged:
            await budi.person.taps_at(data, budi.taps[-1][1])
        await server.until(lambda: len(server.queries) >= queries + len(forged))

    assert await rows(database, answer_history) == answered
    assert await rows(database, interviews) == progress


def _forgeries(siti: Family, budi: Family) -> list[str]:
    theirs = [data for data, _ in siti.taps if data.startswith(("a:", "p:"))]
    own = [data for data, _ in budi.taps if data.startswith("a:")][-1].split(":")
    return [
        *theirs,
        ":".join(own),
        ":".join([*own[:3], "999999", own[4]]),
        ":".join([*own[:3], "-1", own[4]]),
        ":".join([own[0], "999999999999999999999", *own[2:]]),
        ":".join([*own[:2], "NO_SUCH", *own[3:]]),
        *("", ":", "::::", "a:", "a:1", "a:x:y:z:w", "n:1", "lang:xx", "join:rw:1", "consent:"),
        *("home:", "same:yes", "erase:yes", "\x00", "'; DROP TABLE people;--", "<b>", "é" * 32),
    ]


@pytest.mark.parametrize("other", ["photo", "sticker", "voice", "location", "contact", "dice"])
async def test_whatever_else_is_sent_is_answered_and_the_question_stays(
    server: TelegramServer, sqlite_database: Database, sqlite_url: str, other: str
) -> None:
    family = Family(Person(server, 11), await open_village(sqlite_database))

    async with running(server, sqlite_url):
        await family.begin()
        await goes_on(family, 4)
        before = await rows(sqlite_database, answer_history)
        said = len(family.person.screen.said)
        await family.person.types(None, **{other: {}})
        await family.person.answered(said)
        await goes_on(family, 6)

    assert await rows(sqlite_database, answer_history) != before
    assert len(family.asked) == 6


@pytest.mark.parametrize(
    "text",
    ["x" * 4096, "👨‍👩‍👧" * 300, "<b>&amp;</b><script>", "ꦱꦶꦠꦶ", "سيتي", "٣", "-1", "9" * 400, "=1+1", "/entah", "\u202e abc"],
)  # fmt: skip
async def test_whatever_is_written_is_answered(
    server: TelegramServer, sqlite_database: Database, sqlite_url: str, text: str
) -> None:
    family = Family(Person(server, 11), await open_village(sqlite_database))

    async with running(server, sqlite_url):
        for until in (0, 4):
            if until:
                await family.begin()
                await goes_on(family, until)
            said = len(family.person.screen.said)
            await family.person.types(text)
            await family.person.answered(said)

    assert "out of order" not in "".join(family.person.screen.said)
