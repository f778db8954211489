"""Requests for a cadre to come and help ("Bantu kader")."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, and_, select, update

from kkb_core.roles import Scope
from kkb_core.storage.households import Household, household_from
from kkb_core.storage.statements import add_row, inside
from kkb_core.storage.tables import help_requests, households
from kkb_core.storage.transaction import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpRequest:
    """Somebody of *household* asked for help, perhaps at a question."""

    id: int
    household: Household
    person_id: int
    interview_id: int | None
    question: str | None
    asked_at: datetime


def ask_help(
    tx: Tx,
    household_id: int,
    person_id: int,
    *,
    now: datetime,
    interview_id: int | None = None,
    question: str | None = None,
) -> int | None:
    """Keep a request; its id, or None when the same one is still waiting."""
    same = {"household_id": household_id, "person_id": person_id, "question": question}
    waiting = and_(
        *(help_requests.c[name].is_not_distinct_from(value) for name, value in same.items()),
        help_requests.c.answered_at.is_(None),
    )
    if tx.execute(select(help_requests.c.id).where(waiting)).first() is not None:
        return None
    return add_row(tx, help_requests, same | {"interview_id": interview_id, "asked_at": now})


def help_wanted(tx: Tx, scope: Scope) -> tuple[HelpRequest, ...]:
    """The requests of a scope that wait for somebody, the oldest first."""
    asked = (
        select(help_requests, households)
        .join(households)
        .where(help_requests.c.answered_at.is_(None), inside(households, scope))
        .order_by(help_requests.c.asked_at, help_requests.c.id)
    )
    return tuple(map(_request_from, tx.execute(asked).mappings()))


def answer_help(tx: Tx, request_id: int, *, by: int, now: datetime) -> bool:
    """Somebody has seen to it; says False when somebody already had."""
    waiting = and_(help_requests.c.id == request_id, help_requests.c.answered_at.is_(None))
    done = update(help_requests).where(waiting).values(answered_at=now, answered_by=by)
    return tx.execute(done).rowcount == 1


def _request_from(row: RowMapping) -> HelpRequest:
    of = help_requests.c
    return HelpRequest(
        id=row[of.id],
        household=household_from(row),
        person_id=row[of.person_id],
        interview_id=row[of.interview_id],
        question=row[of.question],
        asked_at=row[of.asked_at],
    )
