"""The bot as a process that may be killed at any await, over virtual time, and started anew."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.bootstrap import put_together
from bot.settings import Settings
from bot.telegram.app import connect
from kkb_core.messaging import Picture
from kkb_core.storage import Database, Tx
from tests.virtual_time import VirtualLoop
from tests.year.bot_api import TOKEN, BotApi, PollsInMemory, SendsInMemory

T = TypeVar("T")

SETTINGS = Settings.model_validate({"telegram": {"token": TOKEN}})
STARTS_AFTER = 5.0  # seconds until who watches over the process has started it anew


@dataclass
class Wall:
    """The village's clock: the loop's seconds, and the hours nobody waits through."""

    start: datetime
    jumped: timedelta = timedelta()
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    def now(self) -> datetime:
        return self.start + self.jumped + timedelta(seconds=self.loop.time())

    def until(self, moment: datetime) -> None:
        """Let time pass until *moment*; a moment that has gone by stays so."""
        self.jumped += max(moment - self.now(), timedelta())


class Killed:
    """What a process sees of the world until its *dies_at*-th await; then nothing of it goes on."""

    def __init__(self) -> None:
        self.points = 0
        self.dies_at = 0
        self.dead = asyncio.Event()

    def within(self, points: int) -> None:
        """It dies at the so-manieth await from here."""
        self.dies_at = self.points + points

    async def point(self) -> None:
        self.points += 1
        if self.points == self.dies_at:
            self.dead.set()
        if self.dead.is_set():
            await asyncio.Event().wait()


class MortalDatabase:
    """A database as a process has it: work is under way in real time, and may be the last."""

    def __init__(self, database: Database, point: Callable[[], Awaitable[None]]) -> None:
        self._database = database
        self._point = point
        self.url, self.shared = database.url, database.shared
        self.trouble = None

    async def run(self, work: Callable[[Tx], T]) -> T:
        return await self._mortal(self._database.run(work))

    async def run_all(self, works: Sequence[Callable[[Tx], T]]) -> list[T | Exception]:
        return await self._mortal(self._database.run_all(works))

    async def read(self, work: Callable[[Tx], T]) -> T:
        return await self._mortal(self._database.read(work))

    async def _mortal(self, working: Any) -> Any:
        task = asyncio.ensure_future(_outside(working))
        await self._point()
        done = await asyncio.shield(task)  # what has begun is committed, whoever dies
        await self._point()
        return done


async def _outside(working: Awaitable[T]) -> T:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.outside += 1
    try:
        return await working
    finally:
        loop.outside -= 1


class Supervised:
    """Keeps a process of the bot running; `beat` has the clock tick in whatever process there is."""

    def __init__(self, database: Database, server: BotApi, wall: Wall) -> None:
        self._database = database
        self._server = server
        self._wall = wall
        self._bell = asyncio.Event()
        self._ticked = asyncio.Event()
        self._up = asyncio.Event()
        self._up.set()
        self.life = Killed()
        self.kills = 0

    async def run(self) -> None:
        """A process after the other, until cancelled; what one of them raises is raised."""
        while True:
            await self._up.wait()
            self.life = Killed()
            async with asyncio.TaskGroup() as tasks:
                living = tasks.create_task(self._live(self.life))
                dying = tasks.create_task(self.life.dead.wait())
                await asyncio.wait({living, dying}, return_when=asyncio.FIRST_COMPLETED)
                living.cancel()
                dying.cancel()
            self.kills += 1
            await asyncio.sleep(STARTS_AFTER)

    async def beat(self) -> None:
        """The clock has ticked, wholly."""
        self._ticked.clear()
        self._bell.set()
        await self._ticked.wait()

    def down(self) -> None:
        """No process from here on."""
        self._up.clear()
        self.life.dead.set()

    def up(self) -> None:
        """There may be one again."""
        self._up.set()

    async def _live(self, life: Killed) -> None:
        account = await connect(
            TOKEN,
            api_base_url="https://bot.example",
            sends=SendsInMemory(self._server, life.point),
            polls=PollsInMemory(self._server, life.point),
        )
        mortal: Any = MortalDatabase(self._database, life.point)
        made = put_together(SETTINGS, account, database=mortal, clock=self._wall, draw=drawn)
        never = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(made.bot.run(never))
            tasks.create_task(made.sender.run(never))
            tasks.create_task(self._tick(made.ticker.tick, made.sender.nudge))

    async def _tick(
        self, tick: Callable[[datetime], Awaitable[None]], nudge: Callable[[], None]
    ) -> None:
        # As Ticker.run: at once, and then at each beat. Its APScheduler waits in real time.
        while True:
            await tick(self._wall.now())
            nudge()
            self._ticked.set()
            await self._bell.wait()
            self._bell.clear()


def drawn(_: Picture) -> bytes:
    """Pictures are looked at elsewhere."""
    return b"\x89PNG"
