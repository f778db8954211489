"""The list of families: adding, resting, merging and taking it back."""

import pytest
from sqlalchemy import select

from kkb_core.errors import NotAllowed
from kkb_core.roles import Scope
from kkb_core.services import residents
from kkb_core.services.residents import RESTS, Rest
from kkb_core.storage import audit, flags, households, interviews, outbox, people, scores
from kkb_core.storage.flags import FlagState
from kkb_core.storage.outbox import Wanted
from kkb_core.storage.tables import outbox as rows
from tests.kkb_core.services.working import KNOWN, OF_RW1, OF_VILLAGE, at_work, raised
from tests.kkb_core.storage.village import (
    DAY,
    JENGGOT,
    KRADENAN,
    NOW,
    a_score,
    add_household,
    add_person,
    add_round,
    answer,
    begin,
)


@pytest.fixture
def here(tx):
    return at_work(tx)


@pytest.fixture
def double(tx, here):
    """The same family once more, on the father's phone; he has answered something."""
    home = add_household(tx)
    father = add_person(tx, "father", home)
    interview = begin(tx, home, here.village.round_id, father)
    answer(tx, interview.id, father, "members", "4")
    scores.put_score(tx, a_score(interview, home))
    return home


def merge(tx, here, gone, kept=None):
    kept = here.home.id if kept is None else kept
    return residents.merge(tx, here.cadre, OF_RW1, gone=gone, kept=kept, now=NOW)


def unmerge(tx, here, gone, person=None):
    by = person or here.cadre
    return residents.unmerge(tx, KNOWN, by, OF_RW1, gone, now=NOW)


def names(tx, here, called=""):
    found = residents.residents(tx, here.cadre, OF_RW1, now=NOW, called=called)
    return [one.household.label for one in found]


def test_a_name_is_found_in_any_case(tx, here):
    residents.add(tx, here.cadre, Scope(JENGGOT, 1, 1), "Mbah Karto", now=NOW)

    assert names(tx, here, "KARTO") == ["Mbah Karto"]
    assert names(tx, here, "%") == []


@pytest.mark.parametrize("scope", [Scope(JENGGOT, 2, 1), Scope(KRADENAN, 1, 1)])
def test_a_family_is_added_inside_ones_scope_only(tx, here, scope):
    with pytest.raises(NotAllowed):
        residents.add(tx, here.cadre, scope, "Bu Nur", now=NOW)


@pytest.mark.parametrize("rest", Rest)
def test_a_rest_has_an_end(tx, here, rest):
    until = residents.pause(tx, here.cadre, OF_RW1, here.home.id, rest, now=NOW)

    found = households.household(tx, here.home.id)
    assert (found.paused_until, found.pause_reason) == (until, rest.value)
    assert until == NOW + RESTS[rest]


def test_what_was_queued_for_any_member_is_withdrawn_and_for_others_not(tx, here):
    father, stranger = add_person(tx, "father", here.home), add_person(tx, "stranger")
    wanted = [
        Wanted(
            kind="reminder",
            person_id=person,
            dedupe_key=f"r:{person}",
            not_before=NOW,
            not_after=NOW + DAY,
            params={"household_id": here.home.id},
        )
        for person in (here.village.mother, father, stranger)
    ]
    outbox.put(tx, wanted, now=NOW)

    residents.pause(tx, here.cadre, OF_RW1, here.home.id, Rest.MOURNING, now=NOW)

    left = {row.person_id: row.state for row in tx.execute(select(rows))}
    assert left == {here.village.mother: "cancelled", father: "cancelled", stranger: "queued"}


def test_who_rests_may_wake(tx, here):
    residents.pause(tx, here.cadre, OF_RW1, here.home.id, Rest.MOVED, now=NOW)

    residents.wake(tx, here.cadre, OF_RW1, here.home.id, now=NOW)

    assert households.household(tx, here.home.id).paused_until is None


def test_a_merged_record_is_in_no_list_and_its_people_go_over(tx, here, double):
    merge(tx, here, double.id)

    assert len(names(tx, here)) == 1
    assert [one.id for one in households.households_in(tx, Scope(JENGGOT))] == [here.home.id]
    assert len(people.members_of(tx, here.home.id)) == 2
    assert scores.score_of(tx, interviews.interviews_of(tx, double.id)[0].id) is None


def test_a_round_only_the_other_record_answered_goes_over(tx, here, double):
    later = add_round(tx, opens=NOW)
    father = people.members_of(tx, double.id)[0].person.id
    only = begin(tx, double, later, father)

    merge(tx, here, double.id)

    assert only.id in [one.id for one in interviews.interviews_of(tx, here.home.id)]


def test_an_open_follow_up_goes_over(tx, here, double):
    interview = interviews.interviews_of(tx, double.id)[0]
    flag = raised(tx, double, interview.id, "EKO3")

    merge(tx, here, double.id)

    assert flags.flag(tx, flag).household.id == here.home.id
    assert flags.flag(tx, flag).state is FlagState.OPEN


def test_merging_is_taken_back_whole(tx, here, double):
    later = add_round(tx, opens=NOW)
    father = people.members_of(tx, double.id)[0].person.id
    only = begin(tx, double, later, father)
    first = interviews.interviews_of(tx, double.id)[-1]
    flag = raised(tx, double, first.id, "EKO3")
    merge(tx, here, double.id)

    unmerge(tx, here, double.id)

    assert {one.id for one in interviews.interviews_of(tx, double.id)} == {first.id, only.id}
    assert people.memberships_of(tx, father) == (double,)
    assert len(people.members_of(tx, here.home.id)) == 1
    assert flags.flag(tx, flag).household.id == double.id
    assert scores.score_of(tx, first.id) is not None


@pytest.mark.parametrize("where", ["itself", "other village", "outside the scope"])
def test_only_two_records_of_ones_own_place_are_merged(tx, here, double, where):
    kept = {
        "itself": double.id,
        "other village": add_household(tx, KRADENAN).id,
        "outside the scope": add_household(tx, rw=2).id,
    }[where]

    with pytest.raises(NotAllowed):
        merge(tx, here, double.id, kept)
    assert households.household(tx, double.id).merged_into is None


def test_what_was_never_merged_is_not_taken_apart(tx, here, double):
    with pytest.raises(NotAllowed):
        unmerge(tx, here, double.id)


def test_nobody_without_the_role_takes_apart(tx, here, double):
    merge(tx, here, double.id)

    with pytest.raises(NotAllowed):
        unmerge(tx, here, double.id, person=here.officer)


def test_what_is_done_to_a_family_is_written_down(tx, here, double):
    residents.pause(tx, here.coordinator, OF_VILLAGE, double.id, Rest.REFUSES, now=NOW)
    merge(tx, here, double.id)
    unmerge(tx, here, double.id)

    acts = [one.act for one in audit.audit_of(tx, "household", double.id)]
    assert acts == ["pause_household", "merge_household", "unmerge_household"]
