"""A village's year: its days and hours on a clock of its own, through everything the bot is made of."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from kkb_core import definitions
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import areas, inviting
from kkb_core.storage import Database, Tx
from tests.year.bot_api import BotApi
from tests.year.people import Admin, Family, Worker, habits
from tests.year.process import Supervised, Wall, _outside

T = TypeVar("T")

VILLAGE = "33.75.04.1004"
ZONE = ZoneInfo("Asia/Jakarta")
FIRST = date(2026, 3, 9)  # a Monday
DAY = timedelta(days=1)
WEEK = 7
EVENINGS = tuple(18 * 60 + 35 + 25 * n for n in range(5))  # the last one is 20.15
HOURS = (5 * 60 + 15, 7 * 60 + 5, 8 * 60 + 10, 10 * 60, 13 * 60 + 10, 16 * 60, *EVENINGS)
FEWER = (7 * 60 + 5, 10 * 60, 13 * 60 + 10, 16 * 60, 18 * 60 + 40, 20 * 60 + 20)
ANNOUNCING, WORKING, SITTING = 10 * 60, 13 * 60 + 10, 16 * 60
KILLED_WITHIN = 120  # awaits

Check = Callable[[Tx, "Village"], None]


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large a village, how long, how closely looked at."""

    families: int
    cadres: int
    places: int  # RWs, and RTs in each
    weeks: int
    kills: float  # chance of one, an hour
    down_on: int  # the day without a process
    hours: tuple[int, ...] = HOURS
    eager: bool = False  # families that answer soon, for a short look


