from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from kkb_core.broadcast import (
    BroadcastRules,
    BroadcastState,
    Repeat,
    Step,
    following,
    possible,
)

WIB = ZoneInfo("Asia/Jakarta")
RULES = BroadcastRules()


@pytest.mark.parametrize(
    ("eligible", "first"), [(1, 0), (20, 0), (21, 20), (2_000, 20), (2_001, 20), (10_000, 100)]
)
def test_one_in_a_hundred_goes_first_and_never_fewer_than_twenty(eligible, first):
    assert RULES.canary(eligible) == first


@pytest.mark.parametrize(
    ("failed", "settled", "halts"),
    [(0, 20, False), (1, 20, False), (2, 20, True), (20, 20, True), (0, 0, False)],
)
def test_too_many_failures_among_the_first_keep_the_others_back(failed, settled, halts):
    assert RULES.halts(failed=failed, settled=settled) is halts


@pytest.mark.parametrize(
    ("begins", "eligible", "ends"),
    [
        ("2026-03-09 09:00", 299, "2026-03-09 09:00:10"),
        ("2026-03-09 02:00", 299, "2026-03-09 08:00:10"),
        ("2026-03-09 20:29", 29_900, "2026-03-10 08:11:40"),
    ],
)
def test_the_end_is_foretold_in_open_hours(begins, eligible, ends):
    starts = datetime.fromisoformat(begins).replace(tzinfo=WIB)

    found = RULES.ends(eligible, begins=starts, zone="Asia/Jakarta")

    assert found == datetime.fromisoformat(ends).replace(tzinfo=WIB)


def test_duration_is_counted_in_whole_seconds_upwards():
    assert [RULES.seconds(many) for many in (0, 1, 29, 30, 299)] == [0, 1, 1, 2, 10]


@pytest.mark.parametrize(
    ("repeat", "last", "day", "following_time"),
    [
        (Repeat.WEEKLY, "2026-12-28 08:30", 28, "2027-01-04 08:30"),
        (Repeat.MONTHLY, "2026-01-31 08:30", 31, "2026-02-28 08:30"),
        (Repeat.MONTHLY, "2026-02-28 08:30", 31, "2026-03-31 08:30"),
        (Repeat.MONTHLY, "2026-12-05 08:30", 5, "2027-01-05 08:30"),
    ],
)
def test_it_comes_again_at_the_same_hour_of_the_place(repeat, last, day, following_time):
    then = datetime.fromisoformat(last).replace(tzinfo=WIB)

    assert following(repeat, then, zone=WIB, first_day=day) == datetime.fromisoformat(
        following_time
    ).replace(tzinfo=WIB)


def test_what_comes_once_does_not_come_again():
    then = datetime(2026, 1, 1, tzinfo=WIB)

    assert following(Repeat.ONCE, then, zone=WIB, first_day=1) is None


@pytest.mark.parametrize("state", BroadcastState)
def test_what_is_over_is_neither_paused_nor_edited(state):
    over = state in (BroadcastState.DONE, BroadcastState.STOPPED, BroadcastState.DISCARDED)

    assert not (over and (possible(Step.PAUSE, state) or possible(Step.EDIT, state)))
    assert not (over and possible(Step.RESUME, state))
