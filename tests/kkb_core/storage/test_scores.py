import pytest
from sqlalchemy import text

from kkb_core.roles import Scope
from kkb_core.storage import Database, Tx, scores
from kkb_core.storage.scores import StoredScore, Totals
from tests.kkb_core.storage.village import (
    JENGGOT,
    KRADENAN,
    NOW,
    a_score,
    add_areas,
    add_household,
    add_person,
    add_round,
    begin,
    settle,
)


async def test_a_score_comes_back_whole_and_replaces_the_one_before(database: Database) -> None:
    def work(tx: Tx) -> list[object]:
        village = settle(tx)
        empty = scores.score_of(tx, village.interview.id)
        scores.put_score(tx, a_score(village.interview, village.household, total=None, krs=None))
        last = a_score(village.interview, village.household)
        scores.put_score(tx, last)
        return [empty, last, scores.score_of(tx, village.interview.id)]

    empty, last, found = await database.run(work)

    assert empty is None
    assert isinstance(found, StoredScore)
    assert isinstance(last, StoredScore)
    assert found.functions == {
        "agama": 750,
        "sosbud": None,
        "cinta": None,
        "lindung": None,
        "repro": None,
        "didik": None,
        "ekonomi": None,
        "lingkungan": None,
    }
    assert (found.total, found.krs, found.ibangga) == (805, True, 612)
    assert found.dimensions == {"ketenteraman": 600, "kemandirian": None, "kebahagiaan": None}
    assert (found.states, found.parts) == (last.states, last.parts)
    assert (found.scope, found.scored_at) == (last.scope, NOW)


async def test_scores_of_a_household_come_newest_first(database: Database) -> None:
    def work(tx: Tx) -> tuple[list[int], list[int]]:
        village = settle(tx)
        second = begin(tx, village.household, add_round(tx, opens=NOW), village.mother)
        for one in (village.interview, second):
            scores.put_score(tx, a_score(one, village.household))
        found = scores.scores_of(tx, village.household.id)
        return [one.interview_id for one in found], [second.id, village.interview.id]

    found, wanted = await database.run(work)

    assert found == wanted


def score_some(tx: Tx) -> int:
    """Five households in three RT of two villages; their totals are 100 to 500."""
    add_areas(tx, JENGGOT, KRADENAN)
    round_id = add_round(tx, "33.75")
    places = [(JENGGOT, 1, 1), (JENGGOT, 1, 1), (JENGGOT, 1, 2), (JENGGOT, 1, 2), (KRADENAN, 1, 1)]
    for number, (area, rw, rt) in enumerate(places, 1):
        household = add_household(tx, area, rw=rw, rt=rt)
        person = add_person(tx, str(number), household)
        interview = begin(tx, household, round_id, person)
        agama = None if number == 1 else number
        shown = {"functions": {"agama": agama}, "total": 100 * number}
        scores.put_score(tx, a_score(interview, household, **shown))
    return round_id


@pytest.mark.parametrize(
    ("scope", "households", "total", "agama", "counted"),
    [
        (Scope("33.75"), 5, 1500, 14, 4),
        (Scope(JENGGOT), 4, 1000, 9, 3),
        (Scope(JENGGOT, 1, 1), 2, 300, 2, 1),
        (Scope("33.76"), 0, 0, 0, 0),
    ],
)
async def test_a_scope_adds_up_what_is_shown_in_one_statement(
    database: Database, *, scope: Scope, households: int, total: int, agama: int, counted: int
) -> None:
    round_id = await database.run(score_some)

    def work(tx: Tx) -> tuple[Totals, int]:
        return scores.totals(tx, scope, round_id), tx.statements

    found, used = await database.read(work)

    assert found.households == households
    assert (found.sums["total"], found.sums["agama"]) == (total, agama)
    assert (found.counts["total"], found.counts["agama"]) == (households, counted)
    assert used == 1


async def test_places_add_up_apart(database: Database) -> None:
    round_id = await database.run(score_some)

    found = await database.read(lambda tx: scores.totals_by_place(tx, Scope("33.75"), round_id))

    assert {place: one.sums["total"] for place, one in found.items()} == {
        Scope(KRADENAN, 1, 1): 500,
        Scope(JENGGOT, 1, 1): 300,
        Scope(JENGGOT, 1, 2): 700,
    }


async def test_another_round_does_not_count(database: Database) -> None:
    await database.run(score_some)

    found = await database.read(lambda tx: scores.totals(tx, Scope("33"), 999))

    assert found.households == 0


async def test_means_are_read_from_the_index_alone(sqlite_database: Database) -> None:
    def plan(tx: Tx) -> str:
        asked = (
            "EXPLAIN QUERY PLAN SELECT count(*), sum(agama), sum(lingkungan), sum(total) FROM scores"
            " WHERE round_id = 1 AND area_code >= '33.75.' AND area_code < '33.75/'"
        )
        return str(tx.execute(text(asked)).all())

    assert "USING COVERING INDEX ix_scores_summary (round_id=?" in await sqlite_database.read(plan)
