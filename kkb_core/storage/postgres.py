"""PostgreSQL over asyncpg; a turn is still a plain function, run through run_sync."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from kkb_core.errors import DatabaseUnavailable
from kkb_core.storage.columns import dumped
from kkb_core.storage.faults import told_as_ours
from kkb_core.storage.transaction import Tx

T = TypeVar("T")

CONNECT_TIMEOUT = 5.0  # seconds
WAIT_FOR_LOCK_MS = 5_000
POOL_SIZE = 10
ONE_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class Postgres:
    """The backend for a PostgreSQL database: many writers, rows locked."""

    def __init__(self, url: URL) -> None:
        self._engine = make_engine(url)

    async def run(self, work: Callable[[Tx], T]) -> T:
        """Run *work* in a transaction on a connection of its own."""
        return await self._in_transaction(work)

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run *work* on one snapshot of the database, on a connection that cannot write."""
        return await self._in_transaction(work, read_only=True)

    def run_now(self, work: Callable[[Tx], T]) -> T:
        """Run *work* in an event loop of its own."""
        return asyncio.run(self._once(work))

    async def close(self) -> None:
        """Close the connections."""
        await self._engine.dispose()

    async def _once(self, work: Callable[[Tx], T]) -> T:
        # asyncpg's connections belong to the loop that opened them.
        try:
            return await self._in_transaction(work)
        finally:
            await self._engine.dispose()

    async def _in_transaction(self, work: Callable[[Tx], T], *, read_only: bool = False) -> T:
        with told_as_ours():
            async with connected(self._engine) as connection:
                if read_only:
                    await connection.execution_options(**ONE_SNAPSHOT)
                async with connection.begin():
                    return await connection.run_sync(
                        lambda plain: work(Tx(plain, read_only=read_only))
                    )


def make_engine(url: URL) -> AsyncEngine:
    """An engine whose lock waits end, as SQLite's do, in DatabaseUnavailable."""
    return create_async_engine(
        url,
        json_serializer=dumped,
        pool_size=POOL_SIZE,
        connect_args={
            "timeout": CONNECT_TIMEOUT,
            "server_settings": {
                "lock_timeout": str(WAIT_FOR_LOCK_MS),
                "timezone": "UTC",
                "jit": "off",  # compiling a large statement takes longer than running it
            },
        },
    )


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection for a while; DatabaseUnavailable when the server cannot be reached."""
    try:
        connection = await engine.connect()
    except (OSError, TimeoutError) as error:
        raise DatabaseUnavailable("the database is unreachable") from error
    try:
        yield connection
    finally:
        await connection.close()
