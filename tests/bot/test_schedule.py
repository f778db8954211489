"""The tick and its jobs."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from bot.clock import VirtualClock
from bot.metrics import REGISTRY
from bot.schedule import Ticker

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


async def test_a_tick_tells_every_job_the_time() -> None:
    told: list[tuple[str, datetime]] = []

    async def first(now: datetime) -> Mapping[str, int]:
        told.append(("first", now))
        return {"sent": 2}

    async def second(now: datetime) -> Mapping[str, int]:
        told.append(("second", now))
        return {}

    await Ticker([("first", first), ("second", second)], VirtualClock(NOW)).tick(NOW)

    assert told == [("first", NOW), ("second", NOW)]
    labels = {"job": "first", "what": "sent"}
    assert REGISTRY.get_sample_value("kkb_job_results_total", labels) == 2


async def test_a_job_that_fails_keeps_no_other_from_running() -> None:
    ran: list[str] = []

    async def broken(now: datetime) -> Mapping[str, int]:
        raise ZeroDivisionError

    async def whole(now: datetime) -> Mapping[str, int]:
        ran.append("whole")
        return {}

    await Ticker([("broken", broken), ("whole", whole)], VirtualClock(NOW)).tick(NOW)

    assert ran == ["whole"]
    assert REGISTRY.get_sample_value("kkb_job_failures_total", {"job": "broken"}) == 1


async def test_the_clock_ticks_until_it_is_told_to_stop() -> None:
    stop, ticks = asyncio.Event(), 0

    async def count(now: datetime) -> Mapping[str, int]:
        nonlocal ticks
        ticks += 1
        if ticks == 3:
            stop.set()
        return {}

    async with asyncio.timeout(10):
        await Ticker([("count", count)], VirtualClock(NOW)).run(stop, every=0.05)

    assert ticks == 3


async def test_a_tick_under_way_is_finished_before_stopping() -> None:
    stop, begun, finished = asyncio.Event(), 0, 0

    async def slow(now: datetime) -> Mapping[str, int]:
        nonlocal begun, finished
        begun += 1
        if begun == 2:
            stop.set()
            await asyncio.sleep(0.05)
        finished += 1
        return {}

    async with asyncio.timeout(10):
        await Ticker([("slow", slow)], VirtualClock(NOW)).run(stop, every=0.05)

    assert begun == finished == 2
