"""The audit log: who looked at or changed what of somebody else's, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from kkb_core.storage.tables import audit
from kkb_core.storage.transaction import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """`actor` did `act` to a subject; None is the program or an operator at the machine.

    `detail` holds ids and codes, never names or answers.
    """

    at: datetime
    actor: int | None
    act: str
    subject_kind: str
    subject_id: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def put_audit(tx: Tx, entry: AuditEntry) -> None:
    """Add an entry to the log."""
    row = {
        "at": entry.at,
        "actor": entry.actor,
        "act": entry.act,
        "subject_kind": entry.subject_kind,
        "subject_id": entry.subject_id,
        "detail": dict(entry.detail),
    }
    tx.execute(audit.insert(), row)


def audit_of(tx: Tx, subject_kind: str, subject_id: int) -> tuple[AuditEntry, ...]:
    """All that was done to a subject, the oldest first."""
    asked = (
        select(audit)
        .where(audit.c.subject_kind == subject_kind, audit.c.subject_id == subject_id)
        .order_by(audit.c.id)
    )
    return tuple(
        AuditEntry(
            at=row.at,
            actor=row.actor,
            act=row.act,
            subject_kind=row.subject_kind,
            subject_id=row.subject_id,
            detail=row.detail,
        )
        for row in tx.execute(asked)
    )
