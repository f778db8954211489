from datetime import timedelta

import pytest

from kkb_core.storage import Database, Tx, rounds
from tests.kkb_core.storage.village import DAY, JENGGOT, NOW, add_round


async def test_the_nearest_open_round_counts(database: Database) -> None:
    def work(tx: Tx) -> list[object]:
        kota = add_round(tx, "33.75")
        found = [rounds.round_for(tx, JENGGOT, now=NOW)]
        village = add_round(tx, JENGGOT)
        found += [
            rounds.round_for(tx, JENGGOT, now=NOW),
            rounds.round_for(tx, "33.75.04", now=NOW),
            rounds.round_for(tx, "33.76", now=NOW),
        ]
        return [[one and one.id for one in found], [kota, village, kota, None]]

    found, wanted = await database.run(work)

    assert found == wanted


@pytest.mark.parametrize(
    ("after", "is_open"),
    [
        (-timedelta(microseconds=1), "closed"),
        (timedelta(), "open"),
        (10 * DAY - timedelta(microseconds=1), "open"),
        (10 * DAY, "closed"),
    ],
)
async def test_a_round_is_open_from_its_first_moment_to_before_its_end(
    database: Database, after: timedelta, is_open: str
) -> None:
    await database.run(lambda tx: add_round(tx, opens=NOW, days=10))

    found = await database.read(lambda tx: rounds.round_for(tx, JENGGOT, now=NOW + after))

    assert (found is not None) == (is_open == "open")


async def test_rounds_of_an_area_come_newest_first(database: Database) -> None:
    def work(tx: Tx) -> tuple[list[int], list[int]]:
        old, new = add_round(tx, opens=NOW - 200 * DAY), add_round(tx)
        add_round(tx, "33.75")
        return [one.id for one in rounds.rounds_of(tx, JENGGOT)], [new, old]

    found, wanted = await database.run(work)

    assert found == wanted


async def test_a_round_comes_back_as_it_was_put(database: Database) -> None:
    def work(tx: Tx) -> list[object]:
        return [rounds.round_called(tx, add_round(tx)), rounds.round_called(tx, 999)]

    found, missing = await database.run(work)

    assert isinstance(found, rounds.Round)
    assert (found.area_code, found.questionnaire, found.name) == (JENGGOT, "kkb.v1", "Putaran 1")
    assert (found.opens_at, found.closes_at) == (NOW - DAY, NOW + 29 * DAY)
    assert missing is None
