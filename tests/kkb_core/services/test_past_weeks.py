"""A week that was kept: the whole as it was told, a part without a cell that could be worked out."""

from datetime import date, timedelta

import pytest

from kkb_core.roles import Scope
from kkb_core.services import past_weeks, summarising
from kkb_core.storage import areas, rollups
from kkb_core.storage.rollups import Rollup
from kkb_core.summary.tallies import SMALLEST
from kkb_core.summary.week import Week
from tests.kkb_core.services.answered import JENGGOT, MONDAY, READ, WEEK, settle

LATER = date(2026, 3, 16)


def keeps(tx, monday: date = WEEK) -> None:
    summarising.enqueue(tx, READ, areas.area(tx, JENGGOT), monday=monday, now=MONDAY)


def test_the_whole_is_told_as_it_was(tx):
    settle(tx)
    keeps(tx)
    kept = rollups.rollup(tx, Scope(JENGGOT), WEEK)

    found = past_weeks.past_week(tx, JENGGOT, (Scope(JENGGOT),), WEEK)

    assert found.week == Week.from_json(kept.figures["week"])
    assert found.earlier is None


def test_one_tap_goes_to_the_newest_week_before(tx):
    settle(tx)
    for monday in (WEEK - timedelta(days=21), WEEK):
        keeps(tx, monday)

    assert past_weeks.week_before(tx, JENGGOT, LATER) == WEEK
    assert past_weeks.week_before(tx, JENGGOT, WEEK) == WEEK - timedelta(days=21)
    assert past_weeks.past_week(tx, JENGGOT, (Scope(JENGGOT),), LATER) is None


@pytest.mark.parametrize(("left", "told"), [(0, True), (1, False), (4, False), (SMALLEST, True)])
def test_a_part_is_silent_where_the_rest_would_be_too_few(tx, left, told):
    of = settle(tx, 10).current
    scale = {"mean": 700, "bands": None}
    whole = {"scales": {"agama": {"n": 9 + left, **scale}}, "week": kept_week("agama")}
    part = {"scales": {"agama": {"n": 9, **scale}}}
    rows = [(Scope(JENGGOT), whole), (Scope(JENGGOT, 1), part)]
    kept = [Rollup(scope=one, week=LATER, round_id=of, figures=two) for one, two in rows]
    rollups.put_rollups(tx, kept, now=MONDAY)

    found = past_weeks.past_week(tx, JENGGOT, (Scope(JENGGOT, 1),), LATER)

    assert [one.name for one in found.functions] == (["agama"] if told else [])


def kept_week(function: str) -> dict[str, list[dict[str, str]]]:
    return {"functions": [{"name": function}]}
