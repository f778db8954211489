"""Who may do what, and where. A table of role and act; scope is an area prefix, then RW and RT."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kkb_core.errors import NotAllowed


class Role(StrEnum):
    """What a person is in the programme."""

    FAMILY = "family"
    CADRE = "cadre"
    COORDINATOR = "coordinator"
    PROTECTION = "protection"
    ADMIN = "admin"
    VIEWER = "viewer"


class Act(StrEnum):
    """What someone may want to do beyond their own household."""

    SEE_HOUSEHOLD = "see_household"
    FILL_IN = "fill_in"
    SEE_PROTECTION_CASE = "see_protection_case"
    SEE_AGGREGATES = "see_aggregates"
    EXPORT_ANSWERS = "export_answers"
    EXPORT_SCORES = "export_scores"
    INVITE_FAMILY = "invite_family"
    BROADCAST = "broadcast"
    SET_ROUND = "set_round"


PERMITTED: dict[Role, frozenset[Act]] = {
    Role.FAMILY: frozenset(),
    Role.CADRE: frozenset({Act.SEE_HOUSEHOLD, Act.FILL_IN, Act.SEE_AGGREGATES, Act.INVITE_FAMILY}),
    Role.COORDINATOR: frozenset(
        {
            Act.SEE_HOUSEHOLD,
            Act.FILL_IN,
            Act.SEE_AGGREGATES,
            Act.EXPORT_SCORES,
            Act.INVITE_FAMILY,
            Act.BROADCAST,
            Act.SET_ROUND,
        }
    ),
    Role.PROTECTION: frozenset({Act.SEE_PROTECTION_CASE}),
    Role.ADMIN: frozenset(
        {
            Act.SEE_AGGREGATES,
            Act.EXPORT_ANSWERS,
            Act.EXPORT_SCORES,
            Act.INVITE_FAMILY,
            Act.BROADCAST,
            Act.SET_ROUND,
        }
    ),
    Role.VIEWER: frozenset({Act.SEE_AGGREGATES}),
}

# Whom each role may appoint inside its own scope; docs/decisions/0010. Families are invited by Act.INVITE_FAMILY.
APPOINTS: dict[Role, frozenset[Role]] = {
    Role.FAMILY: frozenset(),
    Role.CADRE: frozenset(),
    Role.COORDINATOR: frozenset({Role.CADRE}),
    Role.PROTECTION: frozenset(),
    Role.ADMIN: frozenset(Role) - {Role.FAMILY},
    Role.VIEWER: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """A piece of the country: a Kemendagri code prefix, and below a village perhaps RW and RT."""

    area: str
    rw: int | None = None
    rt: int | None = None

    def covers(self, other: "Scope") -> bool:
        """Whether *other* lies inside this scope."""
        inside = other.area == self.area or other.area.startswith(f"{self.area}.")
        return inside and self.rw in (None, other.rw) and (self.rt is None or self.rt == other.rt)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role a person holds, and where."""

    role: Role
    scope: Scope


def may(grants: Iterable[Grant], act: Act, scope: Scope) -> bool:
    """Whether one of *grants* permits *act* everywhere in *scope*."""
    return any(act in PERMITTED[grant.role] and grant.scope.covers(scope) for grant in grants)


def demand(grants: Iterable[Grant], act: Act, scope: Scope) -> None:
    """Raise NotAllowed unless one of *grants* permits *act* everywhere in *scope*."""
    if not may(grants, act, scope):
        raise NotAllowed(f"{act.value} in {scope.area}")


def may_appoint(grants: Iterable[Grant], role: Role, scope: Scope) -> bool:
    """Whether one of *grants* may give *role* in *scope*."""
    return any(role in APPOINTS[grant.role] and grant.scope.covers(scope) for grant in grants)


def demand_appointment(grants: Iterable[Grant], role: Role, scope: Scope) -> None:
    """Raise NotAllowed unless one of *grants* may give *role* in *scope*."""
    if not may_appoint(grants, role, scope):
        raise NotAllowed(f"appoint {role.value} in {scope.area}")
