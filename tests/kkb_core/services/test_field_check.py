"""The door asks first and opens to few; a verdict changes nothing else, and is forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kkb_core.errors import NotAllowed
from kkb_core.messaging import Address, Channel
from kkb_core.roles import PERMITTED, Act, Role, Scope
from kkb_core.services import erasing, field_check, retention
from kkb_core.services.retention import Terms
from kkb_core.storage import (
    audit,
    interviews,
    people,
    scores,
)
from kkb_core.storage.people import Relation
from kkb_core.storage.standing import arrive
from kkb_core.storage.tables import field_checks as table
from kkb_core.storage.tables import field_samples
from kkb_core.summary.match import Verdict
from tests.kkb_core.services.answered import JENGGOT, MONDAY, READ, says, settle, works
from tests.kkb_core.services.drawn import (
    SEED,
    again,
    drawn,
    first_door,
    goes,
    guide,
    homes,
    member,
)
from tests.kkb_core.storage.village import answer

# -- who may -----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_a_door_opens_to_whoever_may_see_the_household_and_to_nobody_else(tx, role):
    sample = drawn(tx, settle(tx, 12))
    scope = Scope(JENGGOT)
    who = guide(works(tx, "somebody", role, scope), role, scope)
    there = homes(tx, sample)[0].household.id

    if Act.SEE_HOUSEHOLD in PERMITTED[role]:
        assert field_check.knock(tx, who, sample.id, there).drawn.household.id == there
    else:
        with pytest.raises(NotAllowed):
            field_check.knock(tx, who, sample.id, there)
        with pytest.raises(NotAllowed):
            field_check.open_sample(tx, who, JENGGOT, SEED)


@pytest.mark.parametrize(
    "scope", [Scope("33.75.04.1010"), Scope("33.74"), Scope(JENGGOT, 99)], ids=str
)
def test_a_door_outside_the_hats_scope_stays_shut(tx, scope):
    sample = drawn(tx, settle(tx, 12))
    who = guide(works(tx, "somebody", Role.CADRE, scope), Role.CADRE, scope)

    for one in homes(tx, sample):
        with pytest.raises(NotAllowed):
            field_check.door(tx, who, sample.id, one.household.id)


def test_a_hat_that_is_not_held_opens_nothing(tx):
    village = settle(tx, 12)
    sample = drawn(tx, village)
    who = guide(village.cadre)  # of RW 1, who says to be the coordinator

    with pytest.raises(NotAllowed):
        field_check.open_sample(tx, who, JENGGOT, SEED)
    with pytest.raises(NotAllowed):
        field_check.sample_for(tx, who, sample.id)


def test_only_who_sees_the_whole_village_draws(tx):
    village = settle(tx, 12)
    cadre = guide(village.cadre, Role.CADRE, Scope(JENGGOT, 1))

    assert field_check.open_sample(tx, cadre, JENGGOT, SEED) is None
    made = field_check.open_sample(tx, guide(village.coordinator), JENGGOT, SEED)
    assert field_check.open_sample(tx, cadre, JENGGOT, SEED) == made
    assert field_check.open_sample(tx, cadre, JENGGOT, None) == made


def test_each_look_and_each_verdict_is_on_record(tx):
    who, door = first_door(tx, settle(tx, 12))
    home = door.drawn.household.id

    field_check.knock(tx, who, door.sample.id, home)
    field_check.begin(tx, who, door)
    field_check.note_answer(tx, who, door, door.statements[0].check.id, Verdict.DIFFERS)

    noted = audit.audit_of(tx, "household", home)
    assert [one.act for one in noted] == ["check_door", "check_answers", "check"]
    assert {one.actor for one in noted} == {who.person_id}


# -- at the door -------------------------------------------------------------------------------


async def test_a_verdict_can_be_revised_and_changes_no_score(database):
    def work(tx):
        village = settle(tx, 12)
        who, door = first_door(tx, village)
        check, home = door.statements[0].check.id, door.drawn.household.id
        before = scores.scores_of(tx, home)
        field_check.note_answer(tx, who, door, check, Verdict.DIFFERS)
        field_check.note_answer(tx, who, again(tx, who, door), check, Verdict.AGREES)
        found = again(tx, who, door).statements[0].check.verdict
        return found, before == scores.scores_of(tx, home)

    assert await database.run(work) == (Verdict.AGREES, True)


@pytest.mark.parametrize("verdict", [Verdict.AWAY, Verdict.REFUSED])
async def test_away_and_unwilling_are_said_only_of_what_nobody_looked_at(database, verdict):
    def work(tx):
        who, door = first_door(tx, settle(tx, 12))
        first, *rest = door.statements
        field_check.note_answer(tx, who, door, first.check.id, Verdict.DIFFERS)
        field_check.note_home(tx, who, again(tx, who, door), verdict)
        return len(rest), [one.verdict for one in again(tx, who, door).drawn.checks]

    rest, verdicts = await database.run(work)
    assert rest
    assert verdicts == [Verdict.DIFFERS] + [verdict] * rest


def test_a_family_that_changed_its_mind_is_asked_anew(tx):
    who, door = first_door(tx, settle(tx, 12))
    field_check.note_home(tx, who, door, Verdict.REFUSED)

    field_check.begin(tx, who, again(tx, who, door))

    assert not again(tx, who, door).drawn.is_tried


@pytest.mark.parametrize("verdict", Verdict)
def test_a_verdict_in_the_wrong_place_is_refused(tx, verdict):
    who, door = first_door(tx, settle(tx, 12))
    elsewhere = homes(tx, door.sample)[1].checks[0].id

    with pytest.raises(NotAllowed):
        field_check.note_answer(tx, who, door, elsewhere, verdict)
    with pytest.raises(NotAllowed):
        field_check.note_home(
            tx, who, replace(door, drawn=replace(door.drawn, checks=())), verdict
        )


def corrects(tx, home, question, *, now):
    """The family gives the answer that it did not give before."""
    person = member(tx, home)
    (stored, *_) = interviews.interviews_of(tx, home.id)
    choices = READ.current.questions[question].choices
    other = next(one.name for one in choices if one.name != stored.answers[question])
    answer(tx, stored.id, person, question, other, now=now)


async def test_what_was_found_stays_though_the_family_corrects_its_answer(database):
    later = MONDAY + timedelta(hours=1)

    def work(tx):
        who, door = first_door(tx, settle(tx, 12))
        shown = door.statements[0]
        field_check.note_answer(tx, who, door, shown.check.id, Verdict.DIFFERS)
        corrects(tx, door.drawn.household, shown.question.name, now=later)
        after = again(tx, who, door)
        with pytest.raises(NotAllowed):
            field_check.note_answer(tx, who, after, shown.check.id, Verdict.AGREES)
        return door, after

    door, after = await database.run(work)
    assert after.stamp != door.stamp
    assert after.drawn.checks[0].verdict is Verdict.DIFFERS


async def test_what_nobody_looked_at_is_shown_as_it_was_corrected(database):
    def work(tx):
        who, door = first_door(tx, settle(tx, 12))
        shown = door.statements[0]
        corrects(tx, door.drawn.household, shown.question.name, now=MONDAY)
        return shown.answer, again(tx, who, door).statements[0].answer

    before, after = await database.run(work)
    assert before != after


# -- what is left ------------------------------------------------------------------------------


async def test_an_erased_household_leaves_no_verdict(database):
    def work(tx):
        who, door = first_door(tx, settle(tx, 12))
        home = door.drawn.household
        field_check.note_home(tx, who, door, Verdict.AWAY)
        goes(tx, home)
        kept = select(func.count()).select_from(table).where(table.c.household_id == home.id)
        return tx.execute(kept).scalar_one()

    assert await database.run(work) == 0


async def test_who_takes_answers_along_takes_what_was_found_of_them(database):
    def work(tx):
        who, door = first_door(tx, settle(tx, 12))
        home = door.drawn.household
        mother = member(tx, home)
        father = arrive(tx, Address(Channel.TERMINAL, "bapak"), now=MONDAY).person.id
        people.join(tx, father, home.id, relation=Relation.SELF, now=MONDAY)
        says(tx, father, given=True)
        for one in door.statements:
            field_check.note_answer(tx, who, door, one.check.id, Verdict.DIFFERS)
        erasing.erase(tx, READ, mother, now=MONDAY)
        return again(tx, who, door)

    door = await database.run(work)
    assert not door.statements
    assert not door.drawn.is_tried


async def test_a_guide_who_erases_themselves_leaves_the_verdict_without_a_name(database):
    def work(tx):
        who, door = first_door(tx, settle(tx, 12))
        field_check.note_home(tx, who, door, Verdict.AWAY)
        erasing.erase(tx, READ, who.person_id, now=MONDAY)
        return [tuple(row) for row in tx.execute(select(table.c.verdict, table.c.person_id))]

    found = await database.run(work)
    assert (Verdict.AWAY, None) in found
    assert {person for _, person in found} == {None}


@pytest.mark.parametrize(
    ("looked_after", "kept"), [(0, 0), (200, 1)], ids=["nobody looked", "looked at later"]
)
async def test_a_sample_goes_a_year_after_it_was_last_of_use(database, looked_after, kept):
    def work(tx):
        who, door = first_door(tx, settle(tx, 12))
        if looked_after:
            late = replace(who, now=MONDAY + timedelta(days=looked_after))
            field_check.note_home(tx, late, door, Verdict.AWAY)
        retention.enforce(tx, Terms(answers_months=60), now=MONDAY + timedelta(days=370))
        return tx.execute(select(func.count()).select_from(field_samples)).scalar_one()

    assert await database.run(work) == kept
