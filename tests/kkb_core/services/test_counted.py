"""Whose answers are in figures follows who is of the family, however that changes."""

from sqlalchemy import select

from kkb_core.services import inviting
from kkb_core.storage import Database, Tx, merging, people, scores
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.erasure import erase_person
from kkb_core.storage.people import Relation
from kkb_core.storage.tables import memberships
from kkb_core.storage.tables import scores as kept_scores
from tests.kkb_core.services.working import agrees
from tests.kkb_core.storage.village import (
    NOW,
    a_score,
    add_areas,
    add_household,
    add_person,
    add_round,
    begin,
)


def scored(tx: Tx, *, says_yes: bool = False):
    """A household with a score and a mother who was asked about statistics, or not yet."""
    if not tx.execute(select(kept_scores.c.household_id)).all():
        add_areas(tx)
        add_round(tx)
    home = add_household(tx)
    mother = add_person(tx, f"mother {home.id}", home)
    scores.put_score(tx, a_score(begin(tx, home, 1, mother), home))
    if says_yes:
        agrees(tx, mother, ConsentKind.STATISTICS)
    return home, mother


def counted(tx: Tx) -> dict[int, bool]:
    return dict(tx.execute(select(kept_scores.c.household_id, kept_scores.c.counted)).all())


async def test_with_the_only_yes_erased_the_others_answers_are_in_no_figure(database: Database):
    def work(tx: Tx):
        home, mother = scored(tx, says_yes=True)
        add_person(tx, "father", home)
        before = counted(tx)
        erase_person(tx, mother, now=NOW)
        return home.id, before, counted(tx)

    home, before, after = await database.run(work)

    assert (before, after) == ({home: True}, {home: False})


async def test_whoever_joins_brings_their_yes(database: Database):
    def work(tx: Tx):
        home, mother = scored(tx)
        _, aunt = scored(tx, says_yes=True)
        code = inviting.invite_to_household(tx, home.id, by=mother, now=NOW).code
        inviting.accept(tx, code, aunt, now=NOW)
        return counted(tx)[home.id]

    assert await database.run(work)


async def test_two_records_of_one_family_are_counted_as_one_of_them_said(database: Database):
    def work(tx: Tx):
        (kept, _), (double, _) = scored(tx), scored(tx, says_yes=True)
        done = merging.merge(tx, double.id, kept.id, now=NOW)
        together = counted(tx)[kept.id]
        merging.unmerge(tx, double.id, kept.id, done, now=NOW)
        return together, counted(tx)[kept.id]

    assert await database.run(work) == (True, False)


async def test_a_cadre_who_fills_in_for_her_own_family_stays_of_it(database: Database):
    def work(tx: Tx):
        home, mother = scored(tx)
        people.join(tx, mother, home.id, relation=Relation.CADRE, now=NOW)
        return tx.execute(select(memberships.c.relation)).scalar_one()

    assert await database.run(work) == Relation.SELF
