"""Raw updates of the platforms: taken once, done once, or set aside.

What a person wrote is kept only until it is done: `done` forgets the raw update.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, exists, func, select, text, update

from kkb_core.messaging import Address
from kkb_core.storage.prepared import Prepared
from kkb_core.storage.standing import LOCKING
from kkb_core.storage.statements import insert_unless, put_once
from kkb_core.storage.tables import updates
from kkb_core.storage.transaction import Tx


class UpdateState(StrEnum):
    """What has become of an update."""

    TAKEN = "taken"
    DONE = "done"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class RawUpdate:
    """An update as the platform sent it: a JSON value."""

    update_id: int
    raw: Any


def take(
    tx: Tx,
    account: str,
    raws: Mapping[int, Any],
    *,
    now: datetime,
    keys: Mapping[int, str] | None = None,
) -> tuple[int, ...]:
    """Keep a batch of JSON values by update id; the ids not taken before, in their order.

    *keys* says whose line an update waits in, where that is known.
    """
    values = [
        {
            "account": account,
            "update_id": update_id,
            # Escaped throughout: nothing a platform can send is beyond a text column.
            "raw": json.dumps(raw),
            "person_key": (keys or {}).get(update_id),
            "state": UpdateState.TAKEN.value,
            "taken_at": now,
        }
        for update_id, raw in raws.items()
    ]
    if not values:
        return ()
    new = insert_unless(tx.dialect, updates, ("account", "update_id"))
    taken = tx.execute(new.returning(updates.c.update_id), values)
    return tuple(sorted(taken.scalars()))


def pending(
    tx: Tx, account: str, *, limit: int = 100, after: int = -1, before: datetime | None = None
) -> tuple[RawUpdate, ...]:
    """Updates taken (before then) and not done, in their order, beginning after the id *after*."""
    return _in_state(tx, account, UpdateState.TAKEN, limit=limit, after=after, before=before)


_TAKEN = and_(
    updates.c.account == bindparam("of"),
    updates.c.update_id == bindparam("this"),
    updates.c.state == UpdateState.TAKEN.value,
)
_DOING = (
    update(updates)
    .where(_TAKEN)
    .values(state=UpdateState.DONE.value, raw=None, person_key=None, done_at=bindparam("at"))
)
_DONE = Prepared(_DOING)


def heard(tx: Tx, account: str, update_id: int, *, now: datetime) -> bool:
    """Take an update whose turn is in this same transaction; False when it was taken before."""
    done = {"state": UpdateState.DONE.value, "taken_at": now, "done_at": now}
    row = {"account": account, "update_id": update_id, **done}
    return put_once(tx, updates, row, key=("account", "update_id"))


# One person's updates may stand in the lines of several processes: none is done before an earlier
# one that is still to be done. The person is locked in the same statement, so that what is read by
# the next one is never older than the lock.
_before = updates.alias("before")
_IN_LINE = and_(
    _before.c.account == bindparam("of"),
    _before.c.person_key == bindparam("whose"),
    _before.c.state == UpdateState.TAKEN.value,
)
_DONE_IN_TURN = Prepared(
    _DOING.where(
        ~exists().where(_IN_LINE, _before.c.update_id < bindparam("this")),
        select(func.count()).select_from(LOCKING.cte("locked")).scalar_subquery() >= 0,
    )
)


def done(
    tx: Tx,
    account: str,
    update_id: int,
    *,
    now: datetime,
    whose: str | None = None,
    address: Address | None = None,
) -> bool:
    """The update is done with, and forgotten but for its id; says False when it already was.

    Where rows are locked, give *whose* line it stands in and who is at *address*: then it is also
    False while an earlier one of the line is to be done (see `line`), and the person is locked.
    """
    values = {"of": account, "this": update_id, "at": now}
    if not tx.locks_rows or whose is None or address is None:
        return _DONE.change(tx, values) == 1
    where = {"whose": whose, "channel": address.channel.value, "address": address.id}
    mine = _DONE_IN_TURN.change(tx, values | where) == 1
    if mine:
        tx.locked |= {address}
    return mine


def line(tx: Tx, account: str, whose: str, *, until: int) -> tuple[RawUpdate, ...]:
    """The updates of one line that are to be done, in their order, up to the id *until*."""
    asked = (
        select(_before.c.update_id, _before.c.raw)
        .where(_IN_LINE, _before.c.update_id <= until)
        .order_by(_before.c.update_id)
    )
    return _read(tx, asked, {"of": account, "whose": whose})


def quarantine(
    tx: Tx, account: str, update_id: int, *, reason: str, now: datetime, raw: Any = None
) -> None:
    """Set an update aside that cannot be handled; it stays for an operator to look at.

    Give *raw* where the update was `done`, and so forgotten, in this same transaction.
    """
    mine = and_(updates.c.account == account, updates.c.update_id == update_id)
    aside = {"state": UpdateState.QUARANTINED.value, "reason": reason, "done_at": now}
    if raw is not None:
        aside["raw"] = json.dumps(raw)
    tx.execute(update(updates).where(mine).values(aside))


def quarantined(
    tx: Tx, account: str, *, limit: int = 100, after: int = -1
) -> tuple[RawUpdate, ...]:
    """The updates set aside, in their order, beginning after the id *after*."""
    return _in_state(tx, account, UpdateState.QUARANTINED, limit=limit, after=after)


def last_update_id(tx: Tx, account: str) -> int | None:
    """The highest id ever taken; None before the first."""
    asked = select(func.max(updates.c.update_id)).where(updates.c.account == account)
    found: int | None = tx.execute(asked).scalar_one()
    return found


def forget_done(tx: Tx, account: str, *, before: datetime) -> int:
    """Forget what was done or set aside before then, but for the last id; how many."""
    last = select(func.max(updates.c.update_id)).where(updates.c.account == account)
    old: Any = and_(
        updates.c.account == account,
        updates.c.done_at < before,
        updates.c.update_id < last.scalar_subquery(),
    )
    return tx.execute(delete(updates).where(old)).rowcount


def _in_state(
    tx: Tx,
    account: str,
    state: UpdateState,
    *,
    limit: int,
    after: int,
    before: datetime | None = None,
) -> tuple[RawUpdate, ...]:
    # Written out, not bound: only so can the partial indexes answer.
    wanted = text(f"state = '{state.value}'")
    asked = (
        select(updates.c.update_id, updates.c.raw)
        .where(updates.c.account == account, updates.c.update_id > after, wanted)
        .order_by(updates.c.update_id)
        .limit(limit)
    )
    if before is not None:
        asked = asked.where(updates.c.taken_at < before)
    return _read(tx, asked)


def _read(
    tx: Tx, asked: Select[Any], values: Mapping[str, Any] | None = None
) -> tuple[RawUpdate, ...]:
    rows = tx.execute(asked, values)
    return tuple(RawUpdate(row.update_id, json.loads(row.raw or "null")) for row in rows)
