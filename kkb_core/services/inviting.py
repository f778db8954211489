"""Invitations: making codes, and letting people in with them.

Codes have no 0, 1, I, L, O and U, which are mistaken for one another. What is typed may be in any
case, with spaces or without dashes, and those letters are read as the digits. Only the hash of a
code is kept, but for a village's, which is printed again.
"""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kkb_core.errors import InputRefused, NotAllowed
from kkb_core.roles import Act, Grant, Role, Scope, demand, demand_appointment
from kkb_core.services.areas import known_area
from kkb_core.storage import Tx, audit, invites, people, roles, scores
from kkb_core.storage.areas import Area, AreaLevel
from kkb_core.storage.audit import AuditEntry
from kkb_core.storage.invites import Invite, InviteKind, NewInvite
from kkb_core.storage.people import Relation

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # 4.9 bits each
ROLE_LENGTH = 27  # 132 bits
HOUSEHOLD_LENGTH = 8  # 39 bits, one week, one use
VILLAGE_LENGTH = 4  # 19 bits behind the village's name; it lets nobody see anything
ROLE_LASTS = timedelta(days=14)
HOUSEHOLD_LASTS = timedelta(days=7)
WRONG_TRIES = 5
TRIES_FORGOTTEN = timedelta(hours=1)
NAME_LENGTH = 12

_READ_AS = str.maketrans("OIL", "011")


