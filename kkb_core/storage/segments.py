"""The people of a segment, in one statement however many they are, and why some are left out.

A segment holds for places: a household somebody belongs to, or an area somebody works in. Whoever
has one place for which it holds is in it, once.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Table,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
    union_all,
)

from kkb_core.broadcast import Exclusion
from kkb_core.roles import Role, Scope
from kkb_core.segments import (
    Segment,
    means_staff,
)
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.people import PersonStatus, Relation
from kkb_core.storage.places import Claim, Place
from kkb_core.storage.statements import inside, looked_up_once
from kkb_core.storage.tables import (
    addresses,
    consents,
    households,
    memberships,
    outbox,
    people,
    roles,
)
from kkb_core.storage.transaction import Tx

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who is meant: a segment, and the scopes beyond which nobody is (None: there are none).

    *bands* are the lowest and highest points of the middle band, in tenths; *daily_cap* is how
    many announcements a person gets in 24 hours at most.
    """

    segment: Segment
    scopes: Collection[Scope] | None
    bands: tuple[int, int] = (600, 800)
    daily_cap: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Headcount:
    """How many would be written to, and how many not, by reason."""

    eligible: int
    excluded: Mapping[Exclusion, int] = field(default_factory=dict)


def headcount(tx: Tx, audience: Audience, *, now: datetime) -> Headcount:
    """Count the audience."""
    found = _judged(audience, now).subquery()
    asked = select(found.c.reason, func.count().label("many")).group_by(found.c.reason)
    counts = {row.reason: row.many for row in tx.execute(asked)}
    return Headcount(
        eligible=counts.pop(None, 0),
        excluded={one: counts[one.value] for one in Exclusion if one.value in counts},
    )


def recipients(audience: Audience, *, now: datetime, work: bool | None = None) -> Select[Any]:
    """The ids of those to be written to; with *work* only people who are, or are not, at work."""
    found = _judged(audience, now).subquery()
    chosen = select(found.c.person_id).where(found.c.reason.is_(None))
    return chosen if work is None else chosen.where(found.c.works == int(work))


# -- who is there ------------------------------------------------------------------------------


def _judged(audience: Audience, now: datetime) -> Select[Any]:
    """Each person of the segment once, how they are reached, and why they are left out, if so."""
    meant = _meant(audience, now)
    # Looked up for each person: joined as tables of their own, SQLite compares all with all.
    found = (
        select(
            meant,
            people.c.status,
            people.c.paused_until,
            people.c.blocked_at,
            _channel(meant).label("account"),
            _said_last(meant).label("given"),
            _ever_agreed(meant).label("ever"),
            _lately(meant, now).label("lately"),
        )
        .join(people, people.c.id == meant.c.person_id)
        .where(people.c.erased_at.is_(None))
    )
    known = looked_up_once(found)
    why = _reason(known, audience, now).label("reason")
    return select(known.c.person_id, known.c.works, why)


def _meant(audience: Audience, now: datetime) -> Subquery:
    places = [_families(audience, now)]
    if means_staff(audience.segment):
        places.append(_staff(audience, now))
    every = union_all(*places).subquery()
    return (
        select(
            every.c.person_id,
            func.min(every.c.resting).label("resting"),
            func.max(every.c.works).label("works"),
        )
        .group_by(every.c.person_id)
        .subquery()
    )


def _families(audience: Audience, now: datetime) -> Select[Any]:
    paused = and_(households.c.paused_until.is_not(None), households.c.paused_until > now)
    resting = case((or_(paused, households.c.merged_into.is_not(None)), 1), else_=0)
    place = Place(
        table=households,
        role=literal(Role.FAMILY.value),
        household=households.c.id,
        person=memberships.c.person_id,
        bands=audience.bands,
        now=now,
    )
    return (
        select(
            memberships.c.person_id,
            resting.label("resting"),
            literal(0).label("works"),
        )
        .join(households, households.c.id == memberships.c.household_id)
        .where(
            memberships.c.left_at.is_(None),
            memberships.c.relation == Relation.SELF.value,
            households.c.erased_at.is_(None),
            _within(households, audience.scopes),
            place.holds(audience.segment),
        )
    )


def _staff(audience: Audience, now: datetime) -> Select[Any]:
    place = Place(
        table=roles,
        role=roles.c.role,
        household=None,
        person=roles.c.person_id,
        bands=audience.bands,
        now=now,
    )
    return select(
        roles.c.person_id,
        literal(0).label("resting"),
        literal(1).label("works"),
    ).where(
        roles.c.revoked_at.is_(None),
        roles.c.role != Role.FAMILY.value,
        _within(roles, audience.scopes),
        place.holds(audience.segment),
    )


def _within(table: Table, scopes: Collection[Scope] | None) -> Claim:
    if scopes is None:
        return true()
    return or_(false(), *(inside(table, scope) for scope in scopes))


def _channel(meant: Subquery) -> ColumnElement[Any]:
    """By which channel the person is written to: the one they came by last."""
    mine = select(addresses.c.channel).where(addresses.c.person_id == meant.c.person_id)
    return mine.order_by(addresses.c.id.desc()).limit(1).correlate(meant).scalar_subquery()


def _said_last(meant: Subquery) -> ColumnElement[Any]:
    """What the person said last to being sent announcements; NULL when never asked."""
    mine = select(consents.c.given).where(_ledger(meant))
    return mine.order_by(consents.c.id.desc()).limit(1).correlate(meant).scalar_subquery()


def _ever_agreed(meant: Subquery) -> ColumnElement[Any]:
    mine = select(consents.c.id).where(_ledger(meant), consents.c.given)
    return exists(mine.correlate(meant))


def _ledger(meant: Subquery) -> Claim:
    kind = consents.c.kind == ConsentKind.ANNOUNCEMENTS.value
    return and_(consents.c.person_id == meant.c.person_id, kind)


def _lately(meant: Subquery, now: datetime) -> ColumnElement[Any]:
    """How many announcements the person was sent, or is to be sent, in 24 hours."""
    mine = select(func.count()).where(
        outbox.c.person_id == meant.c.person_id,
        outbox.c.broadcast_id.is_not(None),
        outbox.c.state.in_(["queued", "sending", "sent", "unknown"]),
        outbox.c.created_at > now - DAY,
    )
    return mine.correlate(meant).scalar_subquery()


def _reason(known: Subquery, audience: Audience, now: datetime) -> ColumnElement[Any]:
    of = known.c
    left_alone = and_(
        of.status == PersonStatus.PAUSED.value,
        or_(of.paused_until.is_(None), of.paused_until > now),
    )
    outside = of.status.in_([PersonStatus.NEW.value, PersonStatus.REFUSED.value])
    refused = and_(of.given.is_not(None), not_(of.given))
    unasked = and_(of.given.is_(None), of.works == 0)  # work needs no family's consent
    reasons = (
        (of.account.is_(None), Exclusion.NO_ADDRESS),
        (of.blocked_at.is_not(None), Exclusion.BLOCKED),
        (outside, Exclusion.NOT_JOINED),
        (of.status == PersonStatus.STOPPED.value, Exclusion.STOPPED),
        (left_alone, Exclusion.PAUSED),
        (of.resting == 1, Exclusion.HOUSEHOLD),
        (and_(refused, of.ever), Exclusion.MUTED),
        (or_(refused, unasked), Exclusion.NO_CONSENT),
        (of.lately >= audience.daily_cap, Exclusion.CAP),
    )
    return case(*((claim, literal(why.value)) for claim, why in reasons), else_=null())
