"""A turn's answers, kept with how each of them came."""

import pytest

from kkb_core import definitions
from kkb_core.messaging import Channel
from kkb_core.services import answering, erasing
from kkb_core.storage import Tx, interviews
from kkb_core.storage.interviews import StoredInterview
from kkb_core.survey.interview import start
from tests.kkb_core.storage import village

TAKEN_OVER = {"members": "4", "couple": "ya", "elder": "tidak"}
KNOWN = definitions.load()


@pytest.fixture
def here(tx: Tx) -> village.Village:
    return village.settle(tx)


@pytest.fixture
def begun(tx: Tx, here: village.Village) -> StoredInterview:
    """An interview whose first step took answers over from the round before."""
    turn = start(KNOWN.current, answers=TAKEN_OVER)
    writer = answering.Writer(person=here.mother, channel=Channel.TELEGRAM)
    return answering.keep(
        tx, KNOWN, here.household, here.interview, turn, writer=writer, now=village.NOW
    )


def test_answers_taken_over_say_in_the_history_who_took_them_over(tx, here, begun):
    told = interviews.history_of(tx, begun.id)

    assert {one.question: one.value for one in told} == dict(begun.answers) == TAKEN_OVER
    assert {(one.person_id, one.previous) for one in told} == {(here.mother, None)}


def test_who_erases_themselves_takes_back_what_they_took_over(tx, here, begun):
    village.add_person(tx, "father", here.household)

    erasing.erase(tx, KNOWN, here.mother, now=village.NOW)

    (left,) = interviews.interviews_of(tx, here.household.id)
    assert left.answers == {}
