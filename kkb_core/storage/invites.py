"""Invitations: codes that let a person into a village, a household or a role."""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, RowMapping, and_, func, or_, select, update

from kkb_core.messaging import Address
from kkb_core.roles import Role, Scope
from kkb_core.storage.statements import add_row
from kkb_core.storage.tables import invite_tries, invites
from kkb_core.storage.transaction import Tx


class InviteKind(StrEnum):
    """What an invitation lets a person into."""

    VILLAGE = "village"
    HOUSEHOLD = "household"
    ROLE = "role"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvite:
    """An invitation to be kept. `code` stays readable only where it must be printed again.

    `uses_left` None means as often as wanted, `expires_at` None for ever.
    """

    kind: InviteKind
    code_hash: str
    code: str | None = None
    role: Role | None = None
    area_code: str | None = None
    rw: int | None = None
    rt: int | None = None
    household_id: int | None = None
    created_by: int | None = None
    created_at: datetime
    expires_at: datetime | None = None
    uses_left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite(NewInvite):
    """An invitation that is kept."""

    id: int
    revoked_at: datetime | None

    def is_open(self, *, now: datetime) -> bool:
        """Whether it still lets anybody in."""
        expired = self.expires_at is not None and self.expires_at <= now
        return self.revoked_at is None and not expired and self.uses_left != 0

    @property
    def scope(self) -> Scope | None:
        """Where it leads; None for a household's."""
        return None if self.area_code is None else Scope(self.area_code, self.rw, self.rt)


def put_invite(tx: Tx, invite: NewInvite) -> int:
    """Keep a new invitation; its id. IntegrityError when the code is in use."""
    return add_row(tx, invites, asdict(invite))


def invite_by_hash(tx: Tx, code_hash: str) -> Invite | None:
    """The invitation with this code, open or not."""
    asked = select(invites).where(invites.c.code_hash == code_hash)
    row = tx.execute(asked).mappings().one_or_none()
    return None if row is None else _invite_from(row)


def village_invite(tx: Tx, scope: Scope, *, now: datetime) -> Invite | None:
    """The open invitation that is printed for exactly this scope, the newest if there are several."""
    asked = (
        select(invites)
        .where(
            invites.c.kind == InviteKind.VILLAGE.value,
            invites.c.area_code == scope.area,
            invites.c.rw.is_not_distinct_from(scope.rw),
            invites.c.rt.is_not_distinct_from(scope.rt),
            _is_open(now),
        )
        .order_by(invites.c.id.desc())
        .limit(1)
    )
    row = tx.execute(asked).mappings().one_or_none()
    return None if row is None else _invite_from(row)


def invite(tx: Tx, invite_id: int) -> Invite | None:
    """The invitation with this id, open or not."""
    row = tx.execute(select(invites).where(invites.c.id == invite_id)).mappings().one_or_none()
    return None if row is None else _invite_from(row)


def open_role_invites(tx: Tx, created_by: int, *, now: datetime) -> tuple[Invite, ...]:
    """The invitations to a role that this person made and nobody has used, the newest first."""
    asked = (
        select(invites)
        .where(
            invites.c.kind == InviteKind.ROLE.value,
            invites.c.created_by == created_by,
            _is_open(now),
        )
        .order_by(invites.c.id.desc())
    )
    return tuple(map(_invite_from, tx.execute(asked).mappings()))


def use_invite(tx: Tx, invite_id: int, *, now: datetime) -> bool:
    """Take one use; says False when there is none left, or it has expired or been revoked."""
    mine = and_(invites.c.id == invite_id, _is_open(now))
    # NULL - 1 is NULL: without a limit it stays without one.
    done = tx.execute(update(invites).where(mine).values(uses_left=invites.c.uses_left - 1))
    return done.rowcount == 1


def revoke_invite(tx: Tx, invite_id: int, *, now: datetime) -> None:
    """Let nobody in with it any more."""
    mine = and_(invites.c.id == invite_id, invites.c.revoked_at.is_(None))
    tx.execute(update(invites).where(mine).values(revoked_at=now))


def note_try(tx: Tx, address: Address, *, now: datetime) -> None:
    """Somebody tried a code."""
    tried = {"channel": address.channel.value, "address": address.id, "at": now}
    tx.execute(invite_tries.insert(), tried)


def tries_since(tx: Tx, address: Address, moment: datetime) -> int:
    """How many codes were tried from here since *moment*."""
    asked = (
        select(func.count())
        .select_from(invite_tries)
        .where(
            invite_tries.c.channel == address.channel.value,
            invite_tries.c.address == address.id,
            invite_tries.c.at >= moment,
        )
    )
    return int(tx.execute(asked).scalar_one())


def forget_tries(tx: Tx, *, before: datetime) -> int:
    """Forget tries older than *before*; how many there were."""
    return tx.execute(invite_tries.delete().where(invite_tries.c.at < before)).rowcount


def _is_open(now: datetime) -> ColumnElement[bool]:
    return and_(
        invites.c.revoked_at.is_(None),
        or_(invites.c.expires_at.is_(None), invites.c.expires_at > now),
        or_(invites.c.uses_left.is_(None), invites.c.uses_left > 0),
    )


def _invite_from(row: RowMapping) -> Invite:
    kept = dict(row) | {
        "kind": InviteKind(row["kind"]),
        "role": None if row["role"] is None else Role(row["role"]),
    }
    return Invite(**kept)
