"""Who is in a segment, who is left out and why; the same on both databases."""

from datetime import timedelta

import pytest

from kkb_core.broadcast import Exclusion
from kkb_core.roles import Grant, Role, Scope
from kkb_core.segments import read
from kkb_core.storage import (
    Database,
    Tx,
    broadcasts,
    households,
    interviews,
    outbox,
    people,
    roles,
    segments,
)
from kkb_core.storage.households import Household
from kkb_core.storage.interviews import StoredInterview
from kkb_core.storage.people import PersonStatus, Relation
from kkb_core.storage.scores import put_score
from kkb_core.storage.segments import Audience
from kkb_core.storage.tables import addresses, consents
from tests.kkb_core.storage.broadcasting import a_broadcast, agree, join_in
from tests.kkb_core.storage.village import (
    DAY,
    JENGGOT,
    KRADENAN,
    NOW,
    a_score,
    add_areas,
    add_household,
    add_person,
    add_round,
    begin,
)


def audience(text: str, *, scopes=None) -> Audience:
    return Audience(segment=read(text), scopes=scopes)


def who(tx: Tx, text: str, *, scopes=None) -> list[int]:
    found = segments.recipients(audience(text, scopes=scopes), now=NOW)
    return sorted(row.person_id for row in tx.execute(found))


def answered(
    tx: Tx, household: Household, round_id: int, person: int, **answers
) -> StoredInterview:
    opened = begin(tx, household, round_id, person)
    interviews.save_interview(
        tx,
        opened.id,
        answers=answers,
        person_id=person,
        cursor={"waiting_for": None},
        now=NOW,
        completed_at=NOW,
    )
    return opened


class Three:
    """Three families: one of RT 2 that answered, one of RT 3 that did not, one in Kradenan."""

    def __init__(self, tx: Tx) -> None:
        add_areas(tx, JENGGOT, KRADENAN)
        self.round = add_round(tx, "33.75.04")
        homes = [
            add_household(tx, JENGGOT, rw=1, rt=2),
            add_household(tx, JENGGOT, rw=1, rt=3),
            add_household(tx, KRADENAN, rw=2, rt=2),
        ]
        self.ani, self.budi, self.citra = (
            join_in(tx, name, home)
            for name, home in zip(("ani", "budi", "citra"), homes, strict=True)
        )
        self.homes = homes
        opened = answered(
            tx, homes[0], self.round, self.ani, pregnant="ya", kids="0_23m 7_15", elder="tidak"
        )
        put_score(tx, a_score(opened, homes[0], functions={"ekonomi": 550, "agama": 900}))
        begin(tx, homes[1], self.round, self.budi)
        self.kader = join_in(tx, "kader", None)
        roles.grant_role(tx, self.kader, Grant(Role.CADRE, Scope(JENGGOT, 1, 2)), now=NOW)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("all", "ani budi citra"),
        ("area:33.75.04.1004", "ani budi"),
        ("area:33.75", "ani budi citra"),
        ("rw:1 and rt:3", "budi"),
        ("rt:2", "ani citra"),
        ("not rt:2", "budi"),
        ("answered", "ani"),
        ("not answered", "budi citra"),
        ("kind:pregnant", "ani"),
        ("kind:baduta and kind:school", "ani"),
        ("kind:elder or area:33.75.04.1001", "citra"),
        ("band:ekonomi=low", "ani"),
        ("band:agama=high and not band:ekonomi=high", "ani"),
        ("band:ekonomi=middle", ""),
        ("role:cadre", "kader"),
        ("role:cadre and rt:2", "kader"),
        ("role:cadre and rt:3", ""),
        ("role:family and rt:2 or role:cadre", "ani citra kader"),
        ("role:cadre and not answered", ""),
        ("area:33.75 and not (rt:2 or answered)", "budi"),
    ],
)
async def test_whom_a_segment_means(database: Database, text: str, names: str) -> None:
    def work(tx: Tx) -> tuple[list[int], list[int]]:
        three = Three(tx)
        return who(tx, text), sorted(getattr(three, name) for name in names.split())

    found, meant = await database.run(work)

    assert found == meant


async def test_nobody_outside_the_scopes_is_meant(database: Database) -> None:
    def work(tx: Tx) -> bool:
        three = Three(tx)
        here = [Scope(JENGGOT, 1, 3), Scope(KRADENAN)]
        return who(tx, "all", scopes=here) == [three.budi, three.citra] and not who(
            tx, "all", scopes=[]
        )

    assert await database.run(work)


async def test_who_belongs_to_two_households_gets_one_message(database: Database) -> None:
    def work(tx: Tx) -> tuple[list[int], int]:
        three = Three(tx)
        people.join(tx, three.ani, three.homes[1].id, relation=Relation.SELF, now=NOW)
        return who(tx, "area:33.75.04.1004"), three.budi

    found, _ = await database.run(work)

    assert len(found) == 2


