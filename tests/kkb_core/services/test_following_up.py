"""Seen, visited, referred, confirmed, closed; who is told, once; and what an answer solves."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from kkb_core.errors import NotAllowed
from kkb_core.messaging import Channel
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import answering, following_up
from kkb_core.services.answering import Writer
from kkb_core.storage import audit, flags, interviews, people, roles
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.flags import FlagState
from kkb_core.storage.tables import outbox
from kkb_core.storage.visits import Outcome, last_visit
from kkb_core.survey.paper import key_in
from tests.kkb_core.services.working import KNOWN, OF_RW1, agrees, at_work, raised
from tests.kkb_core.storage.village import DAY, JENGGOT, KRADENAN, NOW, add_household, add_person


@pytest.fixture
def here(tx):
    made = at_work(tx)
    agrees(tx, made.village.mother, ConsentKind.CONTACT)
    return made


@pytest.fixture
def toddler(tx, here):
    """A flag: the toddler has not been weighed."""
    return raised(tx, here.home, here.village.interview.id, "REP6")


def notes(tx, outcome, here, after=0, now=NOW):
    return following_up.note_visit(
        tx, KNOWN, here.cadre, OF_RW1, here.home.id, outcome, after=after, now=now
    )


def queued(tx, kind):
    rows = tx.execute(select(outbox).where(outbox.c.kind == kind)).all()
    return sorted(row.person_id for row in rows)


def test_opening_a_card_is_seeing_it_and_is_written_down(tx, here, toddler):
    card = following_up.open_card(tx, KNOWN, here.cadre, OF_RW1, here.home.id, now=NOW)

    assert card.last_visit is None
    assert flags.flag(tx, toddler).state is FlagState.SEEN
    (entry,) = audit.audit_of(tx, "household", here.home.id)
    assert (entry.actor, entry.act) == (here.cadre, "open_household")


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.MET, FlagState.VISITED),
        (Outcome.REFERRED, FlagState.REFERRED),
        (Outcome.REFUSED, FlagState.CLOSED),
        (Outcome.NOT_FOUND, FlagState.SEEN),
    ],
)
def test_a_visit_moves_the_follow_up(tx, here, toddler, outcome, state):
    assert notes(tx, outcome, here)

    found = flags.flag(tx, toddler)
    assert (found.state, found.outcome) == (state, outcome.value)


def test_a_doubled_tap_is_one_visit(tx, here, toddler):
    assert notes(tx, Outcome.NOT_FOUND, here)
    first = last_visit(tx, here.home.id)

    assert not notes(tx, Outcome.MET, here)
    assert last_visit(tx, here.home.id) == first
    assert notes(tx, Outcome.MET, here, after=first.id)


def test_the_family_is_asked_whether_somebody_came_and_its_yes_counts(tx, here, toddler):
    notes(tx, Outcome.MET, here)
    assert queued(tx, "visit_check") == [here.village.mother]

    assert following_up.confirm(tx, here.village.mother, here.home.id, came=True, now=NOW)

    assert flags.flag(tx, toddler).state is FlagState.CONFIRMED


def test_a_family_that_saw_nobody_puts_the_follow_up_back(tx, here, toddler):
    notes(tx, Outcome.MET, here)

    following_up.confirm(tx, here.village.mother, here.home.id, came=False, now=NOW)

    found = flags.flag(tx, toddler)
    assert (found.state, found.outcome) == (FlagState.SEEN, "not_confirmed")


def test_only_the_family_itself_confirms(tx, here, toddler):
    notes(tx, Outcome.MET, here)
    people.join(tx, here.cadre, here.home.id, relation=people.Relation.CADRE, now=NOW)

    assert not following_up.confirm(tx, here.cadre, here.home.id, came=True, now=NOW)
    assert flags.flag(tx, toddler).state is FlagState.VISITED


def test_a_protection_case_is_moved_by_no_visit_of_a_cadre(tx, here):
    case = raised(tx, here.home, here.village.interview.id, "LIN1", contact_allowed=True)

    notes(tx, Outcome.REFUSED, here)
    following_up.confirm(tx, here.village.mother, here.home.id, came=True, now=NOW)

    assert flags.flag(tx, case).state is FlagState.OPEN


def test_it_is_closed_with_an_outcome_only_after_somebody_was_there(tx, here, toddler):
    close = (tx, KNOWN, here.cadre, OF_RW1, here.home.id, "helped")
    assert following_up.close(*close, now=NOW) == 0

    notes(tx, Outcome.MET, here)

    assert following_up.close(*close, now=NOW) == 1
    assert (flags.flag(tx, toddler).state, flags.flag(tx, toddler).outcome) == (
        FlagState.CLOSED,
        "helped",
    )


@pytest.mark.parametrize("scope", [Scope(JENGGOT, 2), Scope(KRADENAN)])
def test_a_household_outside_the_scope_is_not_there(tx, here, scope):
    roles.grant_role(tx, here.cadre, Grant(Role.CADRE, scope), now=NOW)

    with pytest.raises(NotAllowed):
        following_up.open_card(
            tx, KNOWN, here.cadre, Grant(Role.CADRE, scope), here.home.id, now=NOW
        )
    assert audit.audit_of(tx, "household", here.home.id) == ()


# -- what the clock tells ----------------------------------------------------------------------


def tells(tx, now=NOW):
    return following_up.tell_everybody(tx, KNOWN, now=now)


@pytest.mark.parametrize("often", [1, 3])
def test_what_cannot_wait_is_told_to_the_cadre_once(tx, here, often):
    raised(tx, here.home, here.village.interview.id, "EKO3")

    told = [tells(tx)["urgent"] for _ in range(often)]

    assert sum(told) == 1
    assert queued(tx, "task_new") == [here.cadre]


def test_what_one_sitting_tells_is_one_notice(tx, here):
    for question in ("EKO3", "REP1a", "PEN1"):
        raised(tx, here.home, here.village.interview.id, question)

    assert tells(tx)["urgent"] == 1


def test_what_is_overdue_is_told_to_the_coordinator_and_not_before(tx, here, toddler):
    assert tells(tx, NOW + timedelta(hours=71))["overdue"] == 0
    assert tells(tx, NOW + timedelta(hours=72))["overdue"] == 1
    assert tells(tx, NOW + timedelta(hours=73))["overdue"] == 0
    assert queued(tx, "task_overdue") == [here.coordinator]


def test_a_scheduler_that_was_down_for_days_still_tells(tx, here, toddler):
    assert tells(tx, NOW + 8 * DAY)["overdue"] == 1


def test_a_visit_in_time_escalates_nothing(tx, here, toddler):
    notes(tx, Outcome.MET, here)

    assert tells(tx, NOW + 4 * DAY)["overdue"] == 0


@pytest.mark.parametrize("question", ["LIN1", "LIN6", "REP5"])
def test_a_protection_case_is_told_to_the_officer_alone(tx, here, question):
    raised(tx, here.home, here.village.interview.id, question)

    tells(tx)
    tells(tx, NOW + 5 * DAY)

    rows = tx.execute(select(outbox.c.kind, outbox.c.person_id)).all()
    assert [tuple(row) for row in rows] == [("case_new", here.officer)]


def test_without_leave_to_be_contacted_nobody_is_told(tx, here, toddler):
    agrees(tx, here.village.mother, ConsentKind.CONTACT, given=False)
    raised(tx, here.home, here.village.interview.id, "EKO3")

    assert tells(tx, NOW + 4 * DAY) == {"urgent": 0, "overdue": 0, "cases": 0}


def test_who_looks_after_another_place_hears_nothing(tx, here):
    other = add_person(tx, "other")
    roles.grant_role(tx, other, Grant(Role.CADRE, Scope(JENGGOT, 2)), now=NOW)
    elsewhere = add_household(tx, KRADENAN)
    raised(tx, elsewhere, here.village.interview.id, "EKO3", contact_allowed=True)

    assert tells(tx)["urgent"] == 0


# -- what newer answers solve ------------------------------------------------------------------


def says(tx, here, **values):
    stored = interviews.load_interview(tx, here.village.interview.id, here.village.mother)
    turn = key_in(KNOWN.current, answering.value_of(stored), values)
    writer = Writer(person=here.village.mother, channel=Channel.TELEGRAM)
    answering.keep(tx, KNOWN, here.home, stored, turn, writer=writer, now=NOW)


def states(tx, here):
    found = flags.flags_of(tx, here.home.scope, list(flags.Route), states=list(FlagState))
    return {one.question: (one.state, one.outcome) for one in found}


@pytest.mark.parametrize(
    ("now_says", "state"),
    [("tidak", (FlagState.CLOSED, "solved")), ("?", (FlagState.OPEN, None)), ("", (FlagState.OPEN, None))],
)  # fmt: skip
def test_a_better_answer_takes_the_cause_away_and_silence_does_not(tx, here, now_says, state):
    says(tx, here, members="2", EKO3="ya")
    assert states(tx, here)["EKO3"] == (FlagState.OPEN, None)

    says(tx, here, EKO3=now_says)

    assert states(tx, here)["EKO3"] == state


def test_taking_back_what_was_said_about_violence_closes_no_case(tx, here):
    says(tx, here, members="2", LIN1="ya")

    says(tx, here, LIN1="tidak")

    assert states(tx, here)["LIN1"] == (FlagState.OPEN, None)
