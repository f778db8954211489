"""Which part of the country takes part, and when its families are asked."""

from datetime import UTC, date, datetime, timedelta

import pytest
from lokal import wilayah

from kkb_core import definitions
from kkb_core.errors import InputRefused
from kkb_core.services import areas
from kkb_core.storage import areas as kept
from kkb_core.storage import rounds
from kkb_core.storage.areas import AreaLevel

JENGGOT = "33.75.04.1004"
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)  # 09.00 in Jenggot


@pytest.fixture
def opens(tx):
    questionnaire = definitions.load().current

    def open_round(code=JENGGOT, *, now=NOW, **options):
        return areas.open_round(tx, code, questionnaire=questionnaire, now=now, **options)

    return open_round


def test_an_area_is_taken_up_with_its_parents(tx):
    added = areas.add_area(tx, JENGGOT)

    assert (added.name, added.level) == ("Jenggot", AreaLevel.VILLAGE)
    assert [(one.code, one.name) for one in kept.areas_under(tx, "33")] == [
        ("33", "Jawa Tengah"),
        ("33.75", "Kota Pekalongan"),
        ("33.75.04", "Pekalongan Selatan"),
        (JENGGOT, "Jenggot"),
    ]
    assert added.parent == "33.75.04"


def test_taking_an_area_up_twice_changes_nothing(tx):
    areas.add_area(tx, JENGGOT)
    before = kept.areas_under(tx, "33")

    areas.add_area(tx, "3375041004")

    assert kept.areas_under(tx, "33") == before


@pytest.mark.parametrize(
    ("code", "near"),
    [
        ("33.75.04.1001", "33.75.04.1002 Banyurip"),
        ("33.57", "33.75 Kota Pekalongan"),
        ("jenggot", "33.75.04.1004 Jenggot, Pekalongan Selatan"),
        ("", "33.75.04.1004"),
        ("99", "96 Papua Barat Daya"),
    ],
)
def test_a_code_that_is_not_on_the_list_is_refused_with_near_ones(tx, code, near):
    with pytest.raises(InputRefused, match="not on the Kemendagri list") as refused:
        areas.add_area(tx, code)

    assert near in str(refused.value)
    assert "\n" not in str(refused.value)


def test_every_province_has_a_zone():
    assert sorted(areas.ZONES) == sorted(one.code for one in wilayah.list_wilayah())


@pytest.mark.parametrize(
    ("area", "zone"),
    [
        (JENGGOT, "Asia/Jakarta"),
        ("61.71", "Asia/Jakarta"),
        ("51.71", "Asia/Makassar"),
        ("73.71", "Asia/Makassar"),
        ("81.71", "Asia/Jayapura"),
        ("91.71", "Asia/Jayapura"),
    ],
)
def test_an_area_has_the_time_of_its_province(tx, area, zone):
    assert areas.add_area(tx, area).zone == zone


def test_an_area_that_does_not_take_part_is_named_with_the_cure(tx):
    with pytest.raises(InputRefused, match=r"\(Jenggot\).*kkb area add 33.75.04.1004"):
        areas.known_area(tx, JENGGOT)


def test_a_round_lasts_six_months_and_ends_at_midnight_in_its_zone(tx, opens):
    areas.add_area(tx, JENGGOT)

    opened = opens()

    assert areas.last_day(opened, "Asia/Jakarta") == date(2026, 9, 1)
    assert opened.closes_at == datetime(2026, 9, 1, 17, tzinfo=UTC)
    assert opened.name == "2026-03"
    assert rounds.round_for(tx, JENGGOT, now=opened.closes_at - timedelta(seconds=1)) == opened
    assert rounds.round_for(tx, JENGGOT, now=opened.closes_at) is None


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 1, 1), date(2026, 6, 30)),
        (date(2026, 7, 1), date(2026, 12, 31)),
        (date(2026, 8, 31), date(2027, 2, 27)),
        (date(2026, 12, 15), date(2027, 6, 14)),
    ],
)
def test_six_months_are_counted_by_the_calendar(tx, opens, first, last):
    areas.add_area(tx, JENGGOT)

    opened = opens(now=datetime(first.year, first.month, first.day, 5, tzinfo=UTC))

    assert areas.last_day(opened, "Asia/Jakarta") == last


def test_the_day_named_is_the_last_one(tx, opens):
    areas.add_area(tx, JENGGOT)

    opened = opens(until=date(2026, 3, 2), name="Uji coba")

    assert areas.last_day(opened, "Asia/Jakarta") == date(2026, 3, 2)
    assert opened.name == "Uji coba"


def test_a_round_cannot_end_before_today(tx, opens):
    areas.add_area(tx, JENGGOT)

    with pytest.raises(InputRefused, match="this day has passed"):
        opens(until=date(2026, 3, 1))


def test_an_area_has_one_open_round_of_its_own(tx, opens):
    areas.add_area(tx, JENGGOT)
    opens()

    with pytest.raises(InputRefused, match="has an open round until 2026-09-01"):
        opens()
    assert opens("33.75").area_code == "33.75"


def test_a_round_is_opened_only_where_none_is_open(tx, opens):
    areas.add_area(tx, JENGGOT)
    questionnaire = definitions.load().current
    of_kota = opens("33.75")

    found = areas.ensure_round(tx, JENGGOT, questionnaire=questionnaire, now=NOW)
    later = areas.ensure_round(tx, JENGGOT, questionnaire=questionnaire, now=of_kota.closes_at)

    assert (found.round, found.is_new) == (of_kota, False)
    assert (later.round.area_code, later.is_new) == (JENGGOT, True)


async def test_an_area_and_its_round_are_kept_on_every_database(database):
    questionnaire = definitions.load().current

    await database.run(lambda tx: areas.add_area(tx, JENGGOT))
    opened = await database.run(
        lambda tx: areas.ensure_round(tx, JENGGOT, questionnaire=questionnaire, now=NOW)
    )

    assert await database.read(lambda tx: rounds.round_for(tx, JENGGOT, now=NOW)) == opened.round
