from datetime import timedelta

from sqlalchemy import select

from kkb_core.messaging import Language
from kkb_core.roles import Grant, Role, Scope
from kkb_core.storage import Database, Tx, people, roles
from kkb_core.storage.people import Person, PersonStatus, Relation
from kkb_core.storage.standing import arrive
from kkb_core.storage.tables import address_moves
from tests.kkb_core.storage.village import (
    JENGGOT,
    NOW,
    add_areas,
    add_household,
    add_person,
    phone,
    settle,
)

LATER = NOW + timedelta(hours=1)


async def test_what_a_person_says_about_themselves_is_kept(database: Database) -> None:
    def work(tx: Tx) -> Person | None:
        mother = add_person(tx, "mother")
        people.set_language(tx, mother, Language.JV)
        people.confirm_adult(tx, mother, now=NOW)
        people.set_status(tx, mother, PersonStatus.PAUSED, paused_until=LATER)
        return people.person(tx, mother)

    found = await database.run(work)

    assert found is not None
    assert found.language is Language.JV
    assert found.adult_confirmed_at == NOW
    assert (found.status, found.paused_until) == (PersonStatus.PAUSED, LATER)


async def test_a_pause_ends_with_the_next_status(database: Database) -> None:
    def work(tx: Tx) -> Person | None:
        mother = add_person(tx, "mother")
        people.set_status(tx, mother, PersonStatus.PAUSED, paused_until=LATER)
        people.set_status(tx, mother, PersonStatus.ACTIVE)
        return people.person(tx, mother)

    found = await database.run(work)

    assert found is not None
    assert (found.status, found.paused_until) == (PersonStatus.ACTIVE, None)


async def test_a_blocked_person_is_marked_until_they_write_again(database: Database) -> None:
    def work(tx: Tx) -> list[object]:
        mother, father = add_person(tx, "mother"), add_person(tx, "father")
        people.mark_blocked(tx, phone("mother"), now=NOW)
        seen = [people.person(tx, one) for one in (mother, father)]
        people.mark_unblocked(tx, phone("mother"))
        return [*(one and one.blocked_at for one in seen), people.person(tx, mother)]

    mother, father, after = await database.run(work)

    assert (mother, father) == (NOW, None)
    assert isinstance(after, Person)
    assert after.blocked_at is None


async def test_several_people_answer_for_one_household(database: Database) -> None:
    def work(tx: Tx) -> list[tuple[int, Relation]]:
        village = settle(tx)
        add_person(tx, "cadre", village.household, relation=Relation.CADRE)
        father = add_person(tx, "father", village.household)
        people.leave(tx, father, village.household.id, now=LATER)
        members = people.members_of(tx, village.household.id)
        return [(one.person.id, one.relation) for one in members]

    assert await database.run(work) == [(1, Relation.SELF), (2, Relation.CADRE)]


async def test_who_left_can_join_again_and_joining_twice_is_joining_once(
    database: Database,
) -> None:
    def work(tx: Tx) -> list[int]:
        village = settle(tx)
        sizes = []
        for _ in range(2):
            people.leave(tx, village.mother, village.household.id, now=LATER)
            sizes.append(len(people.memberships_of(tx, village.mother)))
            for _ in range(2):
                people.join(
                    tx, village.mother, village.household.id, relation=Relation.SELF, now=LATER
                )
            sizes.append(len(people.memberships_of(tx, village.mother)))
        return sizes

    assert await database.run(work) == [0, 1, 0, 1]


async def test_a_family_a_cadre_fills_in_for_is_not_her_own(database: Database) -> None:
    def work(tx: Tx) -> tuple[object, ...]:
        add_areas(tx)
        add_person(tx, "cadre", add_household(tx), relation=Relation.CADRE)
        return people.memberships_of(tx, add_person(tx, "cadre"))

    assert await database.run(work) == ()


async def test_households_come_in_the_order_of_joining(database: Database) -> None:
    def work(tx: Tx) -> tuple[list[int], list[int]]:
        add_areas(tx)
        mother = add_person(tx, "mother")
        first, second = add_household(tx), add_household(tx)
        people.join(tx, mother, second.id, relation=Relation.SELF, now=NOW)
        people.join(tx, mother, first.id, relation=Relation.SELF, now=LATER)
        found = people.memberships_of(tx, mother)
        return [one.id for one in found], [second.id, first.id]

    found, wanted = await database.run(work)

    assert found == wanted


async def test_a_role_is_held_once_and_until_it_is_revoked(database: Database) -> None:
    cadre = Grant(Role.CADRE, Scope(JENGGOT, 1, 2))
    viewer = Grant(Role.VIEWER, Scope("33.75"))

    def work(tx: Tx) -> list[object]:
        one = add_person(tx, "cadre")
        for _ in range(2):
            roles.grant_role(tx, one, cadre, now=NOW)
        roles.grant_role(tx, one, viewer, now=NOW, by=one)
        held = roles.grants_of(tx, one)
        revoked = [roles.revoke_role(tx, one, cadre, now=NOW) for _ in range(2)]
        return [held, revoked, roles.grants_of(tx, one)]

    assert await database.run(work) == [(cadre, viewer), [True, False], (viewer,)]


async def test_a_chat_that_moves_stays_the_same_person(database: Database) -> None:
    def work(tx: Tx) -> tuple[bool, int, int, list[str]]:
        mother = add_person(tx, "mother")
        moved = people.move_address(tx, phone("mother"), phone("new"), now=NOW)
        kept = tx.execute(select(address_moves.c.old)).scalars()
        return moved, mother, arrive(tx, phone("new"), now=NOW).person.id, list(kept)

    moved, before, after, kept = await database.run(work)

    assert moved
    assert before == after
    assert kept == ["mother"]


async def test_a_chat_does_not_move_onto_somebody_else(database: Database) -> None:
    def work(tx: Tx) -> tuple[bool, tuple[object, ...], tuple[object, ...]]:
        mother, father = add_person(tx, "mother"), add_person(tx, "father")
        moved = people.move_address(tx, phone("mother"), phone("father"), now=NOW)
        return moved, people.addresses_of(tx, mother), people.addresses_of(tx, father)

    assert await database.run(work) == (False, (phone("mother"),), (phone("father"),))
