"""The outbox: what is to be sent to people who are not waiting for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal,
    select,
    text,
    update,
)

from kkb_core.i18n import HOME_ZONE
from kkb_core.outbox import Lane, OutboxState, Reason
from kkb_core.storage.columns import Instant, Json
from kkb_core.storage.statements import insert_into, insert_unless, looked_up_once
from kkb_core.storage.tables import addresses, areas, households, memberships, outbox, roles
from kkb_core.storage.transaction import Tx

__all__ = [
    "OWN_HOUR",
    "Account",
    "Lane",
    "OutboxState",
    "Waiting",
    "Wanted",
    "accounts",
    "cancel",
    "hold",
    "put",
    "put_for",
    "resume",
    "waiting",
]

OWN_HOUR = "UTC"  # the zone of what leaves at an hour of its own, open or not
CHUNK = 5_000  # parameters of one statement are limited


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A message somebody is to get: what it is about, never its words.

    *params* are JSON values; a household it is about goes under "household_id", so that erasing
    the household withdraws it. *dedupe_key* names what must not happen twice. It leaves between
    *not_before* and *not_after*, in the person's open hours, or not at all; *at_its_hour*, which an
    operator chose for people with work, whether that is open or not. *lane* says who goes first
    when many wait.
    """

    kind: str
    person_id: int
    dedupe_key: str
    not_before: datetime
    not_after: datetime
    params: Mapping[str, Any] = field(default_factory=dict)
    lane: Lane = Lane.NOTICE
    at_its_hour: bool = False
    broadcast_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where everybody stands who was to get something; the parts are always the whole."""

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    blocked: int = 0
    muted: int = 0
    stale: int = 0
    cancelled: int = 0
    pending: int = 0

    @property
    def eligible(self) -> int:
        """All of them."""
        parts = (
            self.sent,
            self.failed,
            self.unknown,
            self.blocked,
            self.muted,
            self.stale,
            self.cancelled,
            self.pending,
        )
        return sum(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What has not ended: how many by state, and since when the oldest that is due has waited."""

    queued: int
    sending: int
    oldest_due: datetime | None


# -- putting in --------------------------------------------------------------------------------


def put(tx: Tx, wanted: Sequence[Wanted], *, now: datetime) -> int:
    """Queue messages; how many were new. One whose key is there, or who has no address, is not."""
    left, new = iter(wanted), 0
    while chunk := list(islice(left, CHUNK)):
        new += _put(tx, chunk, now)
    return new


def put_for(
    tx: Tx,
    people: Select[Any],
    wanted: Wanted,
    *,
    now: datetime,
) -> int:
    """Queue *wanted* for everybody whose id *people* selects, in one statement; how many were new.

    Its person_id is not looked at, and its dedupe_key is what each person's own begins with.
    Who has no address, or has it already, gets none.
    """
    chosen = next(iter(people.subquery("chosen").c))
    reached = looked_up_once(
        select(
            chosen.label("person"),
            _last_channel(chosen).label("account"),
            _zone(chosen).label("zone"),
        )
    ).c
    person = reached.person
    values: dict[str, Any] = {
        "kind": literal(wanted.kind),
        "params": literal(dict(wanted.params), Json),
        "person_id": person,
        "account": reached.account,
        "zone": reached.zone,
        "lane": literal(int(wanted.lane)),
        "broadcast_id": literal(wanted.broadcast_id, outbox.c.broadcast_id.type),
        "state": literal(OutboxState.QUEUED.value),
        "dedupe_key": literal(f"{wanted.dedupe_key}:") + cast(person, String),
        "not_before": literal(wanted.not_before, Instant),
        "not_after": literal(wanted.not_after, Instant),
        "created_at": literal(now, Instant),
        "updated_at": literal(now, Instant),
    }
    # By person, so that whoever goes first goes first on every database; and in an order that no
    # index has, so that all are chosen before the first is put in: a plan made while the outbox
    # was empty would look through all it has put in, for each of them.
    rows = select(*values.values()).where(reached.account.is_not(None)).order_by(person + 0)
    new = insert_into(tx.dialect, outbox).from_select(list(values), rows)
    return tx.execute(new.on_conflict_do_nothing(index_elements=["dedupe_key"])).rowcount


def _put(tx: Tx, wanted: Sequence[Wanted], now: datetime) -> int:
    reached = _reached(tx, {one.person_id for one in wanted})
    rows = [_row(one, reached[one.person_id], now) for one in wanted if one.person_id in reached]
    if not rows:
        return 0
    new = insert_unless(tx.dialect, outbox, ("dedupe_key",)).returning(outbox.c.id)
    return len(tx.execute(new, rows).all())


