"""Flags: answers that ask somebody to follow up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import RowMapping, and_, exists, select, update

from kkb_core.roles import Scope
from kkb_core.storage.households import Household, household_from
from kkb_core.storage.statements import add_row, inside
from kkb_core.storage.tables import flags, households
from kkb_core.storage.transaction import Tx
from kkb_core.survey.questionnaire import Level, Route


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(NewFlag):
    """A flag that was raised, and the household it is about."""

    id: int
    state: FlagState
    outcome: str | None
    updated_at: datetime
    household: Household


def raise_flag(tx: Tx, flag: NewFlag, *, repeat_after: timedelta) -> int | None:
    """Keep a new flag; its id, or None when the same was raised less than *repeat_after* ago."""
    recent = and_(
        flags.c.household_id == flag.household_id,
        flags.c.question == flag.question,
        flags.c.raised_at > flag.raised_at - repeat_after,
    )
    if tx.execute(select(exists().where(recent))).scalar_one():
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
    states: Iterable[FlagState] = (FlagState.OPEN, FlagState.SEEN),
) -> tuple[Flag, ...]:
    """The flags of a scope on these routes, what is due first coming first."""
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
    )
