"""Where a clock that is moved stops on its way: the hours of a day at which things happen."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

# Days are planned before dawn, weeks told on Monday at seven; what is sent by day, after prayers or in the evening has left by then.
HOURS = (time(5, 5), time(7), time(10), time(14), time(20, 25))
DAYS = 35  # the last days of a long way; what lies before is passed over in one step


def moments(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The stops after *start* and before *end*, then *end* itself."""
    first = max(start, end - timedelta(days=DAYS)).astimezone(zone)
    for ahead in range(DAYS + 2):
        for hour in HOURS:
            stop = datetime.combine(first.date() + timedelta(days=ahead), hour, zone)
            if first < stop < end:
                yield stop
    yield end
