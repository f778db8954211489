import asyncio
import multiprocessing
import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from kkb_core.errors import DatabaseUnavailable, InputRefused
from kkb_core.storage import Database, Tx, postgres, sqlite
from kkb_core.storage.tables import leases
from tests.kkb_core.storage.village import NOW


def put(tx: Tx, name: str) -> str:
    tx.execute(leases.insert(), {"name": name, "owner": "me", "until": NOW, "token": 0})
    return name


def names(tx: Tx) -> list[str]:
    return list(tx.execute(select(leases.c.name).order_by(leases.c.name)).scalars())


def token(tx: Tx) -> int:
    return int(tx.execute(select(leases.c.token)).scalar_one())


def add_one(tx: Tx) -> None:
    """Read, then write what follows from it: what a turn does."""
    asked = select(leases.c.token)
    if tx.dialect == "postgresql":
        asked = asked.with_for_update()
    now = tx.execute(asked).scalar_one()
    tx.execute(update(leases).values(token=now + 1))


async def test_work_is_kept_when_it_ends_and_its_result_comes_back(database: Database) -> None:
    assert await database.run(lambda tx: put(tx, "a")) == "a"

    assert await database.read(names) == ["a"]


async def test_work_that_raises_leaves_nothing(database: Database) -> None:
    def fail(tx: Tx) -> None:
        put(tx, "a")
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        await database.run(fail)

    assert await database.read(names) == []


async def test_one_failing_work_leaves_its_neighbours_whole(database: Database) -> None:
    def fail(tx: Tx) -> None:
        put(tx, "b")
        put(tx, "b")

    first, second, third = await database.run_all(
        [lambda tx: put(tx, "a"), fail, lambda tx: put(tx, "c")]
    )

    assert (first, third) == ("a", "c")
    assert isinstance(second, IntegrityError)
    assert await database.read(names) == ["a", "c"]


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises((DBAPIError, DatabaseUnavailable)):
        await database.read(lambda tx: put(tx, "a"))

    assert await database.read(names) == []


async def test_a_reader_sees_what_was_committed_while_a_writer_is_busy(database: Database) -> None:
    await database.run(lambda tx: put(tx, "a"))
    seen: list[list[str]] = []
    loop = asyncio.get_running_loop()

    def write(tx: Tx) -> None:
        put(tx, "b")
        if tx.dialect == "sqlite":  # on PostgreSQL work runs in the loop's own thread
            reading = asyncio.run_coroutine_threadsafe(database.read(names), loop)
            seen.append(reading.result(5))

    await database.run(write)

    assert seen in ([["a"]], [])
    assert await database.read(names) == ["a", "b"]


def test_the_command_line_needs_no_event_loop(database_url: str) -> None:
    database = Database.open(database_url)

    database.run_now(lambda tx: put(tx, "a"))
    database.run_now(lambda tx: put(tx, "b"))

    assert database.run_now(names) == ["a", "b"]
    asyncio.run(database.close())


async def test_concurrent_read_then_write_loses_nothing(database: Database) -> None:
    await database.run(lambda tx: put(tx, "a"))

    await asyncio.gather(*(database.run(add_one) for _ in range(50)))

    assert await database.read(token) == 50


def _add_many(url: str, times: int) -> None:
    database = Database.open(url)
    for _ in range(times):
        database.run_now(add_one)
    asyncio.run(database.close())


def test_threads_with_databases_of_their_own_lose_no_update(sqlite_url: str) -> None:
    Database.open(sqlite_url).run_now(lambda tx: put(tx, "a"))

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(_add_many, [sqlite_url] * 3, [40] * 3))

    assert Database.open(sqlite_url).run_now(token) == 120


def test_processes_lose_no_update(database_url: str) -> None:
    Database.open(database_url).run_now(lambda tx: put(tx, "a"))
    spawned = multiprocessing.get_context("spawn")
    workers = [spawned.Process(target=_add_many, args=(database_url, 20)) for _ in range(3)]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert Database.open(database_url).run_now(token) == 60


