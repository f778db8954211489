"""A database that is open: the one place where transactions begin and end."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, Self, TypeVar

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from kkb_core.errors import DatabaseUnavailable, InputRefused
from kkb_core.storage.faults import unavailable
from kkb_core.storage.sqlite import Sqlite
from kkb_core.storage.transaction import Tx

T = TypeVar("T")


class Backend(Protocol):
    """How one kind of database runs a piece of work in a transaction of its own."""

    async def run(self, work: Callable[[Tx], T]) -> T:
        """Write: commit at the end, roll back on an exception."""

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Read one consistent state, without waiting for writers."""

    def run_now(self, work: Callable[[Tx], T]) -> T:
        """`run` for code that has no event loop."""

    async def close(self) -> None:
        """Let go of every connection."""


class Database:
    """An open database. Work is a plain function of a Tx; its result comes back after the commit.

    Raises DatabaseUnavailable when the database is locked, gone or full; nothing was kept then.
    `trouble` says why the last work was not kept; None when it was.
    """

    def __init__(self, url: URL, backend: Backend) -> None:
        self.url = url
        self._backend = backend
        self.transactions = 0
        self.statements = 0
        self.trouble: str | None = None

    @classmethod
    def open(cls, url: str) -> Self:
        """Open `sqlite:///var/kkb.db`, `sqlite://` (in memory) or `postgresql://…`.

        An SQLite file and its folder are made when they are not there, readable by us alone.
        """
        parsed = read_url(url)
        if parsed.get_backend_name() == "sqlite":
            return cls(parsed, Sqlite(parsed))
        # Nine megabytes that a bot on SQLite does without.
        from kkb_core.storage.postgres import Postgres  # noqa: PLC0415

        return cls(parsed, Postgres(parsed))

    @property
    def in_memory(self) -> bool:
        """Whether it goes when it is closed."""
        return self.url.get_backend_name() == "sqlite" and file_of(self.url) is None

    @property
    def shared(self) -> bool:
        """Whether several processes may be at work on it."""
        return self.url.get_backend_name() != "sqlite"

    async def run(self, work: Callable[[Tx], T]) -> T:
        """Run *work* in a writing transaction of its own."""
        try:
            result = await self._backend.run(self._counted(work))
        except DatabaseUnavailable as error:
            self.trouble = str(error)
            raise
        self.trouble = None
        return result

    async def run_all(self, works: Sequence[Callable[[Tx], T]]) -> list[T | Exception]:
        """Run *works* in one transaction.

        When one raises, all begin again, a savepoint each: a work must not mind being run twice.
        A work that raises is undone alone and its exception stands in its place. On PostgreSQL
        the row locks of all works are held until the end, so two batches can deadlock: one of
        them is then DatabaseUnavailable, and its works may be run one by one.
        """
        try:
            return await self.run(lambda tx: [work(tx) for work in works])
        except DatabaseUnavailable:
            raise
        except Exception:  # noqa: BLE001 - it comes again, and stands in its own work's place
            return await self.run(lambda tx: [_attempt(tx, work) for work in works])

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run *work* in a read-only transaction, apart from the writer."""
        return await self._backend.read(self._counted(work))

    def run_now(self, work: Callable[[Tx], T]) -> T:
        """`run` for the command line, where no event loop is running."""
        return self._backend.run_now(self._counted(work))

    async def close(self) -> None:
        """Let go of every connection."""
        await self._backend.close()

    def _counted(self, work: Callable[[Tx], T]) -> Callable[[Tx], T]:
        def counted(tx: Tx) -> T:
            try:
                return work(tx)
            finally:
                self.transactions += 1
                self.statements += tx.statements

        return counted


def read_url(url: str) -> URL:
    """Read a database address; InputRefused names what is wrong with it, without its password."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InputRefused(
            "database.url is not an address; write sqlite:///var/kkb.db or postgresql://…"
        ) from None
    match parsed.get_backend_name():
        case "sqlite":
            return parsed.set(drivername="sqlite")
        case "postgresql":
            return parsed.set(drivername="postgresql+asyncpg")
        case other:
            raise InputRefused(
                f"database.url: {other} is not supported; write sqlite:///… or postgresql://…"
            )


def file_of(url: URL) -> Path | None:
    """The file of an SQLite database; None for one in memory and for PostgreSQL."""
    in_memory = url.database in (None, "", ":memory:")
    if url.get_backend_name() != "sqlite" or in_memory:
        return None
    return Path(str(url.database))


def _attempt(tx: Tx, work: Callable[[Tx], T]) -> T | Exception:
    try:
        with tx.savepoint():
            return work(tx)
    except Exception as error:
        # Undoing the savepoint may fail in its turn; the reason is then further back.
        cause: BaseException | None = error
        while cause is not None:
            if reason := unavailable(cause):
                raise DatabaseUnavailable(reason) from error
            cause = cause.__context__
        return error
