"""Quiet hours in three zones, at the ends of months and years, on Fridays and holidays."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkb_core.hours import Closed, Hours, can_leave, day_begins, is_open, next_day, next_open
from kkb_core.services.holidays import holidays, known_until

WIB, WITA, WIT = "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"
ZONES = (WIB, WITA, WIT)
HOURS = Hours(
    closed=(
        Closed(begins=time(11, 30), ends=time(13), weekdays=frozenset({4})),
        Closed(begins=time(12), ends=time(12, 30)),
        Closed(begins=time(17, 45), ends=time(18, 15)),
    ),
    holidays=frozenset({date(2026, 12, 31), date(2027, 1, 1)}),
)

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 3 * 365 * 24 * 60).map(lambda m: BEGIN + timedelta(minutes=m))


def local(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("asked", "opens"),
    [
        ("2026-03-10 09:00", "2026-03-10 09:00"),  # open
        ("2026-03-10 07:59:59", "2026-03-10 08:00"),
        ("2026-03-10 08:00", "2026-03-10 08:00"),
        ("2026-03-10 20:29:59", "2026-03-10 20:29:59"),
        ("2026-03-10 20:30", "2026-03-11 08:00"),
        ("2026-03-10 23:59", "2026-03-11 08:00"),
        ("2026-03-10 12:00", "2026-03-10 12:30"),  # a prayer
        ("2026-03-10 18:00", "2026-03-10 18:15"),
        ("2026-03-13 11:30", "2026-03-13 13:00"),  # a Friday
        ("2026-03-13 12:45", "2026-03-13 13:00"),
        ("2026-03-12 12:45", "2026-03-12 12:45"),  # a Thursday
        ("2026-03-31 21:00", "2026-04-01 08:00"),  # the end of a month
        ("2028-02-28 21:00", "2028-02-29 08:00"),  # of a leap February
        ("2026-12-30 20:30", "2027-01-02 08:00"),  # of a year, with two holidays
        ("2026-12-31 10:00", "2027-01-02 08:00"),
        ("2027-12-31 22:00", "2028-01-01 08:00"),  # of a year without
    ],
)
def test_the_next_open_moment_is_by_the_areas_own_clock(zone: str, asked: str, opens: str) -> None:
    assert next_open(local(zone, asked), zone, HOURS) == local(zone, opens)


def test_one_moment_is_evening_in_jayapura_and_afternoon_in_jakarta() -> None:
    moment = datetime(2026, 3, 10, 12, tzinfo=UTC)  # 19.00, 20.00, 21.00

    assert [is_open(moment, zone, HOURS) for zone in ZONES] == [True, True, False]
    assert next_open(moment, WIT, HOURS) == datetime(2026, 3, 10, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("not_after", "leaves"),
    [("2026-03-11 08:00", False), ("2026-03-11 08:01", True), ("2026-03-10 23:00", False)],
)
def test_what_cannot_wait_until_the_morning_cannot_leave(not_after: str, *, leaves: bool) -> None:
    evening = local(WIB, "2026-03-10 21:00")

    assert can_leave(local(WIB, not_after), WIB, HOURS, now=evening) is leaves


def test_the_next_day_begins_when_it_opens() -> None:
    morning = local(WITA, "2026-12-30 09:00")

    assert day_begins(morning, WITA) == local(WITA, "2026-12-30 00:00")
    assert next_day(morning, WITA, HOURS) == local(WITA, "2027-01-02 08:00")


@pytest.mark.parametrize("zone", ZONES)
def test_the_next_day_is_the_one_after_in_the_areas_own_clock(zone: str) -> None:
    for day in (date(2026, 3, 9), date(2026, 1, 31), date(2026, 12, 31)):
        late = datetime.combine(day, time(23, 30), ZoneInfo(zone)).astimezone(UTC)

        found = next_day(late, zone, HOURS)

        assert found.tzinfo is UTC
        assert found.astimezone(ZoneInfo(zone)).date() >= day + timedelta(days=1)
        begins = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
        assert found == next_open(begins.astimezone(UTC), zone, HOURS)


def test_hours_that_never_open_say_so() -> None:
    shut = Hours(closed=(Closed(begins=time(0), ends=time(23, 59, 59)),))

    with pytest.raises(ValueError, match="never open"):
        next_open(local(WIB, "2026-03-10 09:00"), WIB, shut)


@given(
    moment=MOMENTS,
    zone=st.sampled_from(ZONES),
)
def test_the_next_open_moment_is_open_and_nothing_before_it_is(
    moment: datetime, zone: str
) -> None:
    found = next_open(moment, zone, HOURS)

    assert is_open(found, zone, HOURS)
    assert found >= moment
    steps = (found - moment) / 7
    assert not any(is_open(moment + steps * n, zone, HOURS) for n in range(7) if found > moment)


def test_national_holidays_are_known_by_their_decree() -> None:
    national, all_of_them = holidays(), holidays(joint_leave=True)

    assert date(2026, 3, 21) in national  # Idulfitri
    assert date(2026, 3, 20) in all_of_them - national  # joint leave
    assert holidays(national=False) == frozenset()
    assert max(national).year == known_until()


def test_a_holiday_is_shut_all_day() -> None:
    feast = Hours(holidays=holidays())

    opens = next_open(local(WIB, "2026-03-21 10:00"), WIB, feast)

    assert opens == local(WIB, "2026-03-23 08:00")
    assert opens - timedelta(days=2) == local(WIB, "2026-03-21 08:00")
