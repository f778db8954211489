"""Role and act and scope: nobody may do what the table does not say."""

import pytest

from kkb_core.errors import NotAllowed
from kkb_core.roles import (
    APPOINTS,
    PERMITTED,
    Act,
    Grant,
    Role,
    Scope,
    demand,
    demand_appointment,
    may,
    may_appoint,
)

JENGGOT = "33.75.04.1004"


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_table_says_and_nothing_else(role, act):
    held = [Grant(role, Scope("33.75"))]

    assert may(held, act, Scope(JENGGOT, 3, 2)) is (act in PERMITTED[role])


@pytest.mark.parametrize(
    ("held", "wanted", "covered"),
    [
        (Scope("33.75"), Scope(JENGGOT), True),
        (Scope(JENGGOT), Scope("33.75"), False),
        (Scope("33.7"), Scope(JENGGOT), False),  # a prefix of the text, not of the code
        (Scope(JENGGOT, 3), Scope(JENGGOT, 3, 2), True),
        (Scope(JENGGOT, 3), Scope(JENGGOT), False),
        (Scope(JENGGOT, 3, 2), Scope(JENGGOT, 3, 1), False),
        (Scope(JENGGOT, 3, 2), Scope(JENGGOT, 4, 2), False),
    ],
)
def test_a_scope_covers_what_lies_inside_it(held, wanted, covered):
    assert held.covers(wanted) is covered


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PROTECTION}))
def test_only_the_protection_officer_sees_protection_cases(role):
    assert not may([Grant(role, Scope("33"))], Act.SEE_PROTECTION_CASE, Scope(JENGGOT))


def test_what_is_not_permitted_is_refused():
    with pytest.raises(NotAllowed):
        demand([], Act.BROADCAST, Scope(JENGGOT))


@pytest.mark.parametrize("given", Role)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    ("where", "inside"),
    [(Scope(JENGGOT), True), (Scope(JENGGOT, 3, 2), True), (Scope("33"), False)],
)
def test_a_role_appoints_whom_its_table_says_inside_its_own_scope(role, given, where, inside):
    held = [Grant(role, Scope("33.75"))]

    assert may_appoint(held, given, where) is (inside and given in APPOINTS[role])


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN, Role.COORDINATOR}))
def test_who_neither_leads_nor_administers_appoints_nobody(role):
    assert not APPOINTS[role]


def test_nobody_is_appointed_a_family():
    assert not any(Role.FAMILY in given for given in APPOINTS.values())


def test_an_appointment_outside_the_table_is_refused():
    with pytest.raises(NotAllowed):
        demand_appointment([Grant(Role.COORDINATOR, Scope(JENGGOT))], Role.ADMIN, Scope(JENGGOT))
