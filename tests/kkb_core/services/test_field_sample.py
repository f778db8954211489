"""A field sample is drawn once and kept; who is to be left alone is in none."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kkb_core.errors import NotAllowed
from kkb_core.services import field_check, field_sample, reporting
from kkb_core.services.field_sample import LOOKED_AT, VISIBLE, sample_of
from kkb_core.storage import households, merging
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.tables import field_samples
from kkb_core.summary.match import Verdict
from tests.kkb_core.services.answered import JENGGOT, MONDAY, READ, says, settle
from tests.kkb_core.services.drawn import SEED, again, drawn, first_door, goes, homes, member
from tests.kkb_core.services.working import agrees


def test_the_same_seed_draws_the_same_households_whatever_their_order():
    names = [f"{number:04x}" for number in range(60)]

    assert sample_of(names, 7) == sample_of(names[::-1], 7) != sample_of(names, 8)
    assert len(sample_of(names, 7)) == 20
    assert sample_of(names[:3], 7) == names[:3]


async def test_twenty_households_are_drawn_in_walking_order_with_a_few_answers_each(database):
    found = await database.run(lambda tx: homes(tx, drawn(tx, settle(tx))))

    places = [(one.household.rw, one.household.rt, one.household.label) for one in found]
    assert len(found) == 20
    assert places == sorted(places)
    assert {len(one.checks) for one in found} <= set(range(1, LOOKED_AT + 1))


def test_answers_that_are_looked_at_are_none_of_the_private_ones():
    asked = [one for version in READ.questionnaires.values() for one in version.items.values()]

    private = {one.name for one in asked if one.sensitive}

    assert private >= {"LIN1", "LIN6", "REP5"}
    assert private.isdisjoint(VISIBLE)


async def test_what_was_drawn_stays_though_others_leave_and_come(database):
    def work(tx):
        village = settle(tx)
        before = homes(tx, drawn(tx, village))
        outside = {one.id for one in village.homes} - {one.household.id for one in before}
        for home in outside:
            households.pause(tx, home, until=MONDAY + timedelta(days=9), reason="moved")
        after = homes(tx, drawn(tx, village, now=MONDAY + timedelta(days=1)))
        return before, after

    before, after = await database.run(work)
    assert before == after


def withdraws(tx, home):
    says(tx, member(tx, home), given=False)


def will_not_be_contacted(tx, home):
    agrees(tx, member(tx, home), ConsentKind.CONTACT, given=False)


def rests(tx, home):
    households.pause(tx, home.id, until=MONDAY + timedelta(days=1), reason="mourning")


def is_merged(tx, home):
    other = households.create(tx, home.scope, "Keluarga Lain", now=MONDAY)
    merging.merge(tx, home.id, other.id, now=MONDAY)


@pytest.mark.parametrize("leaves", [withdraws, will_not_be_contacted, rests, goes, is_merged])
async def test_who_is_to_be_left_alone_is_not_drawn(database, leaves):
    def work(tx):
        village = settle(tx, 12)
        before = [one.household for one in homes(tx, drawn(tx, village, seed=1))]
        leaves(tx, before[0])
        after = [one.household for one in homes(tx, drawn(tx, village, seed=2))]
        return before, after

    before, after = await database.run(work)
    left = {one.id for one in after} & {one.id for one in before}
    assert left == {one.id for one in before[1:]}


@pytest.mark.parametrize("leaves", [withdraws, will_not_be_contacted, goes, is_merged])
def test_who_leaves_later_is_on_no_list_any_more(tx, leaves):
    village = settle(tx, 12)
    who, door = first_door(tx, village)

    leaves(tx, door.drawn.household)

    assert door.drawn.household.id not in {one.household.id for one in homes(tx, door.sample)}
    with pytest.raises(NotAllowed):
        again(tx, who, door)


def test_where_nobody_can_be_visited_nothing_is_drawn(tx):
    village = settle(tx, 3)
    for home in village.homes:
        withdraws(tx, home)

    assert drawn(tx, village) is None
    assert tx.execute(select(func.count()).select_from(field_samples)).scalar_one() == 0


def test_the_binder_prints_the_households_of_the_chat_and_their_figure(tx):
    village = settle(tx)
    who, door = first_door(tx, village)
    field_check.note_answer(tx, who, door, door.statements[0].check.id, Verdict.AGREES)
    there = homes(tx, door.sample)

    week = reporting.gathered(tx, READ, JENGGOT, now=MONDAY)
    request = reporting.Request(report=reporting.Report.BINDER, code=JENGGOT, seed=SEED)
    paper = reporting.binder_of(tx, READ, week, request, now=MONDAY)

    (sample,) = [part for part in paper.parts if part.new_page]
    assert [row.cells[0] for row in sample.table.rows] == [
        one.household.public_id for one in there
    ]
    assert "kurang dari 5 keluarga" in sample.text[1]
    assert field_sample.match(there).agrees == 1
