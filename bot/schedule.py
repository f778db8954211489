"""The clock's side: a tick each minute, and the jobs it runs.

A tick only says what time it is. What is due is computed from rows, so a missed tick, a second
process or a clock that jumps neither loses nor doubles anything.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from time import perf_counter

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import Clock
from bot.metrics import JOB_FAILURES, JOB_RESULTS, JOB_SECONDS

log = structlog.get_logger(__name__)

EVERY_SECONDS = 60
SLOW_SECONDS = 60.0

Job = tuple[str, Callable[[datetime], Awaitable[Mapping[str, int]]]]


class Ticker:
    """Runs *jobs*, one after the other, at each tick of *clock*."""

    def __init__(self, jobs: Sequence[Job], clock: Clock) -> None:
        self._jobs = tuple(jobs)
        self._clock = clock

    async def tick(self, now: datetime) -> None:
        """Run every job once; one that fails keeps no other from running."""
        for name, job in self._jobs:
            await _run(name, job(now))

    async def run(self, stop: asyncio.Event, *, every: float = EVERY_SECONDS) -> None:
        """Tick at once and then *every* so many seconds, until *stop*; a tick under way ends."""
        under_way = asyncio.Lock()

        async def beat() -> None:
            async with under_way:
                await self.tick(self._clock.now())

        scheduler = AsyncIOScheduler(timezone=UTC)
        scheduler.add_job(
            beat,
            IntervalTrigger(seconds=every, timezone=UTC),
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )
        await beat()
        scheduler.start()
        try:
            await stop.wait()
        finally:
            scheduler.pause()
            async with under_way:
                scheduler.shutdown(wait=False)


async def _run(name: str, work: Awaitable[Mapping[str, int]]) -> None:
    started = perf_counter()
    try:
        counts = await work
    except Exception:
        JOB_FAILURES.labels(name).inc()
        log.exception("a job failed", job=name)
        return
    took = perf_counter() - started
    JOB_SECONDS.labels(name).observe(took)
    for what, count in counts.items():
        JOB_RESULTS.labels(name, what).inc(count)
    if any(counts.values()) or took > SLOW_SECONDS:
        log.info("a job ran", job=name, took=round(took, 3), counts=dict(counts))
