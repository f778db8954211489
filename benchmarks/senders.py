"""Two accounts' senders on PostgreSQL, each in a process of its own, beside one."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from time import monotonic, process_time, time

from sqlalchemy import select, update

from benchmarks.outbox import NOW, Nowhere, Unpaced, make_people, make_sender, wanted_for
from kkb_core.storage import Database, Tx, migrating, outbox, tables
from tests.databases import postgres_server

COUNT = 20_000
PAIRS = 3
ACCOUNTS = ("telegram", "whatsapp")
STARTS_IN = 3.0  # seconds, until every process is there
STOPS_SHORT = 400  # messages: the last few are claimed by ones and twos


def main(count: int = COUNT) -> None:
    """Figures of one sender and of two, *PAIRS* times in turn, *count* each."""
    server = postgres_server()
    name = server.create()
    try:
        url = server.url(name)
        migrating.migrate(url)
        _settle(url, count)
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            for pair in range(PAIRS):
                one = _together(pool, url, count, ACCOUNTS[:1], f"{pair}a")
                server.ask("VACUUM ANALYZE outbox", database=name)
                two = _together(pool, url, count, ACCOUNTS, f"{pair}b")
                server.ask("VACUUM ANALYZE outbox", database=name)
                print(
                    f"  one {one[0]:6.0f}/s, {one[1]:.0f} µs CPU each;"
                    f" two {two[0]:6.0f}/s, {two[1]:.0f} µs: {two[0] / one[0]:.2f} x"
                )
    finally:
        server.drop(name)


def _settle(url: str, count: int) -> None:
    database = Database.open(url)
    for start in range(1, 2 * count + 1, 10_000):
        ids = range(start, min(start + 10_000, 2 * count + 1))
        database.run_now(lambda tx, ids=ids: make_people(tx, ids))
    other = tables.addresses.c.person_id > count
    moved = update(tables.addresses).where(other).values(channel=ACCOUNTS[1])
    database.run_now(lambda tx: tx.execute(moved))


def _together(
    pool: ProcessPoolExecutor, url: str, count: int, accounts: tuple[str, ...], run: str
) -> tuple[float, float]:
    """Messages a second, and µs of CPU a message, that senders of *accounts* got through at the same time."""
    database = Database.open(url)
    for place, account in enumerate(accounts):
        some = range(place * count + 1, place * count + count + 1)
        database.run_now(lambda tx, some=some, account=account: _queue(tx, some, run + account))
    begins = time() + STARTS_IN
    running = [pool.submit(send, url, account, count, begins) for account in accounts]
    took = [one.result() for one in running]
    sent = count - STOPS_SHORT
    rate = sum(sent / seconds for seconds, _ in took)
    return rate, sum(used for _, used in took) / len(took) / sent * 1e6


def _queue(tx: Tx, some: range, key: str) -> None:
    tx.execute(tables.outbox.delete().where(tables.outbox.c.person_id.in_(some)))
    people = select(tables.people.c.id).where(
        tables.people.c.id >= some.start, tables.people.c.id < some.stop
    )
    outbox.put_for(tx, people, wanted_for(key, NOW() - timedelta(seconds=1)), now=NOW())


def send(url: str, account: str, count: int, begins: float) -> tuple[float, float]:
    """Send *count* messages of *account* from the moment *begins*; seconds by the clock, and of CPU."""
    return asyncio.run(_send(url, account, count, begins))


async def _send(url: str, account: str, count: int, begins: float) -> tuple[float, float]:
    database, stop, done = Database.open(url), asyncio.Event(), 0

    def told(outcome: str, number: int) -> None:
        nonlocal done
        done += number if outcome == "sent" else 0
        if done >= count - STOPS_SHORT:
            stop.set()

    sender = make_sender(database, Nowhere(), account=account, pacer=Unpaced(), told=told)
    await database.read(outbox.accounts)  # the connection is open
    await asyncio.sleep(max(begins - time(), 0.0))
    begun, used = monotonic(), process_time()
    while not stop.is_set():
        await sender.stint(stop)
    took, used = monotonic() - begun, process_time() - used
    await database.run(lambda tx: sender._desk.give_back(tx, now=NOW()))
    await database.close()
    return took, used
