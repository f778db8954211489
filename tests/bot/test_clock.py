from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.clock import SystemClock, VirtualClock

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Seconds:
    def __init__(self):
        self.gone = 100.0

    def __call__(self):
        return self.gone


def test_the_system_clock_is_aware_and_in_utc():
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_virtual_clock_runs_on_from_its_start():
    seconds = Seconds()
    clock = VirtualClock(START, running=seconds)

    seconds.gone += 61

    assert clock.now() == START + timedelta(seconds=61)


def test_a_virtual_clock_moves_forward_and_goes_on_running():
    seconds = Seconds()
    clock = VirtualClock(START, running=seconds)
    seconds.gone += 5

    clock.forward(timedelta(weeks=1))
    seconds.gone += 5

    assert clock.now() == START + timedelta(weeks=1, seconds=10)


def test_a_virtual_clock_does_not_go_back():
    with pytest.raises(AssertionError, match="does not go back"):
        VirtualClock(START).forward(timedelta(seconds=-1))


def test_a_restarted_clock_is_where_it_began():
    seconds = Seconds()
    clock = VirtualClock(START, running=seconds)
    clock.forward(timedelta(days=3))
    seconds.gone += 9

    clock.restart()

    assert clock.now() == START


def test_a_virtual_clock_tells_utc_wherever_it_starts():
    wib = timezone(timedelta(hours=7))

    clock = VirtualClock(datetime(2026, 3, 2, 16, tzinfo=wib), running=Seconds())

    assert clock.now() == START
    assert clock.now().tzinfo is UTC


def test_a_start_without_a_zone_is_a_mistake():
    with pytest.raises(AssertionError, match="aware"):
        VirtualClock(START.replace(tzinfo=None))
