"""An answer that an earlier one now contradicts is let go and asked again."""

from kkb_core import definitions
from kkb_core.survey.events import AnswerDropped
from kkb_core.survey.interview import Interview, Tap, Turn, edit, resume, start

ASKED = definitions.load().current
LARGE = {
    "members": "6",
    "couple": "ya",
    "wife_age": "30",
    "pregnant": "tidak",
    "kids": "0_23m 2_4",
}
COUNTED = {"kids_0_23m": "2", "kids_2_4": "2", "youngest_gap": "2", "elder": "tidak"}
REST = {"disability": "tidak", "head_status": "kawin"}


def begun() -> Interview:
    return start(ASKED, answers={**LARGE, **COUNTED, **REST}).interview


def edited(interview: Interview, name: str, value: str) -> Turn:
    asked = edit(ASKED, interview, name).interview
    return resume(ASKED, asked, value, tap=Tap(name, asked.revision))


def test_numbers_that_no_longer_add_up_are_let_go_and_asked_again():
    turn = edited(begun(), "members", "4")

    assert AnswerDropped("kids_2_4", "2") in turn.events
    assert turn.interview.answers["kids_0_23m"] == "2"
    assert turn.interview.waiting_for == "kids_2_4"


def test_what_only_made_sense_beside_them_goes_too():
    turn = edited(begun(), "members", "2")

    assert not {"kids", "kids_0_23m", "kids_2_4"} & turn.interview.answers.keys()
    assert turn.interview.waiting_for == "kids"


def test_numbers_that_still_add_up_stay():
    turn = edited(begun(), "members", "5")

    assert dict(turn.interview.answers) == {**LARGE, **COUNTED, **REST, "members": "5"}
