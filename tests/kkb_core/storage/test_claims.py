"""Claim, intend, settle, recover: only the holder of a claim can go on with it."""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import select, text

from kkb_core.outbox import Lane, accepted
from kkb_core.storage import Database, Tx, claims, outbox, tables
from kkb_core.storage.claims import Claimed, Settled
from kkb_core.storage.outbox import Wanted
from kkb_core.storage.standing import arrive
from tests.kkb_core.storage.village import DAY, NOW, phone

SOON = NOW + timedelta(seconds=60)


def queue(tx: Tx, count: int, *, lane: Lane = Lane.BULK, kind: str = "x") -> None:
    person = arrive(tx, phone("1"), now=NOW).person.id
    wanted = [
        Wanted(
            kind=kind,
            person_id=person,
            dedupe_key=f"{lane}:{n}",
            not_before=NOW,
            not_after=NOW + DAY,
            lane=lane,
        )
        for n in range(count)
    ]
    outbox.put(tx, wanted, now=NOW)


def claim(
    tx: Tx, holder: str = "a:1", *, limit: int = 10, now: datetime = NOW
) -> tuple[Claimed, ...]:
    return claims.claim(
        tx,
        "telegram",
        holder=holder,
        zones=["Asia/Jakarta"],
        limit=limit,
        now=now,
        until=now + timedelta(seconds=60),
    )


def states(tx: Tx) -> list[str]:
    return list(tx.execute(select(tables.outbox.c.state).order_by(tables.outbox.c.id)).scalars())


async def test_what_is_claimed_is_nobody_elses_until_it_runs_out(database: Database) -> None:
    def work(tx: Tx) -> list[int]:
        queue(tx, 5)
        return [len(claim(tx, limit=3)), len(claim(tx, "b:1")), len(claim(tx, "c:1", now=SOON))]

    assert await database.run(work) == [3, 2, 5]


async def test_many_claiming_at_once_share_without_overlap(database: Database) -> None:
    await database.run(lambda tx: queue(tx, 60))

    found = await asyncio.gather(
        *(database.run(lambda tx, n=n: claim(tx, f"p{n}:1", limit=20)) for n in range(6))
    )

    ids = [one.id for batch in found for one in batch]
    assert len(ids) == len(set(ids))


async def test_word_to_one_goes_before_word_to_many(database: Database) -> None:
    def work(tx: Tx) -> list[str]:
        queue(tx, 3, kind="many")
        queue(tx, 2, lane=Lane.NOTICE, kind="one")
        return [one.kind for one in claim(tx, limit=4)]

    assert await database.run(work) == ["one", "one", "many", "many"]


async def test_only_the_holder_begins_and_settles(database: Database) -> None:
    def work(tx: Tx) -> tuple[int, int, list[str], list[str]]:
        queue(tx, 1)
        (one,) = claim(tx)
        done = [Settled(id=one.id, verdict=accepted(), platform_msg_id="7")]
        foreign = claims.intend(tx, [one.id], holder="b:2", now=NOW, until=SOON)
        claims.settle(tx, done, holder="b:2", now=NOW)
        untouched = states(tx)
        mine = claims.intend(tx, [one.id], holder="a:1", now=NOW, until=SOON)
        claims.settle(tx, done, holder="a:1", now=NOW)
        return len(foreign), len(mine), untouched, states(tx)

    assert await database.run(work) == (0, 1, ["queued"], ["sent"])


async def test_what_a_dead_sender_was_sending_is_unknown_or_said_again(database: Database) -> None:
    def work(tx: Tx) -> tuple[list[str], list[str]]:
        queue(tx, 1, kind="summary")
        queue(tx, 1, lane=Lane.NOTICE, kind="reminder")
        ids = [one.id for one in claim(tx)]
        claims.intend(tx, ids, holder="a:1", now=NOW, until=SOON)
        claims.recover(tx, "telegram", now=NOW, repeatable={"reminder"})
        early = states(tx)
        claims.recover(tx, "telegram", now=SOON, repeatable={"reminder"})
        return early, states(tx)

    assert await database.run(work) == (["sending", "sending"], ["unknown", "queued"])


async def test_a_sender_that_wakes_up_late_changes_nothing(database: Database) -> None:
    def work(tx: Tx) -> list[str]:
        queue(tx, 1)
        (one,) = claim(tx)
        claims.intend(tx, [one.id], holder="a:1", now=NOW, until=SOON)
        claims.recover(tx, "telegram", now=SOON, repeatable=())
        claims.settle(tx, [Settled(id=one.id, verdict=accepted())], holder="a:1", now=SOON)
        return states(tx)

    assert await database.run(work) == ["unknown"]


async def test_what_is_past_its_time_is_stale_but_not_what_is_under_way(
    database: Database,
) -> None:
    def work(tx: Tx) -> tuple[int, list[str]]:
        queue(tx, 2)
        (one,) = claim(tx, limit=1, now=NOW + DAY - timedelta(seconds=30))
        claims.intend(tx, [one.id], holder="a:1", now=NOW, until=NOW + 2 * DAY)
        return claims.expire(tx, "telegram", now=NOW + DAY), states(tx)

    assert await database.run(work) == (1, ["sending", "stale"])


async def test_the_busy_questions_are_answered_by_their_indexes(sqlite_database: Database) -> None:
    asked = {
        "ix_outbox_due": "account = 'a' AND zone = 'z' AND lane = 1 AND not_before <= '2026'"
        " AND state = 'queued' ORDER BY not_before, id LIMIT 60",
        "ix_outbox_expiring": "state = 'queued' AND account = 'a' AND not_after <= '2026'",
        "ix_outbox_sending": "state = 'sending' AND account = 'a' AND lease_until <= '2026'",
    }

    def plans(tx: Tx) -> dict[str, str]:
        return {
            name: str(
                tx.execute(text(f"EXPLAIN QUERY PLAN SELECT id FROM outbox WHERE {where}")).all()  # noqa: S608
            )
            for name, where in asked.items()
        }

    found = await sqlite_database.read(plans)

    assert all(f"INDEX {name} " in plan for name, plan in found.items()), found
    assert "TEMP B-TREE" not in str(found)
