"""Today's round: reasons anybody may hear, in walking order, and nothing private among them."""

from datetime import timedelta

import pytest

from kkb_core.errors import NotAllowed
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import assisting, tasks
from kkb_core.services.tasks import Why
from kkb_core.storage import flags, households, roles, visits
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.flags import FlagState
from kkb_core.storage.visits import Outcome
from kkb_core.survey.questionnaire import Route
from tests.kkb_core.services.working import (
    ASKED,
    KNOWN,
    OF_RW1,
    OF_VILLAGE,
    OFFICER,
    agrees,
    at_work,
    raised,
)
from tests.kkb_core.storage.village import (
    DAY,
    JENGGOT,
    KRADENAN,
    NOW,
    add_household,
    add_person,
    answer,
    begin,
)

FLAGGED = [name for name, one in ASKED.questions.items() if one.flag]
SECRET = [
    name
    for name in FLAGGED
    if ASKED.questions[name].sensitive or ASKED.questions[name].flag.route is Route.PROTECTION
]


@pytest.fixture
def here(tx):
    return at_work(tx)


def whys(tx, here, hat=OF_RW1, now=NOW):
    person = here.cadre if hat == OF_RW1 else here.coordinator
    found = tasks.board(tx, KNOWN, person, hat, now=now).tasks
    return {(one.household.id, reason.why) for one in found for reason in one.reasons}


def of_home(tx, here, **more):
    return {why for home, why in whys(tx, here, **more) if home == here.home.id}


def test_households_stand_in_walking_order_whatever_their_priority(tx, here):
    for rw, rt, name in [(1, 3, "b"), (1, 1, "z"), (1, 3, "A"), (1, 1, "y"), (2, 1, "other rw")]:
        made = households.create(tx, Scope(JENGGOT, rw, rt), name, now=NOW)
        raised(tx, made, here.village.interview.id, "EKO3") if name == "b" else None

    found = tasks.board(tx, KNOWN, here.cadre, OF_RW1, now=NOW).tasks

    assert [one.household.label for one in found] == ["y", "z", "Keluarga Melati", "A", "b"]


def test_a_family_that_has_not_begun_or_not_finished_says_so(tx, here):
    assert of_home(tx, here) == {Why.NOT_BEGUN}

    answer(tx, here.village.interview.id, here.village.mother, "members", "3")

    assert of_home(tx, here) == {Why.LEFT}


def test_questions_left_do_not_count_private_ones(tx, here):
    relevant = [name for name in ASKED.questions if not ASKED.questions[name].sensitive]
    for name in relevant:
        answer(tx, here.village.interview.id, here.village.mother, name, "")

    assert of_home(tx, here) == set()


def test_a_call_for_help_waits_until_it_is_answered(tx, here):
    assisting.call(tx, here.home, here.village.mother, now=NOW, question="AGM3")
    (task,) = tasks.board(tx, KNOWN, here.cadre, OF_RW1, now=NOW).tasks
    assert (Why.HELP, "AGM3") in {(one.why, one.question) for one in task.reasons}

    assisting.answer(tx, here.cadre, task.requests[0].id, "Begini...", now=NOW)

    assert Why.HELP not in of_home(tx, here)


def test_days_without_a_visit_count_from_the_last_one_that_reached_somebody(tx, here):
    later = NOW + 74 * DAY
    assert Why.UNVISITED in of_home(tx, here, now=later)

    visits.put_visit(tx, here.home.id, here.cadre, Outcome.NOT_FOUND, now=later)
    assert Why.UNVISITED in of_home(tx, here, now=later)

    visits.put_visit(tx, here.home.id, here.cadre, Outcome.MET, now=later)
    assert Why.UNVISITED not in of_home(tx, here, now=later)


def test_the_priority_is_the_sum_of_the_reasons_shown(tx, here):
    agrees(tx, here.village.mother, ConsentKind.CONTACT)
    raised(tx, here.home, here.village.interview.id, "REP6")

    (task,) = tasks.board(tx, KNOWN, here.cadre, OF_RW1, now=NOW).tasks

    assert task.priority == sum(one.weight for one in task.reasons) == 40 + 20


@pytest.mark.parametrize("question", FLAGGED)
def test_without_leave_to_be_contacted_a_flag_is_a_number_only(tx, here, question):
    raised(tx, here.home, here.village.interview.id, question)

    assert Why.FLAG not in of_home(tx, here)
    assert Why.FLAG not in of_home(tx, here, hat=OF_VILLAGE)


def test_leave_taken_back_takes_the_family_off_the_list(tx, here):
    raised(tx, here.home, here.village.interview.id, "EKO1")
    agrees(tx, here.village.mother, ConsentKind.CONTACT)
    assert Why.FLAG in of_home(tx, here)

    agrees(tx, here.village.mother, ConsentKind.CONTACT, given=False)

    assert Why.FLAG not in of_home(tx, here)
    assert tasks.board(tx, KNOWN, here.cadre, OF_RW1, now=NOW).uncontactable == 1


