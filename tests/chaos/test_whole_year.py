"""A village's year through everything: bot, clock, sender, database, a Bot API server, and kills."""

import asyncio
from collections.abc import Iterator
from random import Random
from time import process_time
from typing import Any

import pytest
import structlog
from sqlalchemy import event

from kkb_core.storage import Database
from tests.chaos.lengths import LONG, seed
from tests.virtual_time import VirtualLoop, run_virtually
from tests.year.claims import Claims
from tests.year.village import FEWER, Size, Village

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(7_200)]

YEAR = Size(families=300, cadres=10, places=9, weeks=52, kills=0.03, down_on=126)
SHORT = Size(
    families=6, cadres=2, places=1, weeks=2, kills=0.1, down_on=7, hours=FEWER, eager=True
)
SHORTER = Size(families=4, cadres=2, places=2, weeks=1, kills=0.1, down_on=4, hours=FEWER)


@pytest.fixture
def troubles() -> Iterator[list[Any]]:
    """What is logged as an error; the rest is not looked at."""
    found: list[Any] = []

    def keep(_: Any, method: str, line: Any) -> Any:
        if method in ("error", "exception", "critical"):
            found.append(dict(line))
        raise structlog.DropEvent

    structlog.configure(processors=[structlog.processors.format_exc_info, keep])
    yield found
    structlog.reset_defaults()


def test_a_village_lives_through_it(sqlite_url: str, troubles: list[Any]) -> None:
    claims = lived(sqlite_url, YEAR if LONG else SHORT)

    assert not troubles, troubles[:3]
    assert claims.counts["functions"], "no function had enough households to be told of"


def test_the_same_on_postgresql(postgres_url: str, troubles: list[Any]) -> None:
    lived(postgres_url, SHORT if LONG else SHORTER)

    assert not troubles, troubles[:3]


def lived(url: str, size: Size) -> Claims:
    """A village that has lived so long, and all that was claimed of it."""
    claims, began = Claims(), process_time()

    async def living() -> None:
        database = _opened(url)
        village = Village(database, size, Random(seed()))
        village.each_tick.append(claims.the_week)
        village.each_day += [claims.the_day, lambda _tx, one: _progress(one)]
        try:
            await village.live()
            await village.look(lambda tx: claims.the_year(tx, village))
            claims.counts["kills"] = village.bot.kills
            claims.counts["messages"] = len(village.server.said)
        except BaseException:
            print(f"KKB_SEED={seed()}: day {village.day}, {village.wall.now()}")
            raise
        finally:
            loop = asyncio.get_running_loop()
            assert isinstance(loop, VirtualLoop)
            loop.outside += 1
            await database.close()
            loop.outside -= 1

    run_virtually(living())
    seconds = process_time() - began
    print(
        f"KKB_SEED={seed()}: {size.weeks} weeks in {seconds:.0f} s of CPU: {dict(claims.counts)}"
    )
    return claims


def _progress(village: Village) -> None:
    if village.day % 28 == 0:
        said, kills = len(village.server.said), village.bot.kills
        print(f"KKB_SEED={seed()}: day {village.day}, {said} messages, {kills} kills", flush=True)


def _opened(url: str) -> Database:
    """A database that does not wait for the disk: processes are killed here, machines are not."""
    database = Database.open(url)
    engine = getattr(database._backend, "_writing", None)
    if engine is not None:
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
    return database
