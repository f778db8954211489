"""A household left in peace: nothing that waits to be sent about it leaves."""

from datetime import datetime

from sqlalchemy import select, text, update

from kkb_core.storage.tables import memberships, outbox
from kkb_core.storage.transaction import Tx


def withdraw(tx: Tx, household_id: int, *, now: datetime) -> int:
    """Withdraw what is queued for the household's members about it; how many messages."""
    members = select(memberships.c.person_id).where(memberships.c.household_id == household_id)
    asked = select(outbox.c.id, outbox.c.params).where(
        text("state IN ('queued', 'sending')"),
        outbox.c.state == "queued",
        outbox.c.person_id.in_(members),
    )
    about = [row.id for row in tx.execute(asked) if row.params.get("household_id") == household_id]
    values = {"state": "cancelled", "reason": "muted", "updated_at": now}
    tx.execute(update(outbox).where(outbox.c.id.in_(about)).values(values))
    return len(about)
