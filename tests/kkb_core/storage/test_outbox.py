import asyncio
from dataclasses import replace

from sqlalchemy import select

from kkb_core.roles import Grant, Role, Scope
from kkb_core.storage import Database, Tx, claims, outbox, roles, tables
from kkb_core.storage.claims import Claimed
from kkb_core.storage.outbox import Account, Waiting, Wanted
from kkb_core.storage.standing import arrive
from tests.kkb_core.storage.village import DAY, JENGGOT, NOW, phone, settle


def a_reminder(person_id: int, key: str) -> Wanted:
    return Wanted(
        kind="reminder", person_id=person_id, dedupe_key=key, not_before=NOW, not_after=NOW + DAY
    )


async def test_what_must_not_happen_twice_is_queued_once(database: Database) -> None:
    def queue(tx: Tx) -> tuple[int, int]:
        person = arrive(tx, phone("1"), now=NOW).person.id
        first = outbox.put(tx, [a_reminder(person, "a"), a_reminder(person, "b")], now=NOW)
        again = outbox.put(tx, [a_reminder(person, "b"), a_reminder(person, "c")], now=NOW)
        return first, again

    assert await database.run(queue) == (2, 1)


async def test_who_has_no_address_is_not_written_to(database: Database) -> None:
    assert await database.run(lambda tx: outbox.put(tx, [a_reminder(7, "a")], now=NOW)) == 0


async def test_two_who_queue_the_same_at_once_count_it_once(database: Database) -> None:
    person = await database.run(lambda tx: arrive(tx, phone("1"), now=NOW).person.id)
    same = [a_reminder(person, key) for key in "abcdefgh"]

    counts = await asyncio.gather(
        *(database.run(lambda tx: outbox.put(tx, same, now=NOW)) for _ in range(4))
    )

    assert sum(counts) == 8


async def test_everybody_of_a_choice_is_told_in_one_statement(database: Database) -> None:
    def queue(tx: Tx) -> tuple[int, int, int]:
        ids = [arrive(tx, phone(str(n)), now=NOW).person.id for n in range(50)]
        chosen = select(tables.people.c.id).where(tables.people.c.id.in_(ids[:40]))
        before = tx.statements
        new = outbox.put_for(tx, chosen, a_reminder(0, "b1"), now=NOW)
        statements = tx.statements - before
        return new, statements, outbox.put_for(tx, chosen, a_reminder(0, "b1"), now=NOW)

    assert await database.run(queue) == (40, 1, 0)


async def test_a_row_keeps_the_clock_its_person_lives_by(database: Database) -> None:
    def queue(tx: Tx) -> dict[int, str]:
        village = settle(tx)
        tx.execute(tables.areas.update().values(zone="Asia/Makassar"))
        stranger = arrive(tx, phone("9"), now=NOW).person.id
        cadre = arrive(tx, phone("8"), now=NOW).person.id
        roles.grant_role(tx, cadre, Grant(Role.CADRE, Scope(JENGGOT)), now=NOW)
        everybody = (village.mother, cadre, stranger)
        outbox.put(tx, [a_reminder(one, f"k{one}") for one in everybody], now=NOW)
        outbox.put_for(tx, select(tables.people.c.id), a_reminder(0, "all"), now=NOW)
        rows = tx.execute(select(tables.outbox.c.person_id, tables.outbox.c.zone))
        return {row.person_id: row.zone for row in rows}

    found = await database.run(queue)

    assert sorted(found.values()) == ["Asia/Jakarta", "Asia/Makassar", "Asia/Makassar"]


async def test_the_parts_of_an_account_are_the_whole(database: Database) -> None:
    ended = [
        ("sent", None), ("failed", "rejected"), ("failed", "blocked"), ("unknown", "unsure"),
        ("cancelled", "muted"), ("cancelled", None), ("stale", "too_late"),
        ("queued", "throttled"), ("queued", None), ("sending", None),
    ]  # fmt: skip

    def count(tx: Tx) -> Account:
        person = arrive(tx, phone("1"), now=NOW).person.id
        keys = [str(number) for number in range(len(ended))]
        outbox.put(tx, [a_reminder(person, key) for key in keys], now=NOW)
        for key, (state, reason) in zip(keys, ended, strict=True):
            mine = tables.outbox.c.dedupe_key == key
            tx.execute(tables.outbox.update().where(mine).values(state=state, reason=reason))
        return outbox.accounts(tx)[None]

    account = await database.run(count)

    assert account.eligible == len(ended)
    assert account == Account(
        sent=1, failed=1, unknown=1, blocked=1, muted=1, stale=1, cancelled=1, pending=3
    )


async def test_what_is_held_waits_and_what_is_cancelled_is_over(database: Database) -> None:
    def work(tx: Tx) -> tuple[int, int, int, int]:
        nothing: dict[str, object] = dict.fromkeys(("text", "segment", "schedule", "counts"), "")
        about = {"id": 1, "state": "sending", "created_at": NOW, "updated_at": NOW}
        tx.execute(tables.broadcasts.insert(), nothing | about)
        person = arrive(tx, phone("1"), now=NOW).person.id
        two = [replace(a_reminder(person, key), broadcast_id=1) for key in "ab"]
        outbox.put(tx, two, now=NOW)
        held = outbox.hold(tx, 1, now=NOW)
        none = len(claimed(tx))
        outbox.resume(tx, 1, now=NOW)
        some = len(claimed(tx))
        return held, none, some, outbox.cancel(tx, broadcast_id=1, now=NOW)

    assert await database.run(work) == (2, 0, 2, 2)


async def test_what_waits_can_be_seen(database: Database) -> None:
    def work(tx: Tx) -> Waiting:
        person = arrive(tx, phone("1"), now=NOW).person.id
        later = replace(a_reminder(person, "b"), not_before=NOW + DAY, not_after=NOW + 2 * DAY)
        outbox.put(tx, [a_reminder(person, "a"), later], now=NOW)
        return outbox.waiting(tx, "telegram", now=NOW + DAY / 2)

    assert await database.run(work) == Waiting(queued=2, sending=0, oldest_due=NOW)


def claimed(tx: Tx) -> tuple[Claimed, ...]:
    return claims.claim(
        tx,
        "telegram",
        holder="me:1",
        zones=["Asia/Jakarta"],
        limit=10,
        now=NOW,
        until=NOW + DAY,
    )
