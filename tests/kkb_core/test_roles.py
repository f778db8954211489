"""Role and act and scope: nobody may do what the table does not say."""

import pytest

from kkb_core.errors import NotAllowed
from kkb_core.roles import PERMITTED, Act, Grant, Role, Scope, demand, may

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
