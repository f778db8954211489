"""The roles people hold, where, and since when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, select, update

from kkb_core.roles import Grant, Role, Scope
from kkb_core.storage.people import PersonStatus
from kkb_core.storage.statements import inside
from kkb_core.storage.tables import people, roles
from kkb_core.storage.transaction import Tx


def grant_role(
    tx: Tx, person_id: int, grant: Grant, *, now: datetime, by: int | None = None
) -> None:
    """Give the person a role in a scope; a role held already is not given twice."""
    held = select(exists().where(_held(person_id, grant)))
    if tx.execute(held).scalar_one():
        return
    where = {"area_code": grant.scope.area, "rw": grant.scope.rw, "rt": grant.scope.rt}
    given = {"person_id": person_id, "role": grant.role.value, "granted_by": by, "granted_at": now}
    tx.execute(roles.insert().values(given | where))


def revoke_role(tx: Tx, person_id: int, grant: Grant, *, now: datetime) -> bool:
    """Take the role away; says whether it was held."""
    done = tx.execute(update(roles).where(_held(person_id, grant)).values(revoked_at=now))
    return done.rowcount > 0


def grants_of(tx: Tx, person_id: int) -> tuple[Grant, ...]:
    """The roles the person holds now."""
    mine = and_(roles.c.person_id == person_id, roles.c.revoked_at.is_(None))
    return tuple(map(_grant_from, tx.execute(select(roles).where(mine).order_by(roles.c.id))))


@dataclass(frozen=True, slots=True)
class Held:
    """A role a person holds now; *id* is its row."""

    id: int
    grant: Grant


def roles_of(tx: Tx, person_id: int) -> tuple[Held, ...]:
    """The roles the person holds now, with their rows, in the order they were given."""
    mine = and_(roles.c.person_id == person_id, roles.c.revoked_at.is_(None))
    asked = select(roles).where(mine).order_by(roles.c.id)
    return tuple(Held(row.id, _grant_from(row)) for row in tx.execute(asked))


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A role somebody holds, and since when; *id* is its row."""

    id: int
    person_id: int
    grant: Grant
    since: datetime


def appointments(
    tx: Tx, scope: Scope | None, wanted: Iterable[Role], *, lock: bool = False
) -> tuple[Appointment, ...]:
    """Who holds one of the roles inside *scope* (None: anywhere), by role and place.

    With *lock* nobody else can take these away until the commit.
    """
    asked = (
        select(roles)
        .where(roles.c.revoked_at.is_(None), roles.c.role.in_([role.value for role in wanted]))
        .order_by(roles.c.role, roles.c.area_code, roles.c.rw, roles.c.rt, roles.c.id)
    )
    if scope is not None:
        asked = asked.where(inside(roles, scope))
    if lock:
        asked = asked.with_for_update()
    return tuple(map(_appointment_from, tx.execute(asked)))


def appointment(tx: Tx, appointment_id: int) -> Appointment | None:
    """The role in this row, while it is held."""
    mine = and_(roles.c.id == appointment_id, roles.c.revoked_at.is_(None))
    row = tx.execute(select(roles).where(mine)).one_or_none()
    return None if row is None else _appointment_from(row)


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a role."""

    person_id: int
    grant: Grant


def holders_of(tx: Tx, wanted: Iterable[Role], areas: Iterable[str]) -> tuple[Holder, ...]:
    """Who holds one of the roles for exactly one of the *areas* or a piece of it."""
    asked = (
        select(roles)
        .where(
            roles.c.revoked_at.is_(None),
            roles.c.role.in_([role.value for role in wanted]),
            roles.c.area_code.in_(sorted(set(areas))),
        )
        .order_by(roles.c.id)
    )
    return tuple(Holder(row.person_id, _grant_from(row)) for row in tx.execute(asked))


def holders(tx: Tx, area_code: str, held: Iterable[Role]) -> Mapping[int, tuple[Grant, ...]]:
    """Who holds one of these roles in exactly this area or a part of it, and can be written to."""
    asked = (
        select(roles)
        .join(people, people.c.id == roles.c.person_id)
        .where(
            roles.c.area_code == area_code,
            roles.c.role.in_([role.value for role in held]),
            roles.c.revoked_at.is_(None),
            people.c.erased_at.is_(None),
            people.c.blocked_at.is_(None),
            people.c.status != PersonStatus.STOPPED.value,
        )
        .order_by(roles.c.person_id, roles.c.id)
    )
    found: dict[int, tuple[Grant, ...]] = {}
    for row in tx.execute(asked):
        found[row.person_id] = (*found.get(row.person_id, ()), _grant_from(row))
    return found


def _appointment_from(row: Any) -> Appointment:
    return Appointment(
        id=row.id, person_id=row.person_id, grant=_grant_from(row), since=row.granted_at
    )


def _grant_from(row: Any) -> Grant:
    return Grant(Role(row.role), Scope(row.area_code, row.rw, row.rt))


def _held(person_id: int, grant: Grant) -> Any:
    return and_(
        roles.c.person_id == person_id,
        roles.c.role == grant.role.value,
        roles.c.area_code == grant.scope.area,
        roles.c.rw.is_not_distinct_from(grant.scope.rw),
        roles.c.rt.is_not_distinct_from(grant.scope.rt),
        roles.c.revoked_at.is_(None),
    )