class Refusal(StrEnum):
    """Why a code lets nobody in."""

    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"
    TOO_MANY_TRIES = "too_many_tries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """An invitation; the code is shown now and, but for a village's, never again."""

    code: str
    kind: InviteKind
    place: str = ""  # the name of the area it leads into
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a code lets a person into. `held` says that they are in already."""

    kind: InviteKind
    scope: Scope | None = None  # of a village or a role
    role: Role | None = None
    household_id: int | None = None
    held: bool = False


def deep_link(username: str, code: str) -> str:
    """The address that opens the bot with this code."""
    return f"https://t.me/{username}?start={code}"


def issue(tx: Tx, grant: Grant, *, now: datetime) -> Issued:
    """What an operator at the machine asked for: a village's code for families, else a role's."""
    if grant.role is Role.FAMILY:
        return village_code(tx, grant.scope, by=None, now=now)
    return invite_to_role(tx, grant, by=None, now=now)


def invite_to_role(tx: Tx, grant: Grant, *, by: int | None, now: datetime) -> Issued:
    """A code that gives one person *grant*; for two weeks.

    *by* is the person who invites, None an operator at the command line. Raises NotAllowed for
    what *by* may not appoint (decision 0010), InputRefused for an area that does not take part.
    """
    area = known_area(tx, grant.scope.area)
    scope = Scope(area.code, grant.scope.rw, grant.scope.rt)
    if by is not None:
        demand_appointment(roles.grants_of(tx, by), grant.role, scope)
    code = _in_groups(_random(ROLE_LENGTH))
    new = NewInvite(
        kind=InviteKind.ROLE,
        code_hash=hash_of(code),
        role=grant.role,
        area_code=scope.area,
        rw=scope.rw,
        rt=scope.rt,
        created_by=by,
        created_at=now,
        expires_at=now + ROLE_LASTS,
        uses_left=1,
    )
    return _issue(tx, new, code, place=area.name)


def village_code(tx: Tx, scope: Scope, *, by: int | None, now: datetime) -> Issued:
    """The code that lets a village's families in, for ever and as often as wanted; JENGGOT-7K2P.

    A village has one, made when first asked for; an RW or RT in *scope* has one of its own.
    Raises NotAllowed and InputRefused as `invite_to_role`.
    """
    area = known_area(tx, scope.area)
    if area.level is not AreaLevel.VILLAGE:
        raise InputRefused(f"area {area.code} ({area.name}) is no kelurahan or desa; name one")
    scope = Scope(area.code, scope.rw, scope.rt)
    if by is not None:
        demand(roles.grants_of(tx, by), Act.INVITE_FAMILY, scope)
    known = invites.village_invite(tx, scope, now=now)
    if known is not None and known.code is not None:
        return Issued(code=known.code, kind=known.kind, place=area.name)
    code = _free_village_code(tx, area)
    new = NewInvite(
        kind=InviteKind.VILLAGE,
        code_hash=hash_of(code),
        code=code,
        area_code=scope.area,
        rw=scope.rw,
        rt=scope.rt,
        created_by=by,
        created_at=now,
    )
    return _issue(tx, new, code, place=area.name)


def invite_to_household(tx: Tx, household_id: int, *, by: int | None, now: datetime) -> Issued:
    """A code for one more phone of a household: a week, once. *by* must be of the household."""
    if by is not None:
        assert any(one.id == household_id for one in people.memberships_of(tx, by))
    code = _in_groups(_random(HOUSEHOLD_LENGTH), size=4)
    new = NewInvite(
        kind=InviteKind.HOUSEHOLD,
        code_hash=hash_of(code),
        household_id=household_id,
        created_by=by,
        created_at=now,
        expires_at=now + HOUSEHOLD_LASTS,
        uses_left=1,
    )
    return _issue(tx, new, code)


def waiting_invites(tx: Tx, person_id: int, *, now: datetime) -> tuple[Invite, ...]:
    """The invitations to a role the person made that nobody has used yet, the newest first."""
    return invites.open_role_invites(tx, person_id, now=now)


def revoke(tx: Tx, invite_id: int, *, by: int, now: datetime) -> None:
    """Let nobody in with an invitation to a role any more.

    Raises NotAllowed for what *by* could not have given.
    """
    found = invites.invite(tx, invite_id)
    if found is None or found.role is None or found.scope is None or not found.is_open(now=now):
        raise NotAllowed(f"invitation {invite_id}")
    demand_appointment(roles.grants_of(tx, by), found.role, found.scope)
    withdraw(tx, found, by=by, now=now)


def withdraw(tx: Tx, found: Invite, *, by: int, now: datetime) -> None:
    """Let nobody in with it any more; whether *by* may say so was asked before."""
    invites.revoke_invite(tx, found.id, now=now)
    entry = AuditEntry(
        at=now,
        actor=by,
        act="revoke_invite",
        subject_kind="invite",
        subject_id=found.id,
        detail={"role": found.role, "area": found.area_code, "rw": found.rw, "rt": found.rt},
    )
    audit.put_audit(tx, entry)


def look(tx: Tx, code: str, person_id: int, *, now: datetime) -> Offer | Refusal:
    """What *code* would let the person into; a wrong one is counted, nothing else changes."""
    found = _find(tx, code, person_id, now=now)
    return found if isinstance(found, Refusal) else found[1]


def accept(tx: Tx, code: str, person_id: int, *, now: datetime) -> Offer | Refusal:
    """Let the person in: into the role or the household; a village's code changes nothing yet.

    Somebody who is in already stays in, and nothing is used up.
    """
    found = _find(tx, code, person_id, now=now)
    if isinstance(found, Refusal):
        return found
    invite, offer = found
    if offer.held:
        return offer
    if not invites.use_invite(tx, invite.id, now=now):
        return Refusal.USED
    match invite:
        case Invite(role=Role() as role, scope=Scope() as scope):
            roles.grant_role(tx, person_id, Grant(role, scope), now=now, by=invite.created_by)
            _note_grant(tx, invite, person_id, now=now)
        case Invite(household_id=int() as household_id):
            people.join(tx, person_id, household_id, relation=Relation.SELF, now=now)
            scores.count_again(tx, (household_id,))
    return offer


def _note_grant(tx: Tx, invite: Invite, person_id: int, *, now: datetime) -> None:
    entry = AuditEntry(
        at=now,
        actor=invite.created_by,
        act="grant_role",
        subject_kind="person",
        subject_id=person_id,
        detail={
            "role": invite.role,
            "area": invite.area_code,
            "rw": invite.rw,
            "rt": invite.rt,
            "invite": invite.id,
        },
    )
    audit.put_audit(tx, entry)


def normal(code: str) -> str:
    """A code as it is compared: letters and digits only, look-alikes read as one."""
    letters = unicodedata.normalize("NFKC", code).upper()
    return "".join(filter(str.isalnum, letters)).translate(_READ_AS)


def hash_of(code: str) -> str:
    """What is kept of a code."""
    return hashlib.sha256(normal(code).encode()).hexdigest()


def _issue(tx: Tx, new: NewInvite, code: str, *, place: str = "") -> Issued:
    invites.put_invite(tx, new)
    return Issued(code=code, kind=new.kind, place=place, expires_at=new.expires_at)


def _find(tx: Tx, code: str, person_id: int, *, now: datetime) -> tuple[Invite, Offer] | Refusal:
    from_here = people.addresses_of(tx, person_id)
    since = now - TRIES_FORGOTTEN
    if sum(invites.tries_since(tx, one, since) for one in from_here) >= WRONG_TRIES:
        return Refusal.TOO_MANY_TRIES
    invite = invites.invite_by_hash(tx, hash_of(code))
    if invite is None:
        invites.note_try(tx, from_here[0], now=now)
        return Refusal.UNKNOWN
    offer = _offer(tx, invite, person_id)
    if offer.held or invite.is_open(now=now):
        return invite, offer
    return Refusal.USED if invite.uses_left == 0 else Refusal.EXPIRED


def _offer(tx: Tx, invite: Invite, person_id: int) -> Offer:
    held = False
    match invite:
        case Invite(role=Role() as role, scope=Scope() as scope):
            held = Grant(role, scope) in roles.grants_of(tx, person_id)
        case Invite(household_id=int() as household_id):
            held = any(one.id == household_id for one in people.memberships_of(tx, person_id))
    return Offer(
        kind=invite.kind,
        scope=invite.scope,
        role=invite.role,
        household_id=invite.household_id,
        held=held,
    )


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _in_groups(code: str, size: int = 5) -> str:
    return "-".join(code[start : start + size] for start in range(0, len(code), size))


def _free_village_code(tx: Tx, area: Area) -> str:
    words = unicodedata.normalize("NFKD", area.name).upper().split()
    name = "".join(letter for letter in words[0] if "A" <= letter <= "Z")[:NAME_LENGTH] or "KKB"
    while True:
        code = f"{name}-{_random(VILLAGE_LENGTH)}"
        if invites.invite_by_hash(tx, hash_of(code)) is None:
            return code
