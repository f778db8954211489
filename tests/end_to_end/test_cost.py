"""What an answer costs the database, counted over the real conversation."""

import asyncio
from contextlib import asynccontextmanager
from statistics import mode

from bot.bootstrap import House
from bot.clock import SystemClock
from kkb_core.storage import Database
from tests.bot.test_bootstrap import settings
from tests.end_to_end.family import Family, open_village
from tests.end_to_end.telegram_server import Person, telegram_server
from tests.end_to_end.test_family import goes_on

INSERT = 1  # the update itself, kept before it is acknowledged
DONE = 1  # where others may hear the same person: the update is next, and the person locked
TURN = 3  # where they are; the answer; how it came
QUESTIONS = range(5, 16)


@asynccontextmanager
async def working(house: House, stop: asyncio.Event):
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(house.run(frozenset({"poll"})))
        try:
            yield
        finally:
            stop.set()


async def test_an_answer_is_at_most_four_statements_beside_its_own_insert(
    database: Database, database_url: str
) -> None:
    code, stop = await open_village(database), asyncio.Event()
    statements, hops = [], []

    async with telegram_server() as server:
        given = settings(database_url, server=server.address)
        family = Family(Person(server, 11), code)
        async with working(House(given, database, SystemClock(), stop), stop):
            await family.begin()
            for until in QUESTIONS:
                before = len(family.taps), database.statements, database.transactions
                await goes_on(family, until)
                taps = len(family.taps) - before[0]
                if taps == 1:  # tapped, not typed or ticked
                    statements.append(database.statements - before[1])
                    hops.append(database.transactions - before[2])

    assert len(statements) >= 5
    assert mode(statements) == INSERT + TURN + (DONE if database.shared else 0)
    assert mode(hops) == (2 if database.shared else 1)
