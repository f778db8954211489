import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from kkb_core.roles import Role, Scope
from kkb_core.storage import Database, Tx, invites
from kkb_core.storage.invites import Invite, InviteKind, NewInvite
from tests.kkb_core.storage.village import DAY, JENGGOT, NOW, phone


def an_invite(**changed: object) -> NewInvite:
    values: dict[str, object] = {
        "kind": InviteKind.ROLE,
        "code_hash": "h" * 64,
        "role": Role.CADRE,
        "area_code": JENGGOT,
        "rw": 1,
        "created_at": NOW,
    }
    return NewInvite(**values | changed)  # type: ignore[arg-type]


async def test_an_invitation_is_found_by_the_hash_of_its_code(database: Database) -> None:
    kept = await database.run(lambda tx: invites.put_invite(tx, an_invite()))

    found = await database.read(lambda tx: invites.invite_by_hash(tx, "h" * 64))

    assert found is not None
    assert (found.id, found.kind, found.role) == (kept, InviteKind.ROLE, Role.CADRE)
    assert found.scope == Scope(JENGGOT, 1)
    assert await database.read(lambda tx: invites.invite_by_hash(tx, "x")) is None


async def test_a_code_is_given_out_once(database: Database) -> None:
    await database.run(lambda tx: invites.put_invite(tx, an_invite()))

    with pytest.raises(IntegrityError):
        await database.run(lambda tx: invites.put_invite(tx, an_invite()))


@pytest.mark.parametrize(
    ("limit", "takes"), [(None, [True] * 3), (2, [True, True, False]), (0, [False] * 3)]
)
async def test_an_invitation_is_used_as_often_as_it_says(
    database: Database, limit: int | None, takes: list[bool]
) -> None:
    kept = await database.run(lambda tx: invites.put_invite(tx, an_invite(uses_left=limit)))

    used = [await database.run(lambda tx: invites.use_invite(tx, kept, now=NOW)) for _ in range(3)]

    assert used == takes


async def test_the_last_use_goes_to_one_of_those_who_come_at_once(database: Database) -> None:
    kept = await database.run(lambda tx: invites.put_invite(tx, an_invite(uses_left=1)))

    used = await asyncio.gather(
        *(database.run(lambda tx: invites.use_invite(tx, kept, now=NOW)) for _ in range(6))
    )

    assert sorted(used) == [False] * 5 + [True]


@pytest.mark.parametrize("ending", ["expired", "revoked"])
async def test_an_invitation_that_has_ended_lets_nobody_in(
    database: Database, ending: str
) -> None:
    expires = NOW if ending == "expired" else NOW + DAY

    def work(tx: Tx) -> tuple[bool, Invite | None]:
        kept = invites.put_invite(tx, an_invite(expires_at=expires))
        if ending == "revoked":
            invites.revoke_invite(tx, kept, now=NOW)
        return invites.use_invite(tx, kept, now=NOW), invites.invite_by_hash(tx, "h" * 64)

    used, found = await database.run(work)

    assert not used
    assert found is not None
    assert not found.is_open(now=NOW)


async def test_a_village_is_printed_its_newest_open_code(database: Database) -> None:
    village = {"kind": InviteKind.VILLAGE, "role": None, "rw": None}

    def work(tx: Tx) -> Invite | None:
        for number in range(3):
            one = an_invite(**village, code_hash=str(number), code=f"JENGGOT{number}")
            kept = invites.put_invite(tx, one)
        invites.revoke_invite(tx, kept, now=NOW)
        return invites.village_invite(tx, Scope(JENGGOT), now=NOW)

    found = await database.run(work)

    assert found is not None
    assert found.code == "JENGGOT1"
    assert found.is_open(now=NOW)


async def test_tries_are_counted_by_address_and_forgotten(database: Database) -> None:
    def work(tx: Tx) -> list[int]:
        for minutes in (0, 10, 20):
            invites.note_try(tx, phone("thief"), now=NOW + timedelta(minutes=minutes))
        invites.note_try(tx, phone("mother"), now=NOW)
        since = NOW + timedelta(minutes=10)
        before = invites.tries_since(tx, phone("thief"), since)
        forgotten = invites.forget_tries(tx, before=since)
        return [before, forgotten, invites.tries_since(tx, phone("thief"), NOW)]

    assert await database.run(work) == [2, 2, 2]
