"""Taking a role back: who may, what ends with it, and the last admin."""

import pytest
from sqlalchemy import select

from kkb_core.errors import InputRefused, NotAllowed
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import dismissing, inviting
from kkb_core.storage import Database, Tx, roles
from kkb_core.storage.tables import audit
from tests.kkb_core.services.working import OF_RW1, OF_VILLAGE, OFFICER, Working, at_work
from tests.kkb_core.storage.village import JENGGOT, KRADENAN, NOW, add_areas, add_person

ADMIN = Grant(Role.ADMIN, Scope("33.75"))


@pytest.fixture
def here(tx: Tx) -> Working:
    return at_work(tx)


def holder(tx: Tx, name: str, grant: Grant) -> int:
    person = add_person(tx, name)
    roles.grant_role(tx, person, grant, now=NOW)
    return person


def row(tx: Tx, person: int) -> int:
    return roles.roles_of(tx, person)[0].id


@pytest.mark.parametrize(
    ("by", "whose", "may"),
    [
        (ADMIN, OF_VILLAGE, True),
        (ADMIN, OFFICER, True),
        (OF_VILLAGE, OF_RW1, True),
        (OF_VILLAGE, OFFICER, False),
        (OF_VILLAGE, ADMIN, False),
        (Grant(Role.COORDINATOR, Scope(KRADENAN)), OF_RW1, False),
        (OF_RW1, OF_RW1, False),
        (OFFICER, OF_RW1, False),
        (Grant(Role.VIEWER, Scope("33.75")), OF_RW1, False),
    ],
)
def test_a_role_is_taken_back_by_who_may_give_it(tx, here, by, whose, may):
    add_areas(tx, KRADENAN)
    one, other = holder(tx, "one", by), holder(tx, "other", whose)

    if may:
        dismissing.dismiss(tx, row(tx, other), by=one, now=NOW)
    else:
        with pytest.raises(NotAllowed):
            dismissing.dismiss(tx, row(tx, other), by=one, now=NOW)

    assert roles.grants_of(tx, other) == (() if may else (whose,))


def test_a_role_is_not_taken_back_twice(tx, here):
    mine = row(tx, here.cadre)
    dismissing.dismiss(tx, mine, by=here.coordinator, now=NOW)

    with pytest.raises(NotAllowed):
        dismissing.dismiss(tx, mine, by=here.coordinator, now=NOW)


def test_invitations_end_with_the_role_that_allowed_them(tx, here):
    admin = holder(tx, "admin", ADMIN)
    code = inviting.invite_to_role(tx, OF_RW1, by=here.coordinator, now=NOW).code

    dismissing.dismiss(tx, row(tx, here.coordinator), by=admin, now=NOW)

    inviting.accept(tx, code, add_person(tx, "late"), now=NOW)
    assert tx.execute(select(audit.c.actor).where(audit.c.act == "revoke_invite")).all() == [
        (admin,)
    ]
    assert roles.appointments(tx, Scope(JENGGOT), (Role.CADRE,))[1:] == ()


def test_invitations_that_another_role_allows_stay_good(tx, here):
    admin = holder(tx, "admin", ADMIN)
    roles.grant_role(tx, here.coordinator, Grant(Role.ADMIN, Scope(JENGGOT)), now=NOW)
    inviting.invite_to_role(tx, OF_RW1, by=here.coordinator, now=NOW)

    dismissing.dismiss(tx, row(tx, here.coordinator), by=admin, now=NOW)

    assert len(inviting.waiting_invites(tx, here.coordinator, now=NOW)) == 1


async def test_the_last_admin_stays(database: Database):
    def work(tx: Tx):
        add_areas(tx)
        one, two = holder(tx, "one", ADMIN), holder(tx, "two", ADMIN)
        dismissing.dismiss(tx, row(tx, two), by=one, now=NOW)
        with pytest.raises(InputRefused):
            dismissing.dismiss(tx, row(tx, one), by=one, now=NOW)
        return roles.grants_of(tx, one), roles.grants_of(tx, two)

    assert await database.run(work) == ((ADMIN,), ())


async def test_who_holds_what_is_shown_by_place_and_the_taking_back_is_noted(database: Database):
    def work(tx: Tx):
        here = at_work(tx)
        shown = dismissing.appointed(tx, here.coordinator, OF_VILLAGE)
        dismissing.dismiss(tx, shown[0].id, by=here.coordinator, now=NOW)
        noted = tx.execute(select(audit).where(audit.c.act == "revoke_role")).one()
        return here, [one.grant for one in shown], noted

    here, shown, noted = await database.run(work)

    assert shown == [OF_RW1]
    assert (noted.actor, noted.subject_id, noted.detail["rw"]) == (here.coordinator, here.cadre, 1)
