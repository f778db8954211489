"""What the scores and answers of a place add up to: one statement each, grouped by place.

Households of which a member said no to statistics are in none of it. A `Spot` is the RW and RT of a
household in its village, None where it has none.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, and_, bindparam, cast, func, literal, select

from kkb_core.roles import Scope
from kkb_core.storage.statements import bounds, inside_bound
from kkb_core.storage.tables import FUNCTIONS, interviews, scores
from kkb_core.storage.transaction import Tx
from kkb_core.summary.changes import Both
from kkb_core.summary.tallies import Figures, Tally

SCALES = (*FUNCTIONS, "total", "ibangga")
Limits = tuple[int, int]  # in points: below the first is low, above the second high
Spot = tuple[int | None, int | None]


Shape = tuple[bool, bool]  # whether a scope names an RW, and an RT
PLACE = (scores.c.area_code, scores.c.rw, scores.c.rt)


def figures(
    tx: Tx, scope: Scope, round_id: int, *, limits: Mapping[str, Limits]
) -> Mapping[tuple[str, int | None, int | None], Figures]:
    """What each RT of the scope adds up to in a round, with the spread, read from the index alone."""
    asked = _summed(_shape(scope), by_rt=True)
    rows = tx.execute(asked, _asked_of(scope, round_id) | _limits(limits))
    return {(row[-3], row[-2], row[-1]): _figures_from(row) for row in map(tuple, rows)}


def figures_by_village(
    tx: Tx, scope: Scope, round_id: int, *, limits: Mapping[str, Limits]
) -> Mapping[str, Figures]:
    """What each village of the scope adds up to in a round, without the spread."""
    asked = _summed(_shape(scope), by_rt=False)
    rows = tx.execute(asked, _asked_of(scope, round_id) | _limits(limits))
    return {row[-1]: _figures_from(row) for row in map(tuple, rows)}


def means(tx: Tx, scope: Scope, round_id: int) -> Mapping[str, tuple[int, float | None]]:
    """Of each function in a scope: how many have a score, and their mean in tenths."""
    row = tuple(tx.execute(_means(_shape(scope)), _asked_of(scope, round_id)).one())
    return {
        name: (row[2 * at], None if row[2 * at + 1] is None else float(row[2 * at + 1]))
        for at, name in enumerate(FUNCTIONS)
    }


def both_rounds(
    tx: Tx, scope: Scope, round_id: int, *, before: int
) -> Mapping[tuple[Spot, Spot], Mapping[str, Both]]:
    """Households of a village with a score in both rounds, by where they lived now and then."""
    rows = tx.execute(_paired(_shape(scope)), _asked_of(scope, round_id) | {"before": before})
    return {((row[0], row[1]), (row[2], row[3])): _both_from(row[4:]) for row in map(tuple, rows)}


def answers(tx: Tx, scope: Scope, round_id: int) -> Iterator[tuple[Spot, Mapping[str, str]]]:
    """The answers of each counted household of a scope in a round, and where it lives."""
    for row in map(tuple, tx.execute(_answers(_shape(scope)), _asked_of(scope, round_id))):
        yield (row[0], row[1]), row[2]


# -- statements: writing them costs more than running them, so each is written once -------------


def _shape(scope: Scope) -> Shape:
    return scope.rw is not None, scope.rt is not None


def _asked_of(scope: Scope, round_id: int) -> dict[str, Any]:
    return bounds(scope) | {"round_id": round_id}


def _limits(limits: Mapping[str, Limits]) -> dict[str, int]:
    return {
        f"{name}_{which}": limit * 10
        for name, pair in limits.items()
        for which, limit in zip(("low", "high"), pair, strict=True)
    }


def _in_round(shape: Shape) -> Any:
    rw, rt = shape
    here = inside_bound(scores, rw=rw, rt=rt)
    return and_(scores.c.round_id == bindparam("round_id"), here, scores.c.counted)


@cache
def _summed(shape: Shape, *, by_rt: bool) -> Select[Any]:
    columns: list[Any] = [func.count(), func.count().filter(scores.c.krs)]
    for name in SCALES:
        score = scores.c[name]
        columns += [
            func.count(score),
            func.coalesce(func.sum(score), 0),
            func.coalesce(func.sum(cast(score, Integer) * score), 0) if by_rt else literal(0),
            func.count().filter(score < bindparam(f"{name}_low")),
            func.count().filter(score > bindparam(f"{name}_high")),
        ]
    place = PLACE if by_rt else PLACE[:1]
    return select(*columns, *place).where(_in_round(shape)).group_by(*place).order_by(*place)


@cache
def _means(shape: Shape) -> Select[Any]:
    columns = [
        column
        for name in FUNCTIONS
        for column in (func.count(scores.c[name]), func.avg(scores.c[name]))
    ]
    return select(*columns).where(_in_round(shape))


@cache
def _paired(shape: Shape) -> Select[Any]:
    then = scores.alias("then")
    spots = (scores.c.rw, scores.c.rt, then.c.rw, then.c.rt)
    return (
        select(*spots, *_pairs(then))
        .join(then, then.c.household_id == scores.c.household_id)
        .where(
            _in_round(shape),
            then.c.round_id == bindparam("before"),
            then.c.counted,
            then.c.area_code == scores.c.area_code,
        )
        .group_by(*spots)
    )


def _pairs(then: Any) -> Iterator[Any]:
    for name in SCALES:
        now, before = scores.c[name], then.c[name]
        yield func.count(now + before)
        yield func.coalesce(func.sum(now).filter(before.is_not(None)), 0)
        yield func.coalesce(func.sum(before).filter(now.is_not(None)), 0)
        yield func.coalesce(func.sum(cast(now, Integer) * before), 0)


@cache
def _answers(shape: Shape) -> Select[Any]:
    return (
        select(scores.c.rw, scores.c.rt, interviews.c.answers)
        .join(interviews, interviews.c.id == scores.c.interview_id)
        .where(_in_round(shape))
    )


# -- rows --------------------------------------------------------------------------------------


def _figures_from(row: tuple[Any, ...]) -> Figures:
    return Figures(
        households=int(row[0]),
        krs=int(row[1]),
        scales={
            name: Tally(
                count=int(row[at]),
                total=int(row[at + 1]),
                squares=int(row[at + 2]),
                low=int(row[at + 3]),
                high=int(row[at + 4]),
            )
            for name, at in zip(SCALES, range(2, 2 + 5 * len(SCALES), 5), strict=True)
        },
    )


def _both_from(row: tuple[Any, ...]) -> Mapping[str, Both]:
    return {
        name: Both(
            count=int(row[at]),
            now=int(row[at + 1]),
            before=int(row[at + 2]),
            products=int(row[at + 3]),
        )
        for name, at in zip(SCALES, range(0, 4 * len(SCALES), 4), strict=True)
    }
