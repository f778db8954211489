"""What a kota, a village and a Monday cost, beside a bare count-and-sum scan of the same rows.

Households of one kota in ten; ten kota are a size. PostgreSQL is measured where its wheel is.
"""

import asyncio
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from math import log
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import psutil
from sqlalchemy import func, select, text

from bot.conversations.summaries import words
from bot.demo.seeding import JENGGOT, seed
from kkb_core import definitions
from kkb_core.messaging import Address, Channel
from kkb_core.reports import pictures
from kkb_core.reports.tables import Format, write_table
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import summarising
from kkb_core.services.letters import Letter
from kkb_core.storage import Database, Tx, areas, migrating, people, roles, rollups, summaries
from kkb_core.storage.database import read_url
from kkb_core.storage.rollups import Rollup
from kkb_core.storage.sqlite import make_engine
from kkb_core.storage.standing import arrive
from kkb_core.storage.statements import inside
from kkb_core.storage.tables import FUNCTIONS, outbox, scores
from kkb_core.storage.tables import rollups as kept_rollups
from kkb_core.summary.tallies import added
from kkb_core.summary.week import figures_shown
from tests.databases import postgres_server

HOUSEHOLDS = 1_000_000
KOTAS, VILLAGES = 10, 27
RT_SIZE = 50
SEED = 20260309
ROUND = 1
ENOUGH = 0.5  # seconds
KOTA = "33.75"
WEEK = datetime(2026, 3, 9, tzinfo=UTC).date()
NOW = datetime(2026, 3, 16, 0, 5, tzinfo=UTC)
READ = definitions.load()
LIMITS = summarising.limits_of(READ)
Timed = dict[str, float]
Run = Callable[[Callable[[Tx], Any]], Any]


