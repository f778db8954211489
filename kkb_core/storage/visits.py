"""Visits: somebody of the programme stood at the door, and how it went."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select

from kkb_core.roles import Scope
from kkb_core.storage.statements import add_row, inside
from kkb_core.storage.tables import households, visits
from kkb_core.storage.transaction import Tx


class Outcome(StrEnum):
    """What became of a visit (the protocol's four buttons)."""

    MET = "met"
    REFERRED = "referred"
    REFUSED = "refused"
    NOT_FOUND = "not_found"


REACHED = frozenset({Outcome.MET, Outcome.REFERRED, Outcome.REFUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visit to a household. `person_id` is None when whoever went erased themselves."""

    id: int
    household_id: int
    person_id: int | None
    outcome: Outcome
    at: datetime


def put_visit(
    tx: Tx, household_id: int, person_id: int, outcome: Outcome, *, now: datetime
) -> int:
    """Keep a visit; its id."""
    row = {
        "household_id": household_id,
        "person_id": person_id,
        "outcome": outcome.value,
        "at": now,
    }
    return add_row(tx, visits, row)


def last_visit(tx: Tx, household_id: int) -> Visit | None:
    """The household's latest visit, whatever became of it."""
    asked = (
        select(visits)
        .where(visits.c.household_id == household_id)
        .order_by(visits.c.id.desc())
        .limit(1)
    )
    row = tx.execute(asked).one_or_none()
    if row is None:
        return None
    return Visit(
        id=row.id,
        household_id=row.household_id,
        person_id=row.person_id,
        outcome=Outcome(row.outcome),
        at=row.at,
    )


def reached_in(tx: Tx, scope: Scope) -> dict[int, datetime]:
    """When each household of a scope was last reached; those never reached are not there."""
    asked = (
        select(visits.c.household_id, func.max(visits.c.at).label("at"))
        .join(households)
        .where(visits.c.outcome.in_([one.value for one in REACHED]), inside(households, scope))
        .group_by(visits.c.household_id)
    )
    return {row.household_id: row.at for row in tx.execute(asked)}
