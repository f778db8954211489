"""When people may be written to unasked: open hours by their own clock, never at night.

Pure: the hours are data, and so are the holidays.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EVERY_DAY = frozenset(range(7))
FRIDAY = frozenset({4})
FARTHEST = 400  # days looked ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A part of the day in which nothing is sent, on some weekdays (Monday is 0)."""

    begins: time
    ends: time
    weekdays: frozenset[int] = EVERY_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Open from *opens* to *closes* but for the *closed* bands; shut all day on *holidays*."""

    opens: time = time(8, 0)
    closes: time = time(20, 30)
    closed: tuple[Closed, ...] = (Closed(begins=time(11, 30), ends=time(13, 0), weekdays=FRIDAY),)
    holidays: frozenset[date] = frozenset()


def is_open(instant: datetime, zone: str, hours: Hours) -> bool:
    """Whether somebody in *zone* may be written to at *instant*."""
    local = instant.astimezone(ZoneInfo(zone))
    return _from(local.date(), local.time(), hours) == local.time()


def next_open(instant: datetime, zone: str, hours: Hours) -> datetime:
    """The first moment from *instant* on in which *zone* is open, in UTC's or the given offset.

    Raises ValueError when it never is.
    """
    if is_open(instant, zone, hours):
        return instant
    local = instant.astimezone(ZoneInfo(zone))
    for day, earliest in _days(local):
        opening = _from(day, earliest, hours)
        if opening is not None:
            found = datetime.combine(day, opening, tzinfo=local.tzinfo)
            return found.astimezone(instant.tzinfo)
    raise ValueError("these hours never open")


def can_leave(not_after: datetime, zone: str, hours: Hours, *, now: datetime) -> bool:
    """Whether what must leave before *not_after* still can, from *now* on."""
    return next_open(now, zone, hours) < not_after


def next_day(instant: datetime, zone: str, hours: Hours) -> datetime:
    """The first open moment of the day after *instant*, by the clock of *zone*."""
    local = instant.astimezone(ZoneInfo(zone))
    midnight = datetime.combine(local.date() + timedelta(days=1), time(), tzinfo=local.tzinfo)
    return next_open(midnight.astimezone(instant.tzinfo), zone, hours)


def day_begins(instant: datetime, zone: str) -> datetime:
    """Midnight before *instant*, by the clock of *zone*."""
    local = instant.astimezone(ZoneInfo(zone))
    return datetime.combine(local.date(), time(), tzinfo=local.tzinfo)


def _days(local: datetime) -> Iterator[tuple[date, time]]:
    yield local.date(), local.time()
    for ahead in range(1, FARTHEST):
        yield local.date() + timedelta(days=ahead), time()


def _from(day: date, earliest: time, hours: Hours) -> time | None:
    """The first open time of *day* that is not before *earliest*."""
    if day in hours.holidays:
        return None
    at = max(earliest, hours.opens)
    # Sorted, so that leaving one band can only lead into a later one.
    for band in sorted(hours.closed, key=lambda one: (one.begins, one.ends)):
        if day.weekday() in band.weekdays and band.begins <= at < band.ends:
            at = band.ends
    return at if at < hours.closes else None
