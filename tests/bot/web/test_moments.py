"""A clock that is moved stops where something happens."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.web.moments import DAYS, HOURS, moments

HERE = ZoneInfo("Asia/Jakarta")
NOON = datetime(2026, 3, 10, 12, tzinfo=HERE)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("by", "stops"),
    [
        (0 * HOUR, ["10 12.00"]),
        (HOUR, ["10 13.00"]),
        (9 * HOUR, ["10 14.00", "10 20.25", "10 21.00"]),
        (24 * HOUR, ["10 14.00", "10 20.25", "11 05.05", "11 07.00", "11 10.00", "11 12.00"]),
    ],
)
def test_it_stops_at_the_hours_of_the_day_and_where_it_was_moved_to(by, stops):
    assert [f"{at:%d %H.%M}" for at in moments(NOON, NOON + by, HERE)] == stops


def test_a_long_way_stops_on_its_last_days_alone():
    end = NOON + timedelta(days=366)

    stops = list(moments(NOON, end, HERE))

    assert len(stops) == DAYS * len(HOURS) + 1
    assert stops == sorted(stops)
    assert stops[-1] == end