async def test_a_cadre_who_fills_in_for_a_family_is_not_that_family(database: Database) -> None:
    def work(tx: Tx) -> bool:
        three = Three(tx)
        people.join(tx, three.kader, three.homes[0].id, relation=Relation.CADRE, now=NOW)
        return three.kader not in who(tx, "all")

    assert await database.run(work)


def left_out(tx: Tx, three: Three, why: Exclusion) -> None:
    """Give Budi the reason."""
    match why:
        case Exclusion.NO_ADDRESS:
            tx.execute(addresses.delete().where(addresses.c.person_id == three.budi))
        case Exclusion.BLOCKED:
            people.mark_blocked(tx, people.addresses_of(tx, three.budi)[0], now=NOW)
        case Exclusion.NOT_JOINED:
            people.set_status(tx, three.budi, PersonStatus.NEW)
        case Exclusion.STOPPED:
            people.set_status(tx, three.budi, PersonStatus.STOPPED)
        case Exclusion.PAUSED:
            people.set_status(tx, three.budi, PersonStatus.PAUSED, paused_until=NOW + DAY)
        case Exclusion.HOUSEHOLD:
            households.pause(tx, three.homes[1].id, until=NOW + DAY, reason="duka")
        case Exclusion.MUTED:
            agree(tx, three.budi, given=False)
        case Exclusion.NO_CONSENT:
            tx.execute(consents.delete().where(consents.c.person_id == three.budi))
        case Exclusion.CAP:
            for _ in range(2):
                sent = a_broadcast(tx)
                broadcasts.enqueue(
                    tx, sent, audience("rt:3"), not_after=NOW + DAY, now=NOW - timedelta(hours=1)
                )


@pytest.mark.parametrize("why", Exclusion)
async def test_who_is_left_out_is_counted_with_the_reason(
    database: Database, why: Exclusion
) -> None:
    def work(tx: Tx):
        three = Three(tx)
        left_out(tx, three, why)
        return segments.headcount(tx, audience("area:33.75.04.1004"), now=NOW)

    counted = await database.run(work)

    assert (counted.eligible, dict(counted.excluded)) == (1, {why: 1})


async def test_a_pause_that_is_over_leaves_nobody_out(database: Database) -> None:
    def work(tx: Tx) -> int:
        three = Three(tx)
        people.set_status(tx, three.budi, PersonStatus.PAUSED, paused_until=NOW - DAY)
        households.pause(tx, three.homes[1].id, until=NOW - DAY, reason=None)
        return segments.headcount(tx, audience("rt:3"), now=NOW).eligible

    assert await database.run(work) == 1


async def test_a_person_with_work_needs_no_familys_consent_and_may_mute(
    database: Database,
) -> None:
    def work(tx: Tx) -> tuple[int, int]:
        three = Three(tx)
        agree(tx, three.kader, given=False)
        muted = segments.headcount(tx, audience("role:cadre"), now=NOW).eligible
        unasked = add_person(tx, "kader2")
        people.set_status(tx, unasked, PersonStatus.ACTIVE)
        roles.grant_role(tx, unasked, Grant(Role.CADRE, Scope(JENGGOT)), now=NOW)
        return muted, segments.headcount(tx, audience("role:cadre"), now=NOW).eligible

    assert await database.run(work) == (0, 1)


async def test_each_recipient_is_queued_once_however_often_it_is_begun(database: Database) -> None:
    def work(tx: Tx):
        Three(tx)
        one = a_broadcast(tx, "all")
        counts = [
            broadcasts.enqueue(tx, one, audience("all"), not_after=NOW + DAY, now=NOW)
            for _ in range(2)
        ]
        return counts, outbox.accounts(tx, [one])[one].pending

    assert await database.run(work) == ([3, 3], 3)


async def test_who_was_not_reached_can_be_meant_by_how_that_came(database: Database) -> None:
    def work(tx: Tx) -> tuple[list[int], list[int]]:
        three = Three(tx)
        one = a_broadcast(tx, "all")
        broadcasts.enqueue(tx, one, audience("rt:3"), not_after=NOW + DAY, now=NOW - 2 * DAY)
        outbox.cancel(tx, broadcast_id=one, now=NOW)
        return who(tx, f"missed:{one}=cancelled"), [three.budi]

    found, meant = await database.run(work)

    assert found == meant


async def test_the_first_to_go_are_so_many_and_the_others_stay_held(database: Database) -> None:
    def work(tx: Tx) -> list[int]:
        Three(tx)
        one = a_broadcast(tx, "all")
        broadcasts.enqueue(tx, one, audience("all"), not_after=NOW + DAY, now=NOW)
        counts = [broadcasts.released_and_open(tx, one)]
        broadcasts.release(tx, one, first=2, now=NOW)
        counts.append(broadcasts.released_and_open(tx, one))
        outbox.resume(tx, one, now=NOW)
        counts.append(broadcasts.released_and_open(tx, one))
        outbox.hold(tx, one, now=NOW)
        return [*counts, broadcasts.released_and_open(tx, one)]

    assert await database.run(work) == [0, 2, 3, 0]
