"""What a day's work is made of, read for a whole scope at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select

from kkb_core.roles import Scope
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.households import Household, household_from
from kkb_core.storage.interviews import StoredInterview, interview_from
from kkb_core.storage.people import Relation
from kkb_core.storage.statements import inside
from kkb_core.storage.tables import consents, households, interviews, memberships, rounds
from kkb_core.storage.transaction import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A household, its newest interview, and whether that one's round is still open."""

    household: Household
    interview: StoredInterview | None
    is_current: bool


def walk(tx: Tx, scope: Scope, *, now: datetime, household_id: int | None = None) -> list[Place]:
    """The households of a scope, or one of them, in walking order: village, RW, RT, name."""
    newest = (
        select(func.max(interviews.c.id).label("id"))
        .join(households)
        .where(inside(households, scope))
        .group_by(interviews.c.household_id)
        .subquery()
    )
    latest = (
        select(interviews, rounds.c.opens_at, rounds.c.closes_at)
        .join(newest, newest.c.id == interviews.c.id)
        .join(rounds, rounds.c.id == interviews.c.round_id)
        .subquery()
    )
    there = and_(
        inside(households, scope),
        households.c.erased_at.is_(None),
        households.c.merged_into.is_(None),
    )
    if household_id is not None:
        there = and_(there, households.c.id == household_id)
    of = households.c
    asked = (
        select(households, latest)
        .outerjoin(latest, latest.c.household_id == of.id)
        .where(there)
        .order_by(of.area_code, of.rw, of.rt, func.lower(of.label), of.id)
    )
    return [
        Place(
            household=household_from(row),
            interview=None if row[latest.c.id] is None else interview_from(row, of=latest.c),
            is_current=row[latest.c.id] is not None
            and row[latest.c.opens_at] <= now < row[latest.c.closes_at],
        )
        for row in tx.execute(asked).mappings()
    ]


def areas_with_a_round(tx: Tx, *, now: datetime) -> frozenset[str]:
    """The areas that have a round of their own open now; it is also for all inside them."""
    asked = select(rounds.c.area_code).where(rounds.c.opens_at <= now, rounds.c.closes_at > now)
    return frozenset(tx.execute(asked).scalars())


def may_be_contacted(tx: Tx, scope: Scope, *, household_id: int | None = None) -> frozenset[int]:
    """The households of a scope one of whose own people last said yes to being contacted."""
    there = inside(households, scope)
    if household_id is not None:
        there = and_(there, households.c.id == household_id)
    return _agreed(tx, there)


def agreeing(tx: Tx, household_ids: Iterable[int]) -> frozenset[int]:
    """Those of these households one of whose own people last said yes to being contacted."""
    return _agreed(tx, households.c.id.in_(sorted(set(household_ids))))


def _agreed(tx: Tx, which: ColumnElement[bool]) -> frozenset[int]:
    own = and_(
        which,
        memberships.c.left_at.is_(None),
        memberships.c.relation == Relation.SELF.value,
    )
    people_there = (
        select(memberships.c.person_id)
        .join(households, households.c.id == memberships.c.household_id)
        .where(own)
    )
    last_said = (
        select(func.max(consents.c.id))
        .where(
            consents.c.kind == ConsentKind.CONTACT.value, consents.c.person_id.in_(people_there)
        )
        .group_by(consents.c.person_id)
    )
    asked = (
        select(memberships.c.household_id)
        .join(households, households.c.id == memberships.c.household_id)
        .join(consents, consents.c.person_id == memberships.c.person_id)
        .where(own, consents.c.id.in_(last_said), consents.c.given)
    )
    return frozenset(tx.execute(asked).scalars())
