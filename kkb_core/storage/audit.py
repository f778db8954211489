"""The audit log: who looked at or changed what of somebody else's, and when."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
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
    put_audits(tx, [entry])


def put_audits(tx: Tx, entries: Iterable[AuditEntry]) -> None:
    """Add entries to the log; one statement for all of them."""
    rows = [asdict(entry) | {"detail": dict(entry.detail)} for entry in entries]
    if rows:
        tx.execute(audit.insert(), rows)


def note(
    tx: Tx,
    actor: int | None,
    act: str,
    household_id: int,
    *,
    now: datetime,
    **detail: Any,
) -> None:
    """Add what somebody did to, or saw of, a household that is not theirs."""
    entry = AuditEntry(
        at=now,
        actor=actor,
        act=act,
        subject_kind="household",
        subject_id=household_id,
        detail=detail,
    )
    put_audit(tx, entry)


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
