"""Who lives in the village: what they do with their phones, each by their own habits."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from kkb_core.i18n import say
from kkb_core.messaging import Address, Channel, Language, MsgIn, QuickReply
from kkb_core.storage.standing import Standing
from tests.village_year import Phone
from tests.year.bot_api import BotApi, Chat

PATIENCE = 45.0  # seconds until who gets no answer puts the phone away
QUIET = 0.2  # seconds after which nothing more comes
AGREES = 0.7  # at once; the others think about it like about any two buttons
SELDOM = 0.05  # of those who have answered everything write all the same
THINKS = (0.2, 1.2)  # seconds before each answer

CODE = re.compile(r"\b[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}\b")
PERMITS = re.compile(r"permit:\w+:yes")
FORM = re.compile(r"\bRT\d{2}-\d+\b")

REACTIONS = {  # to what comes unasked
    "remind:on": 20, "remind:later": 3, "hour:": 5, "change:none": 10, "change:": 0.3, "came:": 5,
    "told:": 5,
}  # fmt: skip


class Sitter(Phone):
    """The phone of the conversations' own year, which reads its screen instead of the database."""

    places = 3

    def does(self, here: Standing | None) -> MsgIn:
        words = self.screen.newest  # type: ignore[attr-defined]
        if _says(words, "join.rw", "join.rt"):
            return self._writes(str(self.draw.randint(1, self.places)))
        for msg_id, button in self.screen.buttons():
            if PERMITS.fullmatch(button.data) and self.draw.random() < AGREES:
                return self._taps(msg_id, button.data)
        return super().does(here)

    def _types(self, here: Standing | None) -> MsgIn:
        words = self.screen.newest  # type: ignore[attr-defined]
        asked = not words or _says(words, "join.ask")
        return self._writes(f"/start {self.code}" if asked else "/lanjut")


def _says(words: str, *keys: str) -> bool:
    return any(say(key, language) in words for key in keys for language in Language)


@dataclass
class Somebody:
    """A phone and what its person can do with it."""

    id: int
    server: BotApi
    draw: Random

    @property
    def chat(self) -> Chat:
        return self.server.chats[self.id]

    async def says(self, text: str) -> bool:
        """Write; whether there was an answer."""
        before = self.chat.moves
        self.server.written(self.id, text)
        return await self._answered(before)

    async def taps(self, *starts: str) -> bool:
        """Tap the first button whose data begins so, on the last message with buttons."""
        for start in starts:
            for msg_id, button in self.chat.buttons():
                if button.data.startswith(start):
                    return await self.taps_at(msg_id, button)
        return False

    async def taps_at(self, msg_id: str, button: QuickReply) -> bool:
        before = self.chat.moves
        self.server.tapped(self.id, msg_id, button.data)
        return await self._answered(before)

    async def reacts(self, weights: dict[str, float]) -> bool:
        """Tap one of the last buttons, by its weight; whether there was one, and an answer."""
        found = self.chat.buttons()
        chances = [weight_of(button.data, weights) for _, button in found]
        return any(chances) and await self.taps_at(*self.draw.choices(found, chances)[0])

    async def _answered(self, before: int) -> bool:
        until = asyncio.get_running_loop().time() + PATIENCE
        while self.chat.moves == before:
            if asyncio.get_running_loop().time() > until:
                return False
            await asyncio.sleep(QUIET)
        await asyncio.sleep(QUIET)
        self.chat.unread.clear()
        return True


def weight_of(data: str, weights: dict[str, float]) -> float:
    return next((weight for start, weight in weights.items() if data.startswith(start)), 0)


KINDS_OF_FAMILIES = ((0.4, 0.9, 50), (0.12, 0.6, 12), (0.02, 0.5, 25), (0.05, 0.05, 8))


@dataclass
class Habits:
    """How a family's phone is used. Days count from the beginning; none is never."""

    writes: float  # chance of a sitting by itself, a day
    heeds: float  # chance that what comes unasked is answered
    most: int  # answers in one sitting
    pauses_on: int | None = None
    stops_on: int | None = None
    erases_on: int | None = None
    blocks_on: int | None = None
    returns_on: int | None = None
    invites_on: int | None = None
    second_on: int | None = None  # another family on the same phone


