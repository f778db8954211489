"""Figures of a place at the end of a week, kept as they were told: to compare with, and to read fast."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select

from kkb_core.roles import Scope
from kkb_core.storage.statements import insert_unless
from kkb_core.storage.tables import rollups
from kkb_core.storage.transaction import Tx

KEY = ("area_code", "week", "rw", "rt", "round_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """What a place added up to in a round when the *week* (its Monday) was over.

    *figures* are JSON values in which no cell is of fewer than five households.
    """

    scope: Scope
    week: date
    round_id: int
    figures: Mapping[str, Any]


def put_rollups(tx: Tx, rollups_: Iterable[Rollup], *, now: datetime) -> None:
    """Keep the figures; those kept already stay as they were."""
    rows = [
        {
            "area_code": one.scope.area,
            "week": one.week,
            "rw": one.scope.rw or 0,
            "rt": one.scope.rt or 0,
            "round_id": one.round_id,
            "figures": dict(one.figures),
            "made_at": now,
        }
        for one in rollups_
    ]
    if rows:
        tx.execute(insert_unless(tx.dialect, rollups, KEY), rows)


_ROLLUP = (
    select(rollups)
    .where(
        rollups.c.area_code == bindparam("code"),
        rollups.c.week == bindparam("week"),
        rollups.c.rw == bindparam("rw"),
        rollups.c.rt == bindparam("rt"),
    )
    .order_by(rollups.c.round_id.desc())
    .limit(1)
)


def rollup(tx: Tx, scope: Scope, week: date) -> Rollup | None:
    """The figures of exactly this place for the week, of its newest round."""
    spot = {"code": scope.area, "week": week, "rw": scope.rw or 0, "rt": scope.rt or 0}
    row = tx.execute(_ROLLUP, spot).one_or_none()
    if row is None:
        return None
    return Rollup(scope=scope, week=row.week, round_id=row.round_id, figures=row.figures)


def spots_of(tx: Tx, area_code: str, week: date) -> Mapping[tuple[int, int], Rollup]:
    """The figures of a village and each of its RWs and RTs for the week; 0 is the whole."""
    asked = (
        select(rollups)
        .where(rollups.c.area_code == area_code, rollups.c.week == week)
        .order_by(rollups.c.round_id)
    )
    return {
        (row.rw, row.rt): Rollup(
            scope=Scope(area_code, row.rw or None, row.rt or None),
            week=week,
            round_id=row.round_id,
            figures=row.figures,
        )
        for row in tx.execute(asked)
    }


def weeks_kept(tx: Tx, area_code: str, *, before: date, limit: int) -> tuple[date, ...]:
    """The Mondays of the weeks kept of a village before then, the newest first."""
    asked = (
        select(rollups.c.week)
        .where(
            rollups.c.area_code == area_code,
            rollups.c.rw == 0,
            rollups.c.rt == 0,
            rollups.c.week < before,
        )
        .distinct()
        .order_by(rollups.c.week.desc())
        .limit(limit)
    )
    return tuple(tx.execute(asked).scalars())


def areas_done(tx: Tx, week: date) -> frozenset[str]:
    """Which areas have their figures for the week."""
    asked = select(rollups.c.area_code).where(
        rollups.c.week == week, rollups.c.rw == 0, rollups.c.rt == 0
    )
    return frozenset(tx.execute(asked).scalars())