def _last_channel(person: ColumnElement[Any]) -> ScalarSelect[Any]:
    """By which channel a person is written to: the one they came by last."""
    return (
        select(addresses.c.channel)
        .where(addresses.c.person_id == person)
        .order_by(addresses.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _zone(person: ColumnElement[Any]) -> ColumnElement[str]:
    """Whose clock a person lives by: their household's, or that of the area they work in."""
    home = (
        select(areas.c.zone)
        .join(households, households.c.area_code == areas.c.code)
        .join(memberships, memberships.c.household_id == households.c.id)
        .where(memberships.c.person_id == person, memberships.c.left_at.is_(None))
        .order_by(memberships.c.joined_at)
        .limit(1)
    )
    work = (
        select(areas.c.zone)
        .join(roles, roles.c.area_code == areas.c.code)
        .where(roles.c.person_id == person, roles.c.revoked_at.is_(None))
        .order_by(roles.c.id)
        .limit(1)
    )
    return func.coalesce(home.scalar_subquery(), work.scalar_subquery(), HOME_ZONE)


def _reached(tx: Tx, people: Iterable[int]) -> dict[int, tuple[str, str]]:
    """The channel and the zone of each of *people* who has an address."""
    whose = addresses.c.person_id
    asked = (
        select(whose, addresses.c.channel, _zone(whose).label("zone"))
        .where(whose.in_(sorted(people)))
        .order_by(addresses.c.id)
    )
    return {row.person_id: (row.channel, row.zone) for row in tx.execute(asked)}


def _row(wanted: Wanted, reached: tuple[str, str], now: datetime) -> dict[str, Any]:
    account, zone = reached
    return {
        "kind": wanted.kind,
        "params": dict(wanted.params),
        "person_id": wanted.person_id,
        "account": account,
        "zone": OWN_HOUR if wanted.at_its_hour else zone,
        "lane": int(wanted.lane),
        "broadcast_id": wanted.broadcast_id,
        "state": OutboxState.QUEUED.value,
        "dedupe_key": wanted.dedupe_key,
        "not_before": wanted.not_before,
        "not_after": wanted.not_after,
        "attempts": 0,
        "created_at": now,
        "updated_at": now,
    }


# -- taking back and holding -------------------------------------------------------------------


def cancel(
    tx: Tx,
    *,
    now: datetime,
    broadcast_id: int | None = None,
    ids: Sequence[int] = (),
    reason: Reason | None = None,
) -> int:
    """Take back what has not left yet, of one broadcast or by id; how many."""
    gone = {"state": OutboxState.CANCELLED.value, "reason": reason, "updated_at": now}
    return _change(tx, gone, broadcast_id, ids)


def hold(tx: Tx, broadcast_id: int, *, now: datetime) -> int:
    """What of the broadcast has not left stays where it is until `resume`; how many."""
    return _change(tx, {"lane": int(Lane.HELD), "updated_at": now}, broadcast_id, ())


def resume(tx: Tx, broadcast_id: int, *, now: datetime) -> int:
    """What was held may leave again; how many."""
    return _change(tx, {"lane": int(Lane.BULK), "updated_at": now}, broadcast_id, ())


def _change(
    tx: Tx, values: Mapping[str, Any], broadcast_id: int | None, ids: Sequence[int]
) -> int:
    # A claim that is not sending yet loses the row: what is not queued, or held, is not begun.
    waits = outbox.c.state == OutboxState.QUEUED.value
    which = outbox.c.id.in_(ids) if broadcast_id is None else outbox.c.broadcast_id == broadcast_id
    free = {"lease_owner": None, "lease_until": None}
    return tx.execute(update(outbox).where(waits, which).values(dict(values) | free)).rowcount


# -- counting ----------------------------------------------------------------------------------

_PARTS: Mapping[tuple[str, str | None], str] = {
    (OutboxState.QUEUED, None): "pending",
    (OutboxState.SENDING, None): "pending",
    (OutboxState.FAILED, Reason.BLOCKED): "blocked",
    (OutboxState.CANCELLED, Reason.MUTED): "muted",
}


def accounts(tx: Tx, broadcast_ids: Sequence[int] | None = None) -> dict[int | None, Account]:
    """How each broadcast stands (None: what is no broadcast's); all, or those named."""
    apart = (outbox.c.broadcast_id, outbox.c.state, outbox.c.reason)
    asked = select(*apart, func.count().label("rows")).group_by(*apart)
    if broadcast_ids is not None:
        asked = asked.where(outbox.c.broadcast_id.in_(broadcast_ids))
    found: dict[int | None, dict[str, int]] = {}
    for row in tx.execute(asked):
        part = _PARTS.get((row.state, row.reason)) or _PARTS.get((row.state, None)) or row.state
        counts = found.setdefault(row.broadcast_id, {})
        counts[part] = counts.get(part, 0) + row.rows
    return {broadcast: Account(**counts) for broadcast, counts in found.items()}


def waiting(tx: Tx, account: str, *, now: datetime) -> Waiting:
    """What of an account has not ended."""
    # Written out, not bound: only so can the partial indexes answer.
    queued, sending = text("state = 'queued'"), text("state = 'sending'")
    mine = outbox.c.account == bindparam("account")
    due = and_(mine, queued, outbox.c.not_before <= now)
    count = select(func.count()).select_from(outbox)
    asked = select(
        count.where(mine, queued).scalar_subquery().label("queued"),
        count.where(mine, sending).scalar_subquery().label("sending"),
        select(func.min(outbox.c.not_before)).where(due).scalar_subquery().label("oldest"),
    )
    row = tx.execute(asked, {"account": account}).one()
    return Waiting(queued=row.queued, sending=row.sending, oldest_due=row.oldest)