def habits(draw: Random, days: int, *, eager: bool = False) -> Habits:
    """Quick ones, slow ones, forgetting ones; some pause, stop, erase, block, or share a phone."""
    writes, heeds, most = (0.5, 0.9, 60) if eager else draw.choice(KINDS_OF_FAMILIES)
    made = Habits(writes, heeds, most)
    day = lambda: draw.randrange(3, days)  # noqa: E731
    luck = draw.random()
    if luck < 0.08:
        made.pauses_on = day()
    elif luck < 0.12:
        made.stops_on = day()
    elif luck < 0.15:
        made.erases_on = day()
    elif luck < 0.22:
        made.blocks_on = day()
        made.returns_on = made.blocks_on + draw.randrange(5, 60)
    elif luck < 0.27:
        made.second_on = day()
    elif luck < 0.36:
        made.invites_on = day()
    return made


@dataclass
class Family(Somebody):
    """A family's phone. `rests`, `left` and `blocked` are what was confirmed on its screen."""

    code: str = ""
    habits: Habits = field(default_factory=lambda: Habits(0.3, 0.5, 20))
    rests: list[tuple[datetime, datetime]] = field(default_factory=list)
    left: datetime | None = None
    blocked: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    joins: Callable[[str], None] = lambda code: None
    places: int = 3

    def __post_init__(self) -> None:
        self.sitter = Sitter(Address(Channel.TELEGRAM, str(self.id)), self.draw, self.code)
        self.sitter.screen = self.chat
        self.sitter.places = self.places

    @property
    def listens(self) -> bool:
        return self.left is None and self.id not in self.server.gone

    async def says(self, text: str) -> bool:
        if text.startswith(("/lanjut", "/start")):
            self._wakes()
        return await super().says(text)

    async def taps_at(self, msg_id: str, button: QuickReply) -> bool:
        if button.data.startswith("remind:on"):
            self._wakes()
        return await super().taps_at(msg_id, button)

    def _wakes(self) -> None:
        """Who goes on rests no longer."""
        if self.rests:
            begin, end = self.rests[-1]
            self.rests[-1] = (begin, min(end, self.server.now()))

    def listened(self, at: datetime) -> bool:
        """Whether they took announcements then: had not left, blocked nobody, did not rest."""
        gone = self.left is not None and self.left <= at
        away = any(begin <= at and (end is None or at <= end) for begin, end in self.blocked)
        return not (gone or away or any(begin <= at <= end for begin, end in self.rests))

    async def lives(self, day: int) -> None:
        """A day's own doings."""
        if self.left is not None:
            return
        await self._events(day)
        writes = self.habits.writes * (SELDOM if self.is_done else 1)
        if self.listens and self.draw.random() < writes:
            await self.sits(fresh=True)

    @property
    def is_done(self) -> bool:
        """Whether the screen asks for nothing more."""
        data = [one.data for _, one in self.chat.buttons()]
        ends = any(one.startswith(("home:edit", "result:")) for one in data)
        return ends and "home:on" not in data

    async def heeds(self) -> None:
        """What came unasked is on the screen."""
        if not self.listens or not self.chat.unread:
            return
        self.chat.unread.clear()
        if self.draw.random() < self.habits.heeds and await self.reacts(REACTIONS):
            await self.sits(fresh=False)

    async def sits(self, *, fresh: bool) -> None:
        """Answers for a while."""
        if fresh and self.draw.random() < 0.3 and not await self.says("/lanjut"):
            return
        for _ in range(self.draw.randint(3, self.habits.most)):
            await asyncio.sleep(self.draw.uniform(*THINKS))
            msg = self.sitter.does(None)
            if msg.tap is not None:
                found = next(one for one in self.chat.buttons() if one[1].data == msg.tap)
                answered = await self.taps_at(*found)
            else:
                answered = await self.says(msg.text or "/lanjut")
            if not answered or (msg.tap or "").endswith((":later", "home:enough")):
                return

    async def _events(self, day: int) -> None:
        own = self.habits
        now = self.server.now
        if day == own.pauses_on and await self.says("/jeda"):
            if await self.taps("pausing:month"):
                self.rests.append((now(), now() + timedelta(days=29)))
        elif day == own.stops_on and await self.says("/berhenti"):
            if await self.taps("stopping:yes"):
                self.left = now()
        elif day == own.erases_on and await self.says("/hapus"):
            if await self.taps("erasing:yes"):
                self.left = now()
        elif day == own.blocks_on:
            self.server.blocks(self.id, blocked=True)
            self.blocked.append((now(), None))
        elif day == own.returns_on and self.blocked:
            self.server.blocks(self.id, blocked=False)
            self.blocked[-1] = (self.blocked[-1][0], now())
            await self.says("/lanjut")
        elif day == own.invites_on and await self.says("/undang"):
            shown = "\n".join(str(one.text) for one in list(self.chat.messages.values())[-3:])
            if found := CODE.findall(shown):
                self.joins(found[0])
        elif day == own.second_on and await self.says(f"/start {self.code}"):
            await self.sits(fresh=False)