@pytest.mark.parametrize("question", SECRET)
@pytest.mark.parametrize("hat", [OF_RW1, OF_VILLAGE])
def test_private_answers_and_protection_cases_are_on_nobodys_list(tx, here, question, hat):
    agrees(tx, here.village.mother, ConsentKind.CONTACT)
    raised(tx, here.home, here.village.interview.id, question, contact_allowed=True)
    person = here.cadre if hat == OF_RW1 else here.coordinator

    found = tasks.board(tx, KNOWN, person, hat, now=NOW + 9 * DAY)

    assert all(not one.flags for one in found.tasks)
    assert question not in found.batches


@pytest.mark.parametrize("question", ["LIN1", "LIN6", "REP5"])
@pytest.mark.parametrize("hat", [OF_RW1, OF_VILLAGE])
def test_protection_cases_are_in_no_number_either(tx, here, question, hat):
    raised(tx, here.home, here.village.interview.id, question)
    person = here.cadre if hat == OF_RW1 else here.coordinator

    found = tasks.board(tx, KNOWN, person, hat, now=NOW)

    assert (found.uncontactable, dict(found.batches)) == (0, {})


@pytest.mark.parametrize(
    ("question", "cadre", "coordinator"),
    [
        ("EKO3", True, True),
        ("REP6", True, False),  # the cadre's own for three days
        ("LIN4", False, False),  # a coordinator's, as a number
    ],
)
def test_a_flag_goes_where_the_protocol_says(tx, here, question, cadre, coordinator):
    agrees(tx, here.village.mother, ConsentKind.CONTACT)
    raised(tx, here.home, here.village.interview.id, question)

    assert (Why.FLAG in of_home(tx, here)) is cadre
    assert (Why.FLAG in of_home(tx, here, hat=OF_VILLAGE)) is coordinator


def test_what_a_cadre_did_not_reach_in_time_is_the_coordinators_too(tx, here):
    agrees(tx, here.village.mother, ConsentKind.CONTACT)
    raised(tx, here.home, here.village.interview.id, "REP6")

    assert Why.FLAG in of_home(tx, here, hat=OF_VILLAGE, now=NOW + timedelta(hours=72))


def test_yellow_ones_are_counted_for_the_coordinator(tx, here):
    agrees(tx, here.village.mother, ConsentKind.CONTACT)
    raised(tx, here.home, here.village.interview.id, "LIN4")

    found = tasks.board(tx, KNOWN, here.coordinator, OF_VILLAGE, now=NOW)

    assert found.batches == {"LIN4": 1}


def test_what_is_closed_has_gone(tx, here):
    agrees(tx, here.village.mother, ConsentKind.CONTACT)
    flag = raised(tx, here.home, here.village.interview.id, "EKO3")
    flags.move_flag(tx, flag, FlagState.CLOSED, now=NOW)

    assert of_home(tx, here) == {Why.NOT_BEGUN}


@pytest.mark.parametrize(("question", "shown"), [("REP6", False), ("EKO3", True)])
def test_a_family_in_peace_is_left_out_unless_it_cannot_wait(tx, here, question, shown):
    agrees(tx, here.village.mother, ConsentKind.CONTACT)
    raised(tx, here.home, here.village.interview.id, question)
    households.pause(tx, here.home.id, until=NOW + DAY, reason="mourning")

    assert of_home(tx, here) == ({Why.FLAG} if shown else set())
    assert Why.NOT_BEGUN in of_home(tx, here, now=NOW + 2 * DAY)


@pytest.mark.parametrize("hat", [OF_RW1, OFFICER, Grant(Role.CADRE, Scope(KRADENAN))])
def test_nobody_sees_a_round_their_role_does_not_give_them(tx, here, hat):
    stranger = add_person(tx, "stranger")
    roles.grant_role(tx, stranger, Grant(Role.VIEWER, Scope("33")), now=NOW)

    with pytest.raises(NotAllowed):
        tasks.board(tx, KNOWN, stranger, Grant(Role.CADRE, hat.scope), now=NOW)


def test_the_questions_to_the_database_do_not_grow_with_the_families(tx, here):
    def asked() -> int:
        before = tx.statements
        tasks.board(tx, KNOWN, here.cadre, OF_RW1, now=NOW)
        return tx.statements - before

    few = asked()
    for number in range(150):
        home = add_household(tx, rt=number % 9 + 1)
        begin(tx, home, here.village.round_id, add_person(tx, f"p{number}", home))

    assert asked() == few <= 10
