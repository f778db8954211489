from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from kkb_core.roles import Scope
from kkb_core.storage import Database, Tx, areas, households
from kkb_core.storage.areas import Area, AreaLevel
from kkb_core.storage.households import Household
from tests.kkb_core.storage.village import JENGGOT, KRADENAN, NOW, add_areas, add_household


async def test_a_household_comes_back_as_it_was_made(database: Database) -> None:
    def work(tx: Tx) -> tuple[Household, Household | None, Household | None]:
        add_areas(tx)
        made = add_household(tx)
        found = households.household(tx, made.id)
        return made, found, households.household_called(tx, made.public_id)

    made, by_id, by_public_id = await database.run(work)

    assert made == by_id == by_public_id
    assert (made.scope, made.label) == (Scope(JENGGOT, 1, 2), "Keluarga Melati")


async def test_public_ids_tell_nothing_and_differ(database: Database) -> None:
    def work(tx: Tx) -> set[str]:
        add_areas(tx)
        return {add_household(tx).public_id for _ in range(20)}

    found = await database.run(work)

    assert len(found) == 20
    assert all(len(one) == 16 for one in found)


async def test_a_household_lives_in_an_area_that_takes_part(database: Database) -> None:
    with pytest.raises(IntegrityError):
        await database.run(add_household)


async def test_a_household_can_be_renamed_moved_and_paused(database: Database) -> None:
    later = NOW + timedelta(days=3)

    def work(tx: Tx) -> Household | None:
        add_areas(tx, JENGGOT, KRADENAN)
        made = add_household(tx)
        households.relabel(tx, made.id, "Keluarga Mawar")
        households.settle(tx, made.id, Scope(KRADENAN, 3, None))
        households.pause(tx, made.id, until=later, reason="hajatan")
        return households.household(tx, made.id)

    found = await database.run(work)

    assert found is not None
    assert (found.label, found.scope) == ("Keluarga Mawar", Scope(KRADENAN, 3, None))
    assert (found.paused_until, found.pause_reason) == (later, "hajatan")


@pytest.mark.parametrize(
    ("scope", "labels"),
    [
        (Scope("33"), "abcde"),
        (Scope("33.75"), "abcd"),
        (Scope("33.7"), ""),
        (Scope(JENGGOT), "abc"),
        (Scope(JENGGOT, 1), "ab"),
        (Scope(JENGGOT, 1, 2), "b"),
        (Scope(JENGGOT, None, 2), "bc"),
    ],
)
async def test_a_scope_holds_its_own_households(
    database: Database, scope: Scope, labels: str
) -> None:
    def work(tx: Tx) -> list[Household]:
        places = {
            "a": Scope(JENGGOT, 1, 1),
            "b": Scope(JENGGOT, 1, 2),
            "c": Scope(JENGGOT, 2, 2),
            "d": Scope("33.75.05.0001", 1, 1),
            "e": Scope("33.76.01.0001", 1, 1),
        }
        add_areas(tx, *(place.area for place in places.values()))
        for label, place in places.items():
            households.create(tx, place, label, now=NOW)
        return list(households.households_in(tx, scope))

    found = await database.run(work)

    assert "".join(one.label for one in found) == labels
    assert all(scope.covers(one.scope) for one in found)


async def test_neighbours_share_the_rt(database: Database) -> None:
    def work(tx: Tx) -> tuple[list[int], list[int]]:
        add_areas(tx)
        here, beside, away = add_household(tx), add_household(tx), add_household(tx, rt=3)
        found = households.neighbours(tx, here.id)
        assert away not in found
        return [one.id for one in found], [beside.id]

    found, wanted = await database.run(work)

    assert found == wanted


async def test_areas_are_kept_with_their_parents(database: Database) -> None:
    def work(tx: Tx) -> list[object]:
        add_areas(tx, JENGGOT, KRADENAN, "33.76.01.0001")
        return [
            areas.area(tx, JENGGOT),
            areas.area(tx, "99"),
            [one.code for one in areas.areas_under(tx, "33.75")],
            [one.code for one in areas.villages(tx)],
        ]

    jenggot, nowhere, under, villages = await database.run(work)

    assert jenggot == Area(
        code=JENGGOT,
        name=f"Area {JENGGOT}",
        level=AreaLevel.VILLAGE,
        parent="33.75.04",
        zone="Asia/Jakarta",
    )
    assert nowhere is None
    assert under == ["33.75", "33.75.04", KRADENAN, JENGGOT]
    assert villages == [KRADENAN, JENGGOT, "33.76.01.0001"]


async def test_adding_an_area_again_corrects_it(database: Database) -> None:
    def work(tx: Tx) -> Area | None:
        add_areas(tx)
        right = Area(
            code="33",
            name="Jawa Tengah",
            level=AreaLevel.PROVINCE,
            parent=None,
            zone="Asia/Jakarta",
        )
        areas.add_area(tx, right)
        return areas.area(tx, "33")

    found = await database.run(work)

    assert found is not None
    assert found.name == "Jawa Tengah"


async def test_an_area_without_its_parent_is_refused(database: Database) -> None:
    alone = Area(
        code="33.75", name="Pekalongan", level=AreaLevel.REGENCY, parent="33", zone="Asia/Jakarta"
    )

    with pytest.raises(IntegrityError):
        await database.run(lambda tx: areas.add_area(tx, alone))
