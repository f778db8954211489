"""What an answer costs by itself, and as households become many: intake and turn, no network.

`python -m benchmarks turns [N]`: with 1,000 and N (a million) open interviews on SQLite. The people who answer are
spread over all of them, 32 at once; CPU is the whole process's.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import psutil
import structlog
from sqlalchemy import text

from benchmarks.bots.entrants import command_of, free_port, village_code
from benchmarks.bots.measuring import peak, serving, until_ready
from benchmarks.bots.server import Street, choice
from bot.clock import SystemClock
from bot.conversations.router import Conversations
from bot.telegram import render
from bot.telegram.intake import Intake
from bot.telegram.turns import Turns
from kkb_core import definitions
from kkb_core.messaging import Address, MsgIn, MsgOut
from kkb_core.storage import Database, Tx

SIZES = (1_000, 1_000_000)
PEOPLE = 128
AT_ONCE = 32
WARM = 10  # answers of each person before it counts
COUNTED = 10
STARTS = 3
FIRST = 1_000_000  # the id after which made-up people begin

# One family that stands at its first question, as often as wanted, each with ids of its own.
COPIES = (
    (
        "INSERT INTO people (id, language, status, adult_confirmed_at, created_at) "
        "SELECT n.i, language, status, adult_confirmed_at, created_at FROM people, n WHERE id = 1"
    ),
    (
        "INSERT INTO addresses (channel, address, person_id) "
        "SELECT channel, CAST(n.i AS TEXT), n.i FROM addresses, n WHERE person_id = 1"
    ),
    (
        "INSERT INTO households (id, public_id, area_code, rw, rt, label, created_at) "
        "SELECT n.i, CAST(n.i AS TEXT), area_code, rw, rt, label, created_at FROM households, n WHERE id = 1"
    ),
    (
        "INSERT INTO memberships (person_id, household_id, relation, joined_at) "
        "SELECT n.i, n.i, relation, joined_at FROM memberships, n WHERE person_id = 1"
    ),
    (
        "INSERT INTO interviews (id, household_id, round_id, questionnaire, digest, answers, places, "
        "started_at, updated_at) SELECT n.i, n.i, round_id, questionnaire, digest, answers, "
        "replace(places, '\"1\":', '\"' || n.i || '\":'), started_at, updated_at "
        "FROM interviews, n WHERE id = 1"
    ),
    (
        "INSERT INTO conversations (person_id, topic, state, household_id, interview_id, updated_at) "
        "SELECT n.i, topic, state, n.i, n.i, updated_at FROM conversations, n WHERE person_id = 1"
    ),
)
NUMBERS = (
    "WITH RECURSIVE n(i) AS (SELECT :first + 1 UNION ALL SELECT i + 1 FROM n WHERE i < :last) "
)


def main(most: int = SIZES[-1]) -> None:
    """Print what an answer costs with few and with many open interviews, and how long starting takes."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for size in (SIZES[0], most):
        with TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/kkb.db"
            code = village_code(url)
            cpu, wall = asyncio.run(_measured(url, code, size))
            began = perf_counter()
            asyncio.run(_opened(url))
            starting = (perf_counter() - began) * 1e3
            resident = psutil.Process().memory_info().rss / 1e6
            megabytes = Path(folder, "kkb.db").stat().st_size / 1e6
            ready, highest = _whole_process(Path(folder), url)
            print(
                f"{size:>9,} open interviews: {cpu:,.0f} us CPU, {wall:,.0f} us an answer; "
                f"opened and looked through in {starting:.0f} ms; "
                f"file {megabytes:,.0f} MB, process {resident:,.0f} MB; "
                f"a whole process is ready after {ready:.2f} s with {highest:,.0f} MB at most"
            )


