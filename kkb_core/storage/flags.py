"""Flags: answers that ask somebody to follow up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, RowMapping, and_, bindparam, select, update

from kkb_core.roles import Scope
from kkb_core.storage.columns import Instant
from kkb_core.storage.households import Household, household_from
from kkb_core.storage.prepared import Prepared
from kkb_core.storage.statements import add_row, inside
from kkb_core.storage.tables import flags, households
from kkb_core.storage.transaction import Tx
from kkb_core.survey.questionnaire import Level, Route

SOLVED = "solved"  # the outcome of a follow-up that newer answers made needless


class FlagState(StrEnum):
    """How far the follow-up has come."""

    OPEN = "open"
    SEEN = "seen"
    VISITED = "visited"
    REFERRED = "referred"
    CONFIRMED = "confirmed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFlag:
    """A flag that an answer raises. `contact_allowed`: the person agreed to being contacted."""

    household_id: int
    interview_id: int
    question: str
    level: Level
    route: Route
    raised_at: datetime
    due_at: datetime
    contact_allowed: bool = False


WAITING = (FlagState.OPEN, FlagState.SEEN)  # nobody has been there yet
UNFINISHED = tuple(state for state in FlagState if state is not FlagState.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(NewFlag):
    """A flag that was raised, and the household it is about."""

    id: int
    state: FlagState
    outcome: str | None
    updated_at: datetime
    household: Household
    contact_hour: str | None = None


_RECENT = Prepared(
    select(flags.c.id)
    .where(
        flags.c.household_id == bindparam("household"),
        flags.c.question == bindparam("question"),
        flags.c.raised_at > bindparam("since", type_=Instant),
    )
    .limit(1)
)


def raise_flag(tx: Tx, flag: NewFlag, *, repeat_after: timedelta) -> int | None:
    """Keep a new flag; its id, or None when the same was raised less than *repeat_after* ago."""
    since = flag.raised_at - repeat_after
    same = {"household": flag.household_id, "question": flag.question, "since": since}
    if _RECENT.one(tx, same) is not None:
        return None
    row = {
        "household_id": flag.household_id,
        "interview_id": flag.interview_id,
        "question": flag.question,
        "level": flag.level.value,
        "route": flag.route.value,
        "raised_at": flag.raised_at,
        "due_at": flag.due_at,
        "state": FlagState.OPEN.value,
        "contact_allowed": flag.contact_allowed,
        "updated_at": flag.raised_at,
    }
    return add_row(tx, flags, row)


def flags_of(
    tx: Tx,
    scope: Scope,
    routes: Iterable[Route],
    *,
    states: Iterable[FlagState] = WAITING,
    household_id: int | None = None,
) -> tuple[Flag, ...]:
    """The flags of a scope, or of one household in it, on these routes; due first, first."""
    asked = (
        select(flags, households)
        .join(households)
        .where(
            flags.c.route.in_([route.value for route in routes]),
            flags.c.state.in_([state.value for state in states]),
            inside(households, scope),
        )
        .order_by(flags.c.due_at, flags.c.id)
    )
    if household_id is not None:
        asked = asked.where(flags.c.household_id == household_id)
    return tuple(map(_flag_from, tx.execute(asked).mappings()))


def flag(tx: Tx, flag_id: int) -> Flag | None:
    """The flag with this id."""
    asked = select(flags, households).join(households).where(flags.c.id == flag_id)
    row = tx.execute(asked).mappings().one_or_none()
    return None if row is None else _flag_from(row)


def move_flag(
    tx: Tx, flag_id: int, state: FlagState, *, now: datetime, outcome: str | None = None
) -> None:
    """The follow-up has come so far; OPEN reopens it."""
    values = {"state": state.value, "outcome": outcome, "updated_at": now}
    tx.execute(update(flags).where(flags.c.id == flag_id).values(values))


def move_flags(
    tx: Tx,
    flag_ids: Iterable[int],
    state: FlagState,
    *,
    now: datetime,
    outcome: str | None = None,
) -> None:
    """The follow-ups have come so far, all of them at once."""
    values = {"state": state.value, "outcome": outcome, "updated_at": now}
    tx.execute(update(flags).where(flags.c.id.in_(list(flag_ids))).values(values))


def solve(tx: Tx, household_id: int, questions: Iterable[str], *, now: datetime) -> None:
    """Newer answers ask for nobody any more; whoever is being followed up stays so.

    Never a protection case: who takes such an answer back may have been made to.
    """
    gone = and_(
        flags.c.household_id == household_id,
        flags.c.question.in_(list(questions)),
        flags.c.route != Route.PROTECTION.value,
        flags.c.state.in_([state.value for state in WAITING]),
    )
    values = {"state": FlagState.CLOSED.value, "outcome": SOLVED, "updated_at": now}
    tx.execute(update(flags).where(gone).values(values))


def due_between(
    tx: Tx, routes: Iterable[Route], *, after: datetime, until: datetime
) -> tuple[Flag, ...]:
    """The flags of every area nobody has been to, due in this time (*until* included)."""
    return _waiting(tx, routes, flags.c.due_at > after, flags.c.due_at <= until)


def raised_since(tx: Tx, routes: Iterable[Route], moment: datetime) -> tuple[Flag, ...]:
    """The flags of every area raised since *moment* that nobody has been to."""
    return _waiting(tx, routes, flags.c.raised_at > moment)


def _waiting(tx: Tx, routes: Iterable[Route], *when: ColumnElement[bool]) -> tuple[Flag, ...]:
    asked = (
        select(flags, households)
        .join(households)
        .where(
            flags.c.route.in_([route.value for route in routes]),
            flags.c.state.in_([state.value for state in WAITING]),
            households.c.erased_at.is_(None),
            *when,
        )
        .order_by(flags.c.id)
    )
    return tuple(map(_flag_from, tx.execute(asked).mappings()))


def allow_contact(tx: Tx, interview_id: int, question: str, *, hour: str, now: datetime) -> None:
    """The person may be contacted about this flag, at the part of the day they called safe."""
    mine = and_(flags.c.interview_id == interview_id, flags.c.question == question)
    values = {"contact_allowed": True, "contact_hour": hour, "updated_at": now}
    tx.execute(update(flags).where(mine).values(values))


def _flag_from(row: RowMapping) -> Flag:
    of = flags.c
    return Flag(
        id=row[of.id],
        household_id=row[of.household_id],
        interview_id=row[of.interview_id],
        question=row[of.question],
        level=Level(row[of.level]),
        route=Route(row[of.route]),
        raised_at=row[of.raised_at],
        due_at=row[of.due_at],
        contact_allowed=row[of.contact_allowed],
        state=FlagState(row[of.state]),
        outcome=row[of.outcome],
        updated_at=row[of.updated_at],
        household=household_from(row),
        contact_hour=row[of.contact_hour],
    )
