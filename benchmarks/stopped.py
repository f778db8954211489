"""Replies beside a bulk lane that a 429 of 10,000 s has stopped, and beside one that sends."""

import asyncio
from datetime import timedelta
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.outbox import enqueue, make_people, make_sender
from kkb_core.errors import Throttled
from kkb_core.messaging import Address, Channel, Language, MsgOut, Text
from kkb_core.outbox import Pacer
from kkb_core.storage import Database, migrating, people

REPLIES = 200
QUEUED = 5_000
ROUND_TRIP = 0.03  # seconds
APART = 0.02  # seconds from one reply to the next
ROUNDS = 3
TALKER = "talker"


class Platform:
    """Takes whatever comes after one round trip; the bulk lane only while it is not *shut*."""

    def __init__(self, *, shut: bool) -> None:
        self._shut = shut
        self.taken = 0

    async def show(self, address: Address, _msg: MsgOut) -> list[str]:
        """Say that it is there, or that the lane is to wait. Raises Throttled."""
        await asyncio.sleep(ROUND_TRIP)
        if self._shut and address.id != TALKER:
            raise Throttled(timedelta(seconds=10_000))
        self.taken += address.id != TALKER
        return ["1"]


def main(replies: int = REPLIES) -> None:
    """Print the 95th percentile of both, in turn, and how they stand to each other."""
    for _ in range(ROUNDS):
        sends, sent = asyncio.run(_p95(replies, shut=False))
        waits, none = asyncio.run(_p95(replies, shut=True))
        print(
            f"  p95 of {replies} replies: lane sends ({sent} sent) {sends * 1e3:.1f} ms,"
            f" lane stopped ({none} sent) {waits * 1e3:.1f} ms: {waits / sends:.2f} x"
        )


async def _p95(replies: int, *, shut: bool) -> tuple[float, int]:
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/kkb.db"
        migrating.migrate(url)
        database = Database.open(url)
        await database.run(lambda tx: make_people(tx, range(1, QUEUED + 1)))
        await database.run(lambda tx: enqueue(tx, 1))
        platform, pacer, stop = Platform(shut=shut), Pacer(), asyncio.Event()
        sender = make_sender(database, platform, pacer=pacer)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sender.run(stop))
            await asyncio.sleep(1)  # the lane goes, or has been told to wait
            took = [await _reply(database, platform, pacer) for _ in range(replies)]
            stop.set()
        await database.close()
    return sorted(took)[len(took) * 95 // 100], platform.taken


async def _reply(database: Database, platform: Platform, pacer: Pacer) -> float:
    """Seconds from a message of somebody to our answer, a turn and a round trip."""
    await asyncio.sleep(APART)
    begun = perf_counter()
    await database.run(lambda tx: people.set_language(tx, 1, Language.ID))
    pacer.interactive(TALKER, now=asyncio.get_running_loop().time())
    await platform.show(Address(Channel.TELEGRAM, TALKER), MsgOut(text=Text.of("Baik")))
    return perf_counter() - begun
