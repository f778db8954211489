"""Who of a family can be written to, and which cadres look after it."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from kkb_core.messaging import Address
from kkb_core.roles import Role
from kkb_core.storage.people import Relation
from kkb_core.storage.tables import addresses, households, memberships, people, roles
from kkb_core.storage.transaction import Tx


def cadres_of_unreachable(tx: Tx, address: Address) -> tuple[tuple[int, int], ...]:
    """The households of whoever is at *address* in which nobody can be reached, with their cadres."""
    whose = (
        select(addresses.c.person_id)
        .where(addresses.c.channel == address.channel.value, addresses.c.address == address.id)
        .scalar_subquery()
    )
    asked = (
        select(households.c.id.label("household"), roles.c.person_id.label("cadre"))
        .distinct()
        .join(memberships, memberships.c.household_id == households.c.id)
        .join(roles, _looked_after())
        .where(
            memberships.c.person_id == whose,
            _of_the_family(memberships),
            households.c.erased_at.is_(None),
            roles.c.person_id != whose,
            ~_somebody_is_there(),
        )
        .order_by(households.c.id, roles.c.person_id)
    )
    return tuple((row.household, row.cadre) for row in tx.execute(asked))


def reachable(tx: Tx, household_id: int) -> bool:
    """Whether somebody of the family takes our messages."""
    asked = select(_somebody_is_there()).where(households.c.id == household_id)
    return bool(tx.execute(asked).scalar_one_or_none())


def _looked_after() -> ColumnElement[bool]:
    """A cadre's role whose scope covers the household."""
    area = households.c.area_code
    return and_(
        roles.c.role == Role.CADRE.value,
        roles.c.revoked_at.is_(None),
        # The prefix of the area, whole parts only.
        or_(area == roles.c.area_code, area.startswith(roles.c.area_code + ".")),
        or_(roles.c.rw.is_(None), roles.c.rw == households.c.rw),
        or_(roles.c.rt.is_(None), roles.c.rt == households.c.rt),
    )


def _somebody_is_there() -> ColumnElement[bool]:
    others = memberships.alias("others")
    persons = people.alias("persons")
    return exists().where(
        others.c.household_id == households.c.id,
        _of_the_family(others),
        persons.c.id == others.c.person_id,
        persons.c.blocked_at.is_(None),
        persons.c.erased_at.is_(None),
    )


def _of_the_family(table: Any) -> ColumnElement[bool]:
    return and_(table.c.relation == Relation.SELF.value, table.c.left_at.is_(None))