async def test_a_locked_file_is_unavailable_after_a_while(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "WAIT_FOR_LOCK_MS", 20)
    database = Database.open(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(DatabaseUnavailable, match="locked"):
        await database.run(lambda tx: put(tx, "a"))

    other.execute("ROLLBACK")
    other.close()
    await database.run(lambda tx: put(tx, "a"))
    await database.close()


async def test_a_row_locked_for_too_long_is_unavailable(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "WAIT_FOR_LOCK_MS", 20)
    database = Database.open(postgres_url)
    await database.run(lambda tx: put(tx, "a"))
    held = await database._backend._engine.connect()  # type: ignore[attr-defined]
    await held.execute(text("SELECT 1 FROM leases FOR UPDATE"))

    with pytest.raises(DatabaseUnavailable, match="locked"):
        await database.run(add_one)

    await held.close()
    await database.close()


async def test_a_full_disk_is_unavailable_and_keeps_nothing(sqlite_database: Database) -> None:
    def fill(tx: Tx) -> None:
        tx.execute(text("PRAGMA max_page_count = 1"))
        for number in range(5_000):
            put(tx, f"a{number:060d}")

    with pytest.raises(DatabaseUnavailable, match="full"):
        await sqlite_database.run(fill)

    assert await sqlite_database.read(names) == []


async def test_a_full_disk_ends_a_whole_batch(sqlite_database: Database) -> None:
    def fill(tx: Tx) -> None:
        tx.execute(text("PRAGMA max_page_count = 1"))
        for number in range(5_000):
            put(tx, f"a{number:060d}")

    with pytest.raises(DatabaseUnavailable, match="full"):
        await sqlite_database.run_all([lambda tx: put(tx, "first"), fill])

    assert await sqlite_database.read(names) == []


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody@127.0.0.1:9/kkb",
        "postgresql://nobody@/kkb?host=/nowhere",
    ],
)
async def test_a_server_that_is_not_there_is_unavailable(url: str) -> None:
    database = Database.open(url)

    with pytest.raises(DatabaseUnavailable, match="unreachable"):
        await database.run(names)

    await database.close()


async def test_a_database_that_is_not_there_is_unavailable(postgres_url: str) -> None:
    database = Database.open(postgres_url.replace("/kkb_test", "/kkb_missing"))

    with pytest.raises(DatabaseUnavailable, match="not there"):
        await database.run(names)

    await database.close()


async def test_a_connection_cut_in_a_turn_is_unavailable_once(postgres_url: str) -> None:
    database = Database.open(postgres_url)
    cut = text("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(DatabaseUnavailable):
        await database.run(lambda tx: tx.execute(cut))

    await database.run(lambda tx: put(tx, "a"))
    await database.close()


def test_a_new_file_and_its_folder_are_made_for_us_alone(tmp_path: Path) -> None:
    file = tmp_path / "var" / "deep" / "kkb.db"

    database = Database.open(f"sqlite:///{file}")
    database.run_now(lambda tx: tx.execute(text("CREATE TABLE t (a)")).close())

    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in file.parent.iterdir()}
    assert modes == {"kkb.db": 0o600, "kkb.db-wal": 0o600, "kkb.db-shm": 0o600}
    asyncio.run(database.close())


def test_a_file_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(DatabaseUnavailable, match="cannot be opened"):
        Database.open(f"sqlite:///{tmp_path}/file/kkb.db")


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "kkb.db").write_bytes(os.urandom(4096))
    database = Database.open(f"sqlite:///{tmp_path}/kkb.db")

    with pytest.raises(DatabaseUnavailable, match="not an SQLite file"):
        await database.run(names)

    await database.close()


@pytest.mark.parametrize("url", ["nonsense", "mysql://somewhere/kkb", ""])
def test_an_address_we_do_not_speak_is_refused_with_the_cure(url: str) -> None:
    with pytest.raises(InputRefused, match="write sqlite:///"):
        Database.open(url)


def test_a_password_is_in_no_text_of_a_database() -> None:
    database = Database.open("postgresql://kkb:very-secret@db.example/kkb")

    assert "very-secret" not in f"{database.url} {database.url!r}"


async def test_the_settings_of_sqlite_are_the_durable_ones(sqlite_database: Database) -> None:
    def ask(tx: Tx) -> dict[str, Any]:
        wanted = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        return {name: tx.execute(text(f"PRAGMA {name}")).scalar() for name in wanted}

    assert await sqlite_database.run(ask) == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
    }


async def test_statements_and_transactions_are_counted(database: Database) -> None:
    await database.run(lambda tx: put(tx, "a"))
    await database.run_all([lambda tx: put(tx, "b"), names])

    assert (database.transactions, database.statements) == (2, 3)