@dataclass(repr=False)  # a failed claim would spell out the whole year
class Village:
    """The people, the programme and the clock. `each_tick` and `each_day` are what must hold."""

    database: Database
    size: Size
    draw: Random
    families: list[Family] = field(default_factory=list)
    cadres: list[Worker] = field(default_factory=list)
    each_tick: list[Check] = field(default_factory=list)
    each_day: list[Check] = field(default_factory=list)
    _months: set[int] = field(default_factory=set)
    code: str = ""
    day: int = 0

    def __post_init__(self) -> None:
        self.wall = Wall(datetime.combine(FIRST, time(4), ZONE).astimezone(UTC))
        self.server = BotApi(self.wall.now)
        self.bot = Supervised(self.database, self.server, self.wall)

    @property
    def workers(self) -> list[Worker]:
        """Everybody with a role."""
        return [*self.cadres, self.coordinator, self.officer, self.admin, self.second]

    async def look(self, check: Callable[[Tx], T]) -> T:
        """Read the database beside the bot, whoever lives."""
        return await _outside(self.database.read(check))

    async def live(self) -> None:
        """The whole of it."""
        codes = await _outside(self.database.run(self._settle))
        self._people(codes)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(self.bot.run())
            await self.bot.beat()
            await _all(one.begins() for one in self.workers)
            for day in range(self.size.weeks * WEEK + 1):
                self.day = day
                await self._day()
            await self._rest()
            running.cancel()

    def _settle(self, tx: Tx) -> list[str]:
        areas.add_area(tx, VILLAGE)
        now = self.wall.now()
        asked = definitions.load().current
        areas.open_round(tx, VILLAGE, questionnaire=asked, now=now)
        self.code = inviting.village_code(tx, Scope(VILLAGE), by=None, now=now).code
        grants = [
            *(Grant(Role.CADRE, scope) for scope in self._parts()),
            Grant(Role.COORDINATOR, Scope(VILLAGE)),
            Grant(Role.PROTECTION, Scope(VILLAGE)),
            Grant(Role.ADMIN, Scope(VILLAGE)),
            Grant(Role.ADMIN, Scope(VILLAGE)),
        ]
        return [inviting.invite_to_role(tx, one, by=None, now=now).code for one in grants]

    def _parts(self) -> Iterable[Scope]:
        """An RW for each cadre; who comes after them looks after an RT beside."""
        for number in range(self.size.cadres):
            rw, more = number % self.size.places + 1, number // self.size.places
            yield Scope(VILLAGE, rw, more or None)

    def _people(self, codes: list[str]) -> None:
        *mine, coordinator, officer, admin, second = codes
        known = {"server": self.server}
        self.cadres = [
            Worker(
                id=9_000 + n, draw=self._own(), code=one, does=("tasks", "tasks", "fill"), **known
            )
            for n, one in enumerate(mine)
        ]
        self.coordinator = Worker(
            id=9_100, draw=self._own(), code=coordinator, does=("tasks",), **known
        )
        self.officer = Worker(id=9_200, draw=self._own(), code=officer, does=("cases",), **known)
        self.admin = Admin(id=9_300, draw=self._own(), code=admin, **known)
        self.second = Admin(id=9_301, draw=self._own(), code=second, **known)
        for _ in range(self.size.families):
            self._family(self.code)

    def _family(self, code: str) -> None:
        draw = self._own()
        self.families.append(
            Family(
                id=1_000 + len(self.families),
                server=self.server,
                draw=draw,
                code=code,
                places=self.size.places,
                habits=habits(draw, self.size.weeks * WEEK, eager=self.size.eager),
                joins=self._family,
            )
        )

    def _own(self) -> Random:
        return Random(self.draw.random())

    # -- a day ---------------------------------------------------------------------------------

    async def _day(self) -> None:
        if self.day == self.size.down_on:
            self.bot.down()
        if self.day == self.size.down_on + 1:
            self.server.holding = True
            self.bot.up()
        for minute in self.size.hours:
            self.wall.until(self._at(minute))
            await self._hour(minute)
        if self.day != self.size.down_on:
            for check in self.each_day:
                await self.look(lambda tx, each=check: each(tx, self))

    async def _rest(self) -> None:
        """Two mornings more, on which nobody does anything and nothing dies."""
        for _ in range(2):
            self.day += 1
            self.wall.until(self._at(self.size.hours[0]))
            self.bot.life.dies_at = 0
            await self.bot.beat()
            for check in self.each_tick:
                await self.look(lambda tx, each=check: each(tx, self))
            await asyncio.sleep(120)

    def _at(self, minute: int) -> datetime:
        begins = datetime.combine(FIRST + self.day * DAY, time(minute // 60, minute % 60), ZONE)
        return begins.astimezone(UTC)

    async def _hour(self, minute: int) -> None:
        if self.day == self.size.down_on:
            await self._people_do(minute)
            return
        if self.draw.random() < self.size.kills:
            self.bot.life.within(self.draw.randrange(1, KILLED_WITHIN))
        await self.bot.beat()
        for check in self.each_tick:
            await self.look(lambda tx, each=check: each(tx, self))
        self.server.release()
        await self._quiet()
        await self._people_do(minute)
        await self._quiet()

    async def _people_do(self, minute: int) -> None:
        if minute == ANNOUNCING:
            await self._announce()
        elif minute == WORKING:
            await _all(one.works() for one in self._at_work())
        elif minute == SITTING:
            await _all([self._lives(one) for one in self.families])
        else:
            await _all([one.heeds() for one in self.families])

    async def _lives(self, family: Family) -> None:
        await asyncio.sleep(family.draw.uniform(0, 20))
        await family.lives(self.day)

    def _at_work(self) -> list[Worker]:
        return [
            one
            for one in (*self.cadres, self.coordinator, self.officer)
            if one.draw.random() < 0.3
        ]

    async def _announce(self) -> None:
        """On the second day of each month of four weeks, until it is on its way."""
        month, day = divmod(self.day, 28)
        if await self.second.agrees():
            await asyncio.sleep(1)
        is_time = day >= 2 and day % 3 == 2 and month not in self._months
        if is_time and await self.admin.announces(month + 1):
            self._months.add(month)

    async def _quiet(self) -> None:
        """Until nothing more is said: the sender has sent what is due."""
        before = -1
        while before != len(self.server.said):
            before = len(self.server.said)
            await asyncio.sleep(3)


async def _all(doing: Iterable[Awaitable[Any]]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for one in doing:
            tasks.create_task(_coroutine(one))


async def _coroutine(one: Awaitable[Any]) -> Any:
    return await one


__all__ = ["FIRST", "VILLAGE", "ZONE", "Coroutine", "Size", "Village"]
