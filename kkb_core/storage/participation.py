"""Who takes part in a round, what follow-ups are open, and which answers need a second look.

One statement each, grouped by RW and RT. Merged and erased households are in none of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
)

from kkb_core.roles import Scope
from kkb_core.storage.statements import bounds, inside_bound
from kkb_core.storage.summaries import Spot
from kkb_core.storage.tables import answer_history, flags, households, interviews
from kkb_core.storage.transaction import Tx
from kkb_core.summary.quality import Given, QualityRule
from kkb_core.summary.week import Activity, Quality

Sections = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of time, `end` not in it."""

    start: datetime
    end: datetime


def activity(
    tx: Tx, scope: Scope, round_id: int, window: Window, *, now: datetime
) -> Mapping[tuple[str, int | None, int | None], Activity]:
    """How far the households of each RT of the scope have come."""
    asked = bounds(scope) | _window(window) | {"round_id": round_id, "now": now}
    return {
        (row[0], row[1], row[2]): Activity(
            registered=row[3], paused=row[4], begun=row[5], answered=row[6], complete=row[7]
        )
        for row in map(tuple, tx.execute(_activity(*_shape(scope)), asked))
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A household that has not finished the round."""

    label: str
    rw: int | None
    rt: int | None


def waiting(
    tx: Tx, scope: Scope, round_id: int, *, now: datetime, limit: int
) -> tuple[Waiting, ...]:
    """The first households of the scope, in walking order, that are not finished nor paused."""
    asked = bounds(scope) | {"round_id": round_id, "now": now, "limit": limit}
    return tuple(
        Waiting(rw=row[0], rt=row[1], label=row[2])
        for row in map(tuple, tx.execute(_waiting(*_shape(scope)), asked))
    )


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A follow-up that is open: where, how urgent, since when."""

    spot: Spot
    level: str
    raised_at: datetime


def open_tasks(
    tx: Tx,
    scope: Scope,
    *,
    states: tuple[str, ...],
    levels: tuple[str, ...],
    leave_out: tuple[str, ...],
) -> tuple[OpenTask, ...]:
    """Open follow-ups of a village; never a protection case, nor one of the questions *leave_out*."""
    wanted = {"states": states, "levels": levels, "leave_out": leave_out}
    return tuple(
        OpenTask((row.rw, row.rt), row.level, row.raised_at)
        for row in tx.execute(_open_tasks(*_shape(scope)), bounds(scope) | wanted)
    )


def quality(
    tx: Tx, scope: Scope, round_id: int, window: Window, *, rule: QualityRule
) -> Mapping[Spot, Quality]:
    """Of what families answered themselves in the window: who skipped much, who was very fast."""
    asked = bounds(scope) | _window(window) | {"round_id": round_id}
    homes: dict[tuple[Spot, int], list[Given]] = {}
    for row in map(tuple, tx.execute(_given(*_shape(scope), rule.sections), asked)):
        given = Given(answers=row[4], skipped=row[5], took=row[7] - row[6])
        homes.setdefault(((row[0], row[1]), row[2]), []).append(given)
    found: dict[Spot, Quality] = {}
    for (spot, _), parts in homes.items():
        found[spot] = found.get(spot, Quality()) + rule.judged(parts)
    return found


# -- statements: written once ------------------------------------------------------------------


def _shape(scope: Scope) -> tuple[bool, bool]:
    return scope.rw is not None, scope.rt is not None


def _window(window: Window) -> dict[str, datetime]:
    return {"start": window.start, "end": window.end}


@cache
def _activity(rw: bool, rt: bool) -> Select[Any]:  # noqa: FBT001  a scope's shape
    place = (households.c.area_code, households.c.rw, households.c.rt)
    return (
        select(
            *place,
            func.count(),
            func.count().filter(households.c.paused_until > bindparam("now")),
            func.count(interviews.c.id),
            func.count().filter(_answered()),
            func.count(interviews.c.completed_at),
        )
        .select_from(_with_interview())
        .where(_living(rw, rt))
        .group_by(*place)
    )


@cache
def _waiting(rw: bool, rt: bool) -> Select[Any]:  # noqa: FBT001
    order = (households.c.rw, households.c.rt, households.c.label, households.c.id)
    paused = func.coalesce(households.c.paused_until > bindparam("now"), false())
    return (
        select(*order[:3])
        .select_from(_with_interview())
        .where(_living(rw, rt), interviews.c.completed_at.is_(None), ~paused)
        .order_by(*order)
        .limit(bindparam("limit"))
    )


@cache
def _open_tasks(rw: bool, rt: bool) -> Select[Any]:  # noqa: FBT001
    return (
        select(households.c.rw, households.c.rt, flags.c.level, flags.c.raised_at)
        .join(households, households.c.id == flags.c.household_id)
        .where(
            _living(rw, rt),
            flags.c.route.in_(("survival", "cadre")),
            flags.c.level.in_(bindparam("levels", expanding=True)),
            flags.c.state.in_(bindparam("states", expanding=True)),
            flags.c.question.not_in(bindparam("leave_out", expanding=True)),
        )
    )


@cache
def _given(rw: bool, rt: bool, sections: Sections) -> Select[Any]:  # noqa: FBT001
    of = answer_history.c
    # Written into the statement: as parameters they would be put in anew each time it runs.
    section = case(
        *((of.question.in_([_quoted(one) for one in names]), name) for name, names in sections),
        else_=None,
    )
    spot = (households.c.rw, households.c.rt, of.interview_id, section)
    return (
        select(
            *spot,
            func.count(),
            func.count().filter(of.value == ""),
            func.min(of.at),
            func.max(of.at),
        )
        .join(interviews, interviews.c.id == of.interview_id)
        .join(households, households.c.id == interviews.c.household_id)
        .where(
            _living(rw, rt),
            interviews.c.round_id == bindparam("round_id"),
            interviews.c.updated_at >= bindparam("start"),
            of.at >= bindparam("start"),
            of.at < bindparam("end"),
            of.value.is_not(None),
            of.via == "self",
            section.is_not(None),
        )
        .group_by(*spot)
    )


def _quoted(name: str) -> ColumnElement[str]:
    assert name.replace("_", "").isalnum(), "a question's name is a word"
    return literal_column(f"'{name}'")


def _with_interview() -> Any:
    mine = and_(
        interviews.c.household_id == households.c.id,
        interviews.c.round_id == bindparam("round_id"),
    )
    return households.outerjoin(interviews, mine)


def _living(rw: bool, rt: bool) -> Any:  # noqa: FBT001
    return and_(
        inside_bound(households, rw=rw, rt=rt),
        households.c.erased_at.is_(None),
        households.c.merged_into.is_(None),
    )


def _answered() -> Any:
    """Whether the interview was answered in the window; the history is only asked in doubt.

    An interview that has not changed since it was begun may only have been looked at.
    """
    of, changed = answer_history.c, interviews.c.updated_at
    history = exists().where(
        of.interview_id == interviews.c.id,
        of.at >= bindparam("start"),
        of.at < bindparam("end"),
    )
    went_on = and_(changed < bindparam("end"), changed > interviews.c.started_at)
    return and_(changed >= bindparam("start"), or_(went_on, history))