def main(size: int = HOUSEHOLDS) -> None:
    """Print the figures."""
    for name, databases in (("SQLite", _sqlite), ("PostgreSQL", _postgres)):
        print(f"-- {name}")
        _growth(databases, size)
    _workbook(size // KOTAS)
    _mondays(max(size // 10_000, 3))


# -- a kota ------------------------------------------------------------------------------------


@contextmanager
def _sqlite() -> Iterator[Run]:
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/kkb.db"
        migrating.migrate(url)
        engine = make_engine(read_url(url), foreign_keys=False)  # scores of nobody

        def run(work: Callable[[Tx], Any]) -> Any:
            with engine.begin() as connection:
                return work(Tx(connection))

        yield run
        engine.dispose()


@contextmanager
def _postgres() -> Iterator[Run]:
    server = postgres_server()
    name = server.create()
    migrating.migrate(server.url(name))
    database = Database.open(server.url(name))
    yield database.run_now
    asyncio.run(database.close())
    server.drop(name)


def _growth(databases: Callable[[], AbstractContextManager[Run]], size: int) -> None:
    kota = size // KOTAS
    found: list[Timed] = []
    for label, total, mine in (
        ("whole", size, kota),
        ("a kota of a tenth", size, kota // 10),
        ("a quarter in all", size // 4, kota),
    ):
        with databases() as run:
            found.append(_measured(run, total, kota=mine))
        _print(label, total, mine, found[-1])
    whole, small_kota, small_total = found
    for what in ("eight means", "by kelurahan"):
        in_kota = log(whole[what] / small_kota[what]) / log(10)
        in_total = log(whole[what] / small_total[what]) / log(4)
        print(f"{what}: growth exponent {in_kota:.2f} in the kota, {in_total:.2f} in the total")


def _print(label: str, size: int, kota: int, found: Timed) -> None:
    bare = found["bare scan"]
    figures = ", ".join(
        f"{what} {seconds * 1000:.2f} ms ({seconds / bare:.2f} x)"
        for what, seconds in found.items()
    )
    print(f"{label}: {kota:,} among {size:,}: {figures}")


def _measured(run: Run, size: int, *, kota: int) -> Timed:
    run(lambda tx: _fill(tx, size, kota))
    scope, village = Scope(KOTA), Scope(f"{KOTA}.01.1001")
    part = Scope(village.area, 1)  # 300 households, as many as a Kampung KB has
    asked: dict[str, Callable[[Tx], object]] = {
        "bare scan": lambda tx: tx.execute(
            select(func.count(), func.sum(scores.c.total)).where(
                scores.c.round_id == ROUND, inside(scores, scope), scores.c.counted
            )
        ).one(),
        "eight means": lambda tx: summaries.means(tx, scope, ROUND),
        "by kelurahan": lambda tx: summaries.figures_by_village(tx, scope, ROUND, limits=LIMITS),
        "roll-up": lambda tx: rollups.rollup(tx, scope, WEEK),
        "300 households": lambda tx: summaries.means(tx, part, ROUND),
        "300, bands": lambda tx: summaries.figures_by_village(tx, part, ROUND, limits=LIMITS),
        "a kelurahan": lambda tx: summaries.means(tx, village, ROUND),
    }
    return run(
        lambda tx: {
            what: _best(lambda work=work: work(tx), clock=_clock(tx))
            for what, work in asked.items()
        }
    )


def _clock(tx: Tx) -> Callable[[], float]:
    """CPU seconds of this process, and of the server's when the database is one."""
    if tx.dialect == "sqlite":
        return process_time
    tx.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))  # one process to look at
    server = psutil.Process(tx.execute(text("SELECT pg_backend_pid()")).scalar_one())

    def clock() -> float:
        spent = server.cpu_times()
        return process_time() + spent.user + spent.system

    return clock


def _best(work: Callable[[], object], *, clock: Callable[[], float], tries: int = 3) -> float:
    """The shortest mean of some runs; each lasts long beside the hundredths a server is counted in."""
    best = float("inf")
    for _ in range(tries):
        begun, runs = clock(), 0
        while (spent := clock() - begun) < ENOUGH or not runs:
            work()
            runs += 1
        best = min(best, spent / runs)
    return best


def _fill(tx: Tx, size: int, kota: int) -> None:
    """*size* scored households; *kota* of them in Pekalongan, the rest in other kota."""
    if tx.dialect == "postgresql":
        tx.execute(text("SET LOCAL session_replication_role = replica"))  # no foreign keys
    batch: list[dict[str, object]] = []
    for row in _score_rows(size, kota):
        batch.append(row)
        if len(batch) == 20_000:
            tx.execute(scores.insert(), batch)
            batch.clear()
    if batch:
        tx.execute(scores.insert(), batch)
    whole = added(summaries.figures_by_village(tx, Scope(KOTA), ROUND, limits=LIMITS).values())
    kept = Rollup(scope=Scope(KOTA), week=WEEK, round_id=ROUND, figures=figures_shown(whole))
    rollups.put_rollups(tx, [kept], now=NOW)
    tx.execute(text("ANALYZE"))


def _score_rows(size: int, kota: int) -> Iterator[dict[str, object]]:
    draw = Random(SEED)
    for number in range(size):
        mine = number < kota
        code = KOTA if mine else f"33.{10 + number % (KOTAS - 1):02d}"
        place = number if mine else number // (KOTAS - 1)
        village, home = place % VILLAGES, place // VILLAGES
        values = [draw.randint(300, 1000) if draw.random() < 0.9 else None for _ in range(9)]
        yield {
            "interview_id": number + 1,
            "household_id": number + 1,
            "round_id": ROUND,
            "area_code": f"{code}.{village // 7 + 1:02d}.{1001 + village % 7}",
            "rw": home // 300 + 1,
            "rt": home // RT_SIZE % 6 + 1,
            "pack": "delapan_fungsi",
            "pack_version": 1,
            **dict(zip((*FUNCTIONS, "total"), values, strict=True)),
            "states": {},
            "ibangga": draw.randint(300, 900),
            "ketenteraman": None,
            "kemandirian": None,
            "kebahagiaan": None,
            "krs": draw.random() < 0.3,
            "parts": {},
            "scored_at": NOW,
            "counted": True,
        }


# -- a workbook --------------------------------------------------------------------------------


def _workbook(rows: int) -> None:
    columns = 20
    with TemporaryDirectory() as folder:
        before = _peak_megabytes()
        begun = process_time()
        count = write_table(Path(folder, "kota.xlsx"), _cells(rows, columns), Format.XLSX)
        took = process_time() - begun
    print(
        f"XLSX: {count:,} households, {count * columns / took:,.0f} cells a second of CPU, "
        f"peak {before:.0f} -> {_peak_megabytes():.0f} MB"
    )


def _cells(rows: int, columns: int) -> Iterator[list[str | float]]:
    yield [f"c{number}" for number in range(columns)]
    for row in range(rows):
        yield [f"{row:016x}", "33.75.04.1004", *(row % 1000 / 10 for _ in range(columns - 2))]


def _peak_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


# -- a Monday ----------------------------------------------------------------------------------

VILLAGE = 300  # households
CADRES = 10


def _mondays(villages: int) -> None:
    """The same village told as often as there are villages; nothing is remembered between."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/kkb.db"
        migrating.migrate(url)
        database = Database.open(url)
        then = NOW - timedelta(days=170)
        database.run_now(_people_a_village)
        spent = [0.0, 0.0, 0.0]
        for _ in range(villages):
            database.run_now(lambda tx: tx.execute(outbox.delete()))
            database.run_now(lambda tx: tx.execute(kept_rollups.delete()))
            pictures.forget_drawn()
            for at, seconds in enumerate(_monday(database, then)):
                spent[at] += seconds
        asyncio.run(database.close())
    figures, words, drawing = (seconds / villages * 1000 for seconds in spent)
    print(
        f"Monday, {villages} villages of {VILLAGE} households with {CADRES} cadres: "
        f"{figures:.1f} ms figures, {words:.1f} ms words, {drawing:.1f} ms drawing a village; "
        f"1,000 villages {figures + words + drawing:.0f} s of CPU"
    )


def _people_a_village(tx: Tx) -> None:
    seed(tx, READ, now=NOW, households=VILLAGE)
    for number in range(CADRES - 1):  # the seeded village has one
        person = arrive(tx, Address(Channel.WEB, f"kader-{number}"), now=NOW).person.id
        where = Scope(JENGGOT, number // 3 + 1, number % 3 + 1)
        roles.grant_role(tx, person, Grant(Role.CADRE, where), now=NOW)


def _monday(database: Database, now: datetime) -> Iterator[float]:
    area = database.run_now(lambda tx: areas.area(tx, JENGGOT))
    assert area is not None
    monday = summarising.week_due(area, summarising.Hour(), now)
    assert monday is not None
    begun = process_time()
    database.run_now(lambda tx: summarising.enqueue(tx, READ, area, monday=monday, now=now))
    yield process_time() - begun
    queued = database.run_now(_letters)
    assert len(queued) == CADRES
    begun = process_time()
    # A batch of messages is worded in the transaction that claims it.
    told = database.run_now(lambda tx: words(tx, queued, now))
    yield process_time() - begun
    begun = process_time()
    for message in told:
        assert message is not None
        assert message.picture is not None
        pictures.draw(message.picture)
    yield process_time() - begun


def _letters(tx: Tx) -> list[Letter]:
    rows = tx.execute(select(outbox.c.person_id, outbox.c.params)).all()
    found = [(people.person(tx, row.person_id), row.params) for row in rows]
    return [
        Letter(id=number, kind=summarising.KIND, params=params, person=person)
        for number, (person, params) in enumerate(found)
        if person is not None
    ]
