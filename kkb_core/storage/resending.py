"""What an operator does to single rows of the outbox that are no broadcast's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select, true, update

from kkb_core.outbox import OutboxState
from kkb_core.storage.statements import insert_into
from kkb_core.storage.tables import outbox
from kkb_core.storage.transaction import Tx

COPIED = ("kind", "params", "person_id", "account", "zone", "lane")
LOST = (OutboxState.FAILED.value, OutboxState.STALE.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Rows by kind, by id, or both."""

    kind: str | None = None
    ids: tuple[int, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether nothing was named."""
        return self.kind is None and not self.ids

    def holds(self) -> ColumnElement[bool]:
        """Whether a row is one of them."""
        by_kind = true() if self.kind is None else outbox.c.kind == self.kind
        by_id = outbox.c.id.in_(self.ids) if self.ids else true()
        return and_(outbox.c.broadcast_id.is_(None), by_kind, by_id)


def retry(tx: Tx, which: Which, *, now: datetime) -> int:
    """Queue what failed or came too late once more, with as long a time as it had; how many.

    A row that has ended stays as it is; its copy has a key of its own, so it is made once.
    """
    rows = select(outbox).where(
        which.holds(), outbox.c.state.in_(LOST), outbox.c.person_id.is_not(None)
    )
    copies = [_copy(row, now) for row in tx.execute(rows).mappings()]
    if not copies:
        return 0
    new = insert_into(tx.dialect, outbox).on_conflict_do_nothing(index_elements=["dedupe_key"])
    return len(tx.execute(new.returning(outbox.c.id), copies).all())


def _copy(row: Any, now: datetime) -> dict[str, Any]:
    lasted = row["not_after"] - row["not_before"]
    return {
        **{name: row[name] for name in COPIED},
        "state": OutboxState.QUEUED.value,
        "dedupe_key": f"again:{row['id']}",
        "not_before": now,
        "not_after": now + lasted,
        "attempts": 0,
        "created_at": now,
        "updated_at": now,
    }


def cancel(tx: Tx, which: Which, *, now: datetime) -> int:
    """Take back what has not left; how many."""
    gone = {"state": OutboxState.CANCELLED.value, "updated_at": now}
    free = {"lease_owner": None, "lease_until": None}
    waits = outbox.c.state == OutboxState.QUEUED.value
    return tx.execute(update(outbox).where(waits, which.holds()).values(gone | free)).rowcount
