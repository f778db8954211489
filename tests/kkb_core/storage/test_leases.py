"""Only one has it at a time, and an old holder is told from a new one."""

import asyncio
from datetime import timedelta

from kkb_core.storage import Database, Tx, leases
from kkb_core.storage.leases import Lease
from tests.kkb_core.storage.village import NOW

LASTS = timedelta(seconds=10)


def take(tx: Tx, owner: str, *, after: float = 0) -> Lease | None:
    now = NOW + timedelta(seconds=after)
    return leases.take(tx, "sender:telegram", owner, now=now, until=now + LASTS)


async def test_the_second_waits_until_the_first_says_nothing_more(database: Database) -> None:
    def work(tx: Tx) -> list[str | None]:
        taken = [take(tx, "a"), take(tx, "b", after=9), take(tx, "a", after=9)]
        taken += [take(tx, "b", after=18), take(tx, "b", after=20), take(tx, "a", after=21)]
        return [None if one is None else one.holder for one in taken]

    assert await database.run(work) == ["a:1", None, "a:1", None, "b:2", None]


async def test_a_lease_given_back_is_free_at_once(database: Database) -> None:
    def work(tx: Tx) -> Lease | None:
        first = take(tx, "a")
        assert first is not None
        leases.give_back(tx, first, now=NOW)
        return take(tx, "b", after=0.1)

    assert (await database.run(work)) is not None


async def test_of_many_who_ask_at_once_one_gets_it(database: Database) -> None:
    asked = [database.run(lambda tx, who=f"p{n}": take(tx, who)) for n in range(6)]

    taken = [one for one in await asyncio.gather(*asked) if one is not None]

    assert len(taken) == 1


async def test_a_pause_is_kept_and_the_longer_one_counts(database: Database) -> None:
    def work(tx: Tx) -> Lease | None:
        take(tx, "a")
        for seconds in (60, 600, 30):
            leases.hold_off(tx, "sender:telegram", until=NOW + timedelta(seconds=seconds))
        return take(tx, "b", after=11)

    lease = await database.run(work)

    assert lease is not None
    assert lease.not_before == NOW + timedelta(seconds=600)
