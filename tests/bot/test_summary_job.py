"""The clock's summaries, at the hour the settings say."""

from datetime import time

import pytest

from bot.settings import load
from bot.upkeep import summary_hour


@pytest.mark.parametrize(
    ("environ", "day", "at"),
    [
        ({}, 0, time(7)),
        ({"KKB_SUMMARY__DAY": "friday", "KKB_SUMMARY__TIME": "16:30"}, 4, time(16, 30)),
    ],
)
def test_the_settings_say_when_summaries_go_out(environ, day, at):
    hour = summary_hour(load(None, environ))

    assert (hour.day, hour.at) == (day, at)
