"""Requests for a cadre to come and help ("Bantu kader")."""

from collections.abc import Iterable
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
    answered_at: datetime | None = None
    answer: str | None = None
    told_at: datetime | None = None


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


def help_request(tx: Tx, request_id: int) -> HelpRequest | None:
    """The request with this id, answered or not."""
    asked = select(help_requests, households).join(households)
    row = tx.execute(asked.where(help_requests.c.id == request_id)).mappings().one_or_none()
    return None if row is None else _request_from(row)


def answers_for(tx: Tx, person_id: int) -> tuple[HelpRequest, ...]:
    """The person's requests that were answered in words they have not seen, the oldest first."""
    asked = (
        select(help_requests, households)
        .join(households)
        .where(
            help_requests.c.person_id == person_id,
            help_requests.c.answer.is_not(None),
            help_requests.c.told_at.is_(None),
        )
        .order_by(help_requests.c.id)
    )
    return tuple(map(_request_from, tx.execute(asked).mappings()))


def tell(tx: Tx, request_ids: Iterable[int], *, now: datetime) -> None:
    """Whoever asked has seen these answers."""
    seen = help_requests.c.id.in_(list(request_ids))
    tx.execute(update(help_requests).where(seen).values(told_at=now))


def answer_help(
    tx: Tx, request_id: int, *, by: int, now: datetime, answer: str | None = None
) -> bool:
    """Somebody has seen to it, perhaps in words; says False when somebody already had."""
    waiting = and_(help_requests.c.id == request_id, help_requests.c.answered_at.is_(None))
    done = (
        update(help_requests).where(waiting).values(answered_at=now, answered_by=by, answer=answer)
    )
    return tx.execute(done).rowcount == 1


def answer_all(tx: Tx, household_id: int, *, by: int, now: datetime) -> None:
    """Somebody has seen to all that the household asked for."""
    waiting = and_(
        help_requests.c.household_id == household_id, help_requests.c.answered_at.is_(None)
    )
    tx.execute(update(help_requests).where(waiting).values(answered_at=now, answered_by=by))


def _request_from(row: RowMapping) -> HelpRequest:
    of = help_requests.c
    return HelpRequest(
        id=row[of.id],
        household=household_from(row),
        person_id=row[of.person_id],
        interview_id=row[of.interview_id],
        question=row[of.question],
        asked_at=row[of.asked_at],
        answered_at=row[of.answered_at],
        answer=row[of.answer],
        told_at=row[of.told_at],
    )