# -- people with work --------------------------------------------------------------------------

TASKS = {"task:open": 8, "task:met": 5, "task:referred": 2, "task:not_found": 1, "task:close": 5,
         "task:script": 0.5, "task:list": 3}  # fmt: skip
FILLS = {"fill:survey:yes": 9, "fill:survey:no": 1, "fill:contact": 5}
KEYS = ("1A 2A", "15A 16C 17B", "15B", "16A 17A 18B", "20A 21B")


@dataclass
class Worker(Somebody):
    """Somebody with a role: comes in by its code, and works now and then."""

    code: str = ""
    does: Sequence[str] = ()
    number: int = 0

    async def begins(self) -> None:
        """Takes up the role."""
        await self.says(f"/start {self.code}")
        await self.taps("lang:id")
        assert await self.says("/bantuan")

    async def works(self) -> None:
        """One thing of their work."""
        self.chat.unread.clear()
        match self.draw.choice(self.does):
            case "tasks":
                await self._walks()
            case "cases":
                await self._cases()
            case "fill":
                await self._fills()

    async def _walks(self) -> None:
        if not await self.says("/tugas"):
            return
        for _ in range(self.draw.randint(1, 6)):
            await asyncio.sleep(self.draw.uniform(*THINKS))
            if any(one.data.startswith("task:answer") for _, one in self.chat.buttons()):
                await self.taps("task:answer")
                await self.says("Baik Bu, nanti sore saya mampir.")
            elif not await self.reacts(TASKS):
                return

    async def _cases(self) -> None:
        if await self.says("/kasus") and await self.taps("case:open"):
            await self.reacts({"case:greet": 1, "case:list": 0, "case:": 2})

    async def _fills(self) -> None:
        """A family without a phone: noted down, asked to agree, keyed in from its form."""
        self.number += 1
        if not await self.says("/warga") or not await self.taps("res:add"):
            return
        for _ in range(3):
            if _says(self.chat.newest, "join.rw", "join.rt"):
                await self.says(str(self.draw.randint(1, 3)))
        await self.says(f"Mbah Karto {self.id} {self.number}")
        paper = FORM.search(self.chat.newest)
        if await self.taps("fill:begin"):
            while await self.reacts(FILLS):
                pass
        if paper:
            await self.says(f"/isikan {paper.group()}: {self.draw.choice(KEYS)}")


@dataclass
class Admin(Worker):
    """Announces to all once a month; a second person agrees."""

    announced: list[str] = field(default_factory=list)

    async def announces(self, month: int) -> bool:
        """Write, count, send; whether it is on its way."""
        text = f"Posyandu bulan {month}, Sabtu jam 8 di balai RW, kabar {len(self.announced) + 1}."
        if not (await self.says("/umumkan") and await self.taps("cast:text:0")):
            return False
        self.announced.append(text)
        return await self.says(text) and await self.taps("cast:count") and await self._sends()

    async def _sends(self) -> bool:
        for msg_id, out in reversed(self.chat.messages.items()):
            for button in (one for row in out.replies for one in row):
                if button.data.startswith("cast:now"):
                    return await self.taps_at(msg_id, button)
        return False

    async def agrees(self) -> bool:
        """Say yes to what waits for a second person."""
        for msg_id, out in reversed(self.chat.messages.items()):
            for button in (one for row in out.replies for one in row):
                if button.data.startswith("cast:yes"):
                    return await self.taps_at(msg_id, button)
        return False
