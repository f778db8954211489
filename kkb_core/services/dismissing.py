"""Taking a role back: by whoever may give it, with the invitations it made (decision 0010)."""

from datetime import datetime

from kkb_core.errors import InputRefused, NotAllowed
from kkb_core.roles import APPOINTS, Grant, Role, demand_appointment, may_appoint
from kkb_core.services import inviting
from kkb_core.storage import Tx, audit, roles
from kkb_core.storage.audit import AuditEntry
from kkb_core.storage.roles import Appointment


def appointed(tx: Tx, person_id: int, hat: Grant) -> tuple[Appointment, ...]:
    """Who holds what the person may give in this hat, by place and role. Raises NotAllowed."""
    if hat not in roles.grants_of(tx, person_id):
        raise NotAllowed(f"{hat.role.value} in {hat.scope.area}")
    return roles.appointments(tx, hat.scope, APPOINTS[hat.role])


def appointment(tx: Tx, appointment_id: int, *, by: int) -> Appointment:
    """The role that *by* may take back. Raises NotAllowed."""
    found = roles.appointment(tx, appointment_id)
    if found is None:
        raise NotAllowed(f"appointment {appointment_id}")
    demand_appointment(roles.grants_of(tx, by), found.grant.role, found.grant.scope)
    return found


def dismiss(tx: Tx, appointment_id: int, *, by: int, now: datetime) -> Appointment:
    """The role is held no more; nor are invitations good that only it allowed.

    Raises NotAllowed, and InputRefused for the last admin who could give the role again.
    """
    found = appointment(tx, appointment_id, by=by)
    if found.grant.role is Role.ADMIN and not _another_admin(tx, found):
        raise InputRefused("the last admin stays")
    roles.revoke_role(tx, found.person_id, found.grant, now=now)
    _withdraw_invites(tx, found.person_id, by=by, now=now)
    audit.put_audit(
        tx,
        AuditEntry(
            at=now,
            actor=by,
            act="revoke_role",
            subject_kind="person",
            subject_id=found.person_id,
            detail={
                "role": found.grant.role,
                "area": found.grant.scope.area,
                "rw": found.grant.scope.rw,
                "rt": found.grant.scope.rt,
            },
        ),
    )
    return found


def _another_admin(tx: Tx, leaving: Appointment) -> bool:
    # Locked: two admins who end each other's role at the same moment would leave none.
    return any(
        one.id != leaving.id and one.grant.scope.covers(leaving.grant.scope)
        for one in roles.appointments(tx, None, (Role.ADMIN,), lock=True)
    )


def _withdraw_invites(tx: Tx, person_id: int, *, by: int, now: datetime) -> None:
    held = roles.grants_of(tx, person_id)
    for one in inviting.waiting_invites(tx, person_id, now=now):
        if one.role and one.scope and not may_appoint(held, one.role, one.scope):
            inviting.withdraw(tx, one, by=by, now=now)
