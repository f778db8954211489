"""Scores: one row an interview, and what a whole area adds up to.

All scores are tenths of a point (0 to 1000); None is not shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, func, select, update

from kkb_core.roles import Scope
from kkb_core.storage.consents import counts_in_statistics
from kkb_core.storage.prepared import Prepared
from kkb_core.storage.statements import inside, put_row
from kkb_core.storage.tables import DIMENSIONS, FUNCTIONS, scores
from kkb_core.storage.transaction import Tx

SUMMED = (*FUNCTIONS, "total")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredScore:
    """What an interview scored, and why.

    `functions` has the eight functions, `dimensions` the three of the iBangga-like index.
    `states` says for each function why it is shown or not; `parts` is the explanation.
    """

    interview_id: int
    household_id: int
    round_id: int
    scope: Scope
    pack: str
    pack_version: int
    functions: Mapping[str, int | None]
    total: int | None
    states: Mapping[str, str]
    ibangga: int | None = None
    dimensions: Mapping[str, int | None]
    krs: bool | None = None
    parts: Any
    scored_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the shown scores of some households add up to, by function and for "total"."""

    households: int
    counts: Mapping[str, int]
    sums: Mapping[str, int]


def put_score(tx: Tx, score: StoredScore) -> None:
    """Keep the score of an interview in the place of an earlier one."""
    row = {
        "interview_id": score.interview_id,
        "household_id": score.household_id,
        "round_id": score.round_id,
        "area_code": score.scope.area,
        "rw": score.scope.rw,
        "rt": score.scope.rt,
        "pack": score.pack,
        "pack_version": score.pack_version,
        **{name: score.functions.get(name) for name in FUNCTIONS},
        "total": score.total,
        "states": dict(score.states),
        "ibangga": score.ibangga,
        **{name: score.dimensions.get(name) for name in DIMENSIONS},
        "krs": score.krs,
        "parts": score.parts,
        "scored_at": score.scored_at,
    }
    put_row(tx, scores, row, key=("interview_id",))


_COUNT_AGAIN = Prepared(
    update(scores)
    .where(scores.c.household_id == bindparam("household"))
    .values(counted=counts_in_statistics(scores.c.household_id))
)


def count_again(tx: Tx, households_: Iterable[int]) -> None:
    """Decide anew whether these households' scores are in figures: by what was said to statistics."""
    ids = sorted(households_)
    if ids:
        _COUNT_AGAIN.change_each(tx, [{"household": one} for one in ids])


def score_of(tx: Tx, interview_id: int) -> StoredScore | None:
    """What the interview scored."""
    asked = select(scores).where(scores.c.interview_id == interview_id)
    row = tx.execute(asked).mappings().one_or_none()
    return None if row is None else score_from(row)


def scores_of(tx: Tx, household_id: int) -> tuple[StoredScore, ...]:
    """What the household scored, the newest interview first."""
    asked = (
        select(scores)
        .where(scores.c.household_id == household_id)
        .order_by(scores.c.interview_id.desc())
    )
    return tuple(map(score_from, tx.execute(asked).mappings()))


def totals(tx: Tx, scope: Scope, round_id: int) -> Totals:
    """What a scope adds up to in a round; one statement, read from the index alone."""
    asked = select(*_SUMS).where(scores.c.round_id == round_id, inside(scores, scope))
    return _totals_from(tx.execute(asked).one())


def totals_by_place(tx: Tx, scope: Scope, round_id: int) -> Mapping[Scope, Totals]:
    """The same for each RT of the scope that has a score, in their order."""
    place = (scores.c.area_code, scores.c.rw, scores.c.rt)
    asked = (
        select(*_SUMS, *place)
        .where(scores.c.round_id == round_id, inside(scores, scope))
        .group_by(*place)
        .order_by(*place)
    )
    return {Scope(row.area_code, row.rw, row.rt): _totals_from(row) for row in tx.execute(asked)}


def score_from(row: RowMapping) -> StoredScore:
    """The score in a row that selects the table's columns."""
    of = scores.c
    return StoredScore(
        interview_id=row[of.interview_id],
        household_id=row[of.household_id],
        round_id=row[of.round_id],
        scope=Scope(row[of.area_code], row[of.rw], row[of.rt]),
        pack=row[of.pack],
        pack_version=row[of.pack_version],
        functions={name: row[of[name]] for name in FUNCTIONS},
        total=row[of.total],
        states=row[of.states],
        ibangga=row[of.ibangga],
        dimensions={name: row[of[name]] for name in DIMENSIONS},
        krs=row[of.krs],
        parts=row[of.parts],
        scored_at=row[of.scored_at],
    )


_SUMS = (
    func.count().label("households"),
    *(func.count(scores.c[name]).label(f"{name}_count") for name in SUMMED),
    *(func.coalesce(func.sum(scores.c[name]), 0).label(f"{name}_sum") for name in SUMMED),
)


def _totals_from(row: Any) -> Totals:
    return Totals(
        households=row.households,
        counts={name: int(getattr(row, f"{name}_count")) for name in SUMMED},
        sums={name: int(getattr(row, f"{name}_sum")) for name in SUMMED},
    )
