"""Corners that changing the code a little showed to be unwatched."""

from kkb_core import definitions
from kkb_core.survey.events import ReplyOutdated
from kkb_core.survey.interview import Interview, Tap, edit, pick, resume, start

ASKED = definitions.load().current
BEFORE_KIDS = {"members": "6", "couple": "ya", "wife_age": "30", "pregnant": "tidak"}


def at_kids() -> Interview:
    asked = start(ASKED, answers=BEFORE_KIDS).interview
    assert asked.waiting_for == "kids"
    return asked


def test_a_tick_from_an_earlier_asking_changes_nothing():
    asked = at_kids()

    turn = pick(ASKED, asked, "2_4", on=True, tap=Tap("kids", asked.revision - 1))

    assert turn.interview == asked
    assert turn.events == (ReplyOutdated(),)


def test_a_tick_where_nothing_is_ticked_changes_nothing():
    asked = start(ASKED).interview

    turn = pick(ASKED, asked, "2_4", on=True, tap=Tap("members", asked.revision))

    assert turn.interview == asked


def test_a_change_that_is_done_leaves_nothing_to_follow_up():
    asked = edit(ASKED, at_kids(), "pregnant").interview

    done = resume(ASKED, asked, "ya", tap=Tap("pregnant", asked.revision)).interview

    assert (done.waiting_for, done.editing, done.follow_up) == ("kids", False, ())