def _whole_process(folder: Path, url: str) -> tuple[float, float]:
    """Seconds from starting the bot until it is ready, and its peak megabytes: the middle of three."""
    found = []
    with serving() as server:
        for number in range(STARTS):
            port = free_port()
            command = command_of(folder / f"{number}.toml", server.address, url, port=port)
            began = perf_counter()
            process = psutil.Popen([*command, "run"], stdout=DEVNULL, stderr=DEVNULL)
            try:
                until_ready(port)
                found.append((perf_counter() - began, peak(process) / 1e6))
            finally:
                process.kill()
                process.wait()
    return sorted(found)[STARTS // 2]


async def _opened(url: str) -> None:
    """What a start asks of the database: what was kept and never done."""
    database = Database.open(url)
    phones = Phones(database)
    await phones.intake.recover()
    await database.close()


async def _measured(url: str, code: str, size: int) -> tuple[float, float]:
    database = Database.open(url)
    phones = Phones(database)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(phones.turns.run(tasks))
            data = await phones.walk_in(code)
            await database.run(lambda tx: _copy(tx, size))
            step = size // PEOPLE
            people = [FIRST + 1 + number * step for number in range(PEOPLE)]
            phones.waiting.extend((one, data.replace(":1:", f":{one}:", 1)) for one in people)
            await phones.answer(PEOPLE * WARM)
            cpu, wall = process_time(), perf_counter()
            await phones.answer(PEOPLE * COUNTED)
            cpu, wall = process_time() - cpu, perf_counter() - wall
            phones.turns.close()
    finally:
        await database.close()
    return cpu / (PEOPLE * COUNTED) * 1e6, wall / (PEOPLE * COUNTED) * 1e6


def _copy(tx: Tx, size: int) -> None:
    for statement in COPIES:
        where, into = statement.index("SELECT"), statement
        made = f"{into[:where]}{NUMBERS}{into[where:]}"
        tx.execute(text(made), {"first": FIRST, "last": FIRST + size})


@dataclass(slots=True)
class Phones:
    """People who tap the first answer of what they are shown."""

    database: Database
    waiting: deque[tuple[int, str]] = field(default_factory=deque)
    street: Street = field(default_factory=Street)
    turns: Turns = field(init=False)
    intake: Intake = field(init=False)
    _left: int = 0
    _all: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        replies: Any = self
        clock = SystemClock()
        self.turns = Turns(
            account="telegram:1",
            database=self.database,
            conversations=Conversations(definitions.load()),
            replies=replies,
            sorry=MsgOut(),
            clock=clock,
            afterwards=_nothing,
        )
        self.intake = Intake(
            account="telegram:1", database=self.database, turns=self.turns, clock=clock
        )

    async def reply(
        self, address: Address, msgs: Iterable[MsgOut], *, query: object = None
    ) -> bool:
        """What the bot says; the phone's owner knows at once what to tap."""
        for msg in msgs:
            render.messages(msg.text)
            if data := choice(render.keyboard(msg.replies)):
                self.waiting.append((int(address.id), data))
        self._left -= 1
        if not self._left:
            self._all.set()
        return query is not None

    async def walk_in(self, code: str) -> str:
        """The first family comes as far as its first question; what it would tap there."""
        self.street._writes(1, f"/start {code}")
        await self._push()
        while not self.waiting[0][1].startswith("a:"):
            await self.answer(1)
        return self.waiting.popleft()[1]

    async def answer(self, count: int) -> None:
        """So many taps, a batch at a time."""
        while count > 0:
            batch = [self.waiting.popleft() for _ in range(min(AT_ONCE, count, len(self.waiting)))]
            for chat, data in batch:
                self.street._taps(chat, data, 5)
            await self._push()
            count -= len(batch)

    async def _push(self) -> None:
        raws = list(self.street.updates)
        self.street.updates.clear()
        self._left = len(raws)
        self._all.clear()
        await self.intake.take(raws)
        await self._all.wait()


async def _nothing(_: MsgIn) -> None:
    """Nothing follows."""
