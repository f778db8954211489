"""An event loop whose seconds pass only while everybody waits: hours take moments, and repeat.

Work in other threads and on sockets takes real time; while it is under way no virtual time passes.
"""

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from kkb_core.storage import Database, Tx

T = TypeVar("T")

START = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # Tuesday, 09.00 in Jenggot


class _Waiting(selectors.DefaultSelector):
    def __init__(self, loop: "VirtualLoop") -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        if self._loop.outside:
            return super().select(None if timeout is None or timeout > 0 else 0)
        events = super().select(0)
        if not events and timeout:
            self._loop.seconds += timeout
        assert events or timeout is not None, "everybody waits for ever"
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """`outside` counts what is under way in real time."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.outside = 0
        super().__init__(_Waiting(self))

    def time(self) -> float:
        return self.seconds

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        self.outside += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._came_back)
        return future

    async def shutdown_default_executor(self, *more: Any) -> None:
        self.outside += 1
        await super().shutdown_default_executor(*more)

    def _came_back(self, _future: object) -> None:
        self.outside -= 1


class VirtualNow:
    """A clock by the loop's seconds; `jumped` moves it, in either direction."""

    def __init__(self, start: datetime = START) -> None:
        self.start = start
        self.jumped = timedelta()
        self.loop = asyncio.get_running_loop()

    def __call__(self) -> datetime:
        return self.start + self.jumped + timedelta(seconds=self.loop.time())


class Outside:
    """A database whose answers take real time and no virtual time, whatever its driver."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def run(self, work: Callable[[Tx], T]) -> T:
        return await self._outside(self.database.run(work))

    async def read(self, work: Callable[[Tx], T]) -> T:
        return await self._outside(self.database.read(work))

    async def _outside(self, working: Awaitable[T]) -> T:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.outside += 1
        try:
            return await working
        finally:
            loop.outside -= 1


def run_virtually(work: Coroutine[Any, Any, T]) -> T:
    """Run *work* in a loop of its own, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
