"""SQLite: one writer thread with one connection, readers beside it.

SQLAlchemy's and Python's own way of beginning transactions loses updates under several writers
and fails at once where it should wait, so each writing transaction is BEGIN IMMEDIATE.
"""

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from kkb_core.errors import DatabaseUnavailable
from kkb_core.storage.columns import dumped
from kkb_core.storage.faults import told_as_ours
from kkb_core.storage.transaction import Tx

T = TypeVar("T")

WAIT_FOR_LOCK_MS = 5_000
READERS = 4


class Sqlite:
    """The backend for an SQLite file, or for a database in memory (then readers queue too)."""

    def __init__(self, url: URL) -> None:
        self._in_memory = url.database in (None, "", ":memory:")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="kkb-writer")
        self._writing = make_engine(url)
        self._held: Connection | None = None
        self._readers, self._reading = self._writer, self._writing
        if not self._in_memory:
            self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="kkb-reader")
            self._reading = make_engine(url, read_only=True)

    async def run(self, work: Callable[[Tx], T]) -> T:
        """Run *work* whole in the writer thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, self._write, work)

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run *work* in a reader's thread, on a connection that cannot write."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, _in_transaction, self._reading, work)

    def run_now(self, work: Callable[[Tx], T]) -> T:
        """Run *work* in the writer thread and wait for it."""
        return self._writer.submit(self._write, work).result()

    async def close(self) -> None:
        """Finish what is under way, then close the connections."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self._close_now)

    def _close_now(self) -> None:
        self._readers.shutdown()
        self._writer.shutdown()
        self._let_go()
        self._reading.dispose()
        self._writing.dispose()

    def _write(self, work: Callable[[Tx], T]) -> T:
        # Taking a connection out of the pool and giving it back costs as much as half a turn.
        try:
            with told_as_ours():
                if self._held is None:
                    self._held = self._writing.connect()
                with self._held.begin():
                    return _whole(self._held, work)
        except BaseException:
            self._let_go()
            raise

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.close()


def make_engine(
    url: URL,
    *,
    read_only: bool = False,
    foreign_keys: bool = True,
) -> Engine:
    """A synchronous engine whose transactions wait for the lock instead of losing updates."""
    in_memory = url.database in (None, "", ":memory:")
    if not in_memory:
        _make_file(Path(str(url.database)))
    engine = create_engine(
        url,
        json_serializer=dumped,
        connect_args={"check_same_thread": False},
        **({"poolclass": StaticPool} if in_memory else {}),
    )
    pragmas = [
        f"busy_timeout={WAIT_FOR_LOCK_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",
        f"foreign_keys={'ON' if foreign_keys else 'OFF'}",
        *(["query_only=ON"] if read_only else []),
    ]

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, _record: object) -> None:
        raw.isolation_level = None  # Python must not begin transactions of its own
        for pragma in pragmas:
            _set(raw, pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # By the driver: a tenth of what it costs as a statement.
        connection.connection.cursor().execute("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _set(raw: sqlite3.Connection, pragma: str) -> None:
    """Changing the journal's mode does not wait for a lock as everything else does."""
    give_up = time.monotonic() + WAIT_FOR_LOCK_MS / 1_000
    while True:
        try:
            raw.execute(f"PRAGMA {pragma}")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > give_up:
                raise
            time.sleep(0.01)
        else:
            return


def _in_transaction(engine: Engine, work: Callable[[Tx], T]) -> T:
    with told_as_ours(), engine.begin() as connection:
        return _whole(connection, work)


def _whole(connection: Connection, work: Callable[[Tx], T]) -> T:
    result = work(Tx(connection))
    # A full disk ends the whole transaction by itself, and the commit of nothing succeeds.
    if not getattr(connection.connection.dbapi_connection, "in_transaction", False):
        raise DatabaseUnavailable("the database gave the transaction up")
    return result


def _make_file(path: Path) -> None:
    """Answers are private: SQLite's own default would let everybody on the machine read them."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        reason = f"the database {path} cannot be opened: {error.strerror}"
        raise DatabaseUnavailable(reason) from error
