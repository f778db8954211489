"""The outbox: what is to be sent to people who are not waiting for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from kkb_core.storage.statements import insert_unless
from kkb_core.storage.tables import addresses, outbox
from kkb_core.storage.transaction import Tx


class OutboxState(StrEnum):
    """How far a message has come; it only moves forward."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    STALE = "stale"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A message somebody is to get: what it is about, never its words.

    *params* are JSON values; a household it is about goes under "household_id", so that erasing
    the household withdraws it. *dedupe_key* names what must not happen twice. It leaves between
    *not_before* and *not_after*, or not at all.
    """

    kind: str
    person_id: int
    dedupe_key: str
    not_before: datetime
    not_after: datetime
    params: Mapping[str, Any] = field(default_factory=dict)


def put(tx: Tx, wanted: Sequence[Wanted], *, now: datetime) -> int:
    """Queue messages; how many were new. One whose key is there, or who has no address, is not."""
    accounts = _accounts(tx, {one.person_id for one in wanted})
    rows = [_row(one, accounts[one.person_id], now) for one in wanted if one.person_id in accounts]
    if not rows:
        return 0
    before = _last(tx)
    tx.execute(insert_unless(tx.dialect, outbox, ("dedupe_key",)), rows)
    return int(tx.execute(select(func.count()).where(outbox.c.id > before)).scalar_one())


def _accounts(tx: Tx, people: set[int]) -> dict[int, str]:
    """By which channel each person is written to: the one they came by last."""
    asked = (
        select(addresses.c.person_id, addresses.c.channel)
        .where(addresses.c.person_id.in_(sorted(people)))
        .order_by(addresses.c.id)
    )
    return {row.person_id: row.channel for row in tx.execute(asked)}


def _last(tx: Tx) -> int:
    return int(tx.execute(select(func.coalesce(func.max(outbox.c.id), 0))).scalar_one())


def _row(wanted: Wanted, account: str, now: datetime) -> dict[str, Any]:
    return {
        "kind": wanted.kind,
        "params": dict(wanted.params),
        "person_id": wanted.person_id,
        "account": account,
        "state": OutboxState.QUEUED.value,
        "dedupe_key": wanted.dedupe_key,
        "not_before": wanted.not_before,
        "not_after": wanted.not_after,
        "attempts": 0,
        "created_at": now,
        "updated_at": now,
    }
