"""What is known of the households that may be reminded, and what they were reminded of."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, select, update

from kkb_core.roles import Grant, Role, Scope
from kkb_core.storage.consents import ConsentKind, said_no, said_yes
from kkb_core.storage.people import PersonStatus, Relation
from kkb_core.storage.statements import insert_unless
from kkb_core.storage.tables import (
    households,
    interviews,
    memberships,
    outbox,
    people,
    reminders,
    roles,
)
from kkb_core.storage.transaction import Tx

TOLD = "cadre"  # the kind of the row that says the cadre was told


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One member of one household that has not completed the round. *answers*: None, not begun."""

    household_id: int
    scope: Scope
    label: str
    household_paused_until: datetime | None
    person_id: int
    status: PersonStatus
    person_paused_until: datetime | None
    minute: int | None
    blocked: bool
    agreed: bool
    refused_contact: bool
    joined_at: datetime
    reminded_at: datetime | None
    questionnaire: str | None
    answers: Mapping[str, str] | None
    touched_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReminded:
    """That a household is reminded of a section for the *number*th time, to arrive *at*."""

    household_id: int
    round_id: int
    section: str
    number: int
    kind: str
    person_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """How often a household was reminded of a section, and when last."""

    sent: int
    at: datetime


def unfinished(
    tx: Tx, round_id: int, *, area: str | None = None, households_: Collection[int] = ()
) -> tuple[Found, ...]:
    """The members of a village's households, or of some, that have not completed the round.

    In the order of the households, whoever began its interview first. One statement.
    """
    here = households.c.area_code == area if area else households.c.id.in_(sorted(households_))
    mine = and_(interviews.c.household_id == households.c.id, interviews.c.round_id == round_id)
    return _found(tx, mine, and_(here, interviews.c.completed_at.is_(None)))


def finished(
    tx: Tx, *, before: datetime, area: str | None = None, households_: Collection[int] = ()
) -> tuple[Found, ...]:
    """The same of households that completed their last interview, and left it so since *before*."""
    here = households.c.area_code == area if area else households.c.id.in_(sorted(households_))
    newer = interviews.alias()
    last = ~exists().where(
        newer.c.household_id == interviews.c.household_id,
        newer.c.started_at > interviews.c.started_at,
    )
    done = and_(interviews.c.completed_at.is_not(None), interviews.c.updated_at < before, last)
    return _found(tx, interviews.c.household_id == households.c.id, and_(here, done))


def _found(
    tx: Tx, interview: ColumnElement[bool], which: ColumnElement[bool]
) -> tuple[Found, ...]:
    began = case((interviews.c.started_by == people.c.id, 0), else_=1)
    asked = (
        select(
            *(column.label(name) for name, column in _COLUMNS.items()),
            _last_reminded().label("reminded_at"),
        )
        .select_from(households)
        .join(memberships, memberships.c.household_id == households.c.id)
        .join(people, people.c.id == memberships.c.person_id)
        .outerjoin(interviews, interview)
        .where(
            which,
            households.c.erased_at.is_(None),
            households.c.merged_into.is_(None),
            memberships.c.left_at.is_(None),
            memberships.c.relation == Relation.SELF.value,
            people.c.erased_at.is_(None),
        )
        .order_by(households.c.id, began, memberships.c.joined_at, people.c.id)
    )
    return tuple(map(_found_from, tx.execute(asked)))


_COLUMNS: Mapping[str, ColumnElement[Any]] = {
    "household_id": households.c.id,
    "area_code": households.c.area_code,
    "rw": households.c.rw,
    "rt": households.c.rt,
    "label": households.c.label,
    "household_paused_until": households.c.paused_until,
    "person_id": people.c.id,
    "status": people.c.status,
    "person_paused_until": people.c.paused_until,
    "minute": people.c.remind_at,
    "blocked": people.c.blocked_at.is_not(None),
    "agreed": said_yes(people.c.id, ConsentKind.SURVEY),
    "refused_contact": said_no(people.c.id, ConsentKind.CONTACT),
    "joined_at": memberships.c.joined_at,
    "questionnaire": interviews.c.questionnaire,
    "answers": interviews.c.answers,
    "touched_at": interviews.c.updated_at,
}


def _last_reminded() -> Any:
    own = reminders.alias()
    asked = select(func.max(own.c.at)).where(own.c.person_id == people.c.id)
    return asked.correlate(people).scalar_subquery()


def past_of(tx: Tx, round_id: int, households_: Collection[int]) -> Mapping[tuple[int, str], Past]:
    """What these households were reminded of in the round, by household and section."""
    asked = (
        select(
            reminders.c.household_id,
            reminders.c.section,
            func.max(reminders.c.number).label("sent"),
            func.max(reminders.c.at).label("at"),
        )
        .where(
            reminders.c.round_id == round_id,
            reminders.c.household_id.in_(sorted(households_)),
        )
        .group_by(reminders.c.household_id, reminders.c.section)
    )
    return {(row.household_id, row.section): Past(row.sent, row.at) for row in tx.execute(asked)}


def put_reminded(tx: Tx, rows: Iterable[NewReminded]) -> None:
    """Keep what households are reminded of; the same twice is kept once."""
    values = [asdict(row) for row in rows]
    key = ("household_id", "round_id", "section", "number")
    if values:
        tx.execute(insert_unless(tx.dialect, reminders, key), values)


def told_of(tx: Tx, area: str, *, since: datetime, until: datetime) -> frozenset[int]:
    """The households of a village whose cadre was to be told between two moments."""
    asked = (
        select(reminders.c.household_id)
        .join(households, households.c.id == reminders.c.household_id)
        .where(
            households.c.area_code == area,
            reminders.c.kind == TOLD,
            reminders.c.at >= since,
            reminders.c.at < until,
        )
    )
    return frozenset(tx.execute(asked).scalars())


def holders_over(tx: Tx, area: str, wanted: Collection[Role]) -> tuple[tuple[int, Grant], ...]:
    """Who holds one of the roles over the village, a part of it, or an area it lies in."""
    parts = area.split(".")
    above = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
    asked = (
        select(roles.c.person_id, roles.c.role, roles.c.area_code, roles.c.rw, roles.c.rt)
        .where(
            roles.c.revoked_at.is_(None),
            roles.c.role.in_([role.value for role in wanted]),
            roles.c.area_code.in_(above),
        )
        .order_by(roles.c.id)
    )
    return tuple(
        (row.person_id, Grant(Role(row.role), Scope(row.area_code, row.rw, row.rt)))
        for row in tx.execute(asked)
    )


def wish(tx: Tx, person_id: int, minute: int) -> None:
    """The person wants to be reminded at this minute after midnight."""
    tx.execute(update(people).where(people.c.id == person_id).values(remind_at=minute))


def move_waiting(
    tx: Tx, dedupe_key: str, *, not_before: datetime, not_after: datetime, now: datetime
) -> bool:
    """Let a message that still waits leave at another time; says whether one was waiting."""
    waiting = and_(outbox.c.dedupe_key == dedupe_key, outbox.c.state == "queued")
    values = {"not_before": not_before, "not_after": not_after, "updated_at": now}
    return tx.execute(update(outbox).where(waiting).values(values)).rowcount == 1


def _found_from(row: Any) -> Found:
    told = {name: getattr(row, name) for name in _COLUMNS if name not in ("area_code", "rw", "rt")}
    return Found(
        **told | {"status": PersonStatus(row.status)},
        scope=Scope(row.area_code, row.rw, row.rt),
        reminded_at=row.reminded_at,
    )
