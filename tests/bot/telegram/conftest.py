"""A bot whose only unreal part is HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from telegram import Bot

from bot.clock import VirtualClock
from bot.telegram.app import Account, TelegramBot
from kkb_core.messaging import MsgOut, Picture, Text
from kkb_core.storage import Database
from tests.bot.telegram.echo import Echo
from tests.bot.telegram.recording import TOKEN, RecordedPolls, RecordingRequest

SORRY = MsgOut(text=Text.of("Sorry, something is out of order."))
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def draw(picture: Picture) -> bytes:
    return f"PNG of {picture.data['title']}".encode()


@dataclass
class Wired:
    """A bot, and the strings it hangs on."""

    database: Database
    echo: Echo = field(default_factory=Echo)
    sends: RecordingRequest = field(default_factory=RecordingRequest)
    polls: RecordedPolls = field(default_factory=RecordedPolls)
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START))

    async def bot(self) -> TelegramBot:
        account = Account(
            Bot(TOKEN, request=self.sends, get_updates_request=self.polls), self.polls
        )
        await account.bot.initialize()
        return TelegramBot(
            account,
            database=self.database,
            conversations=self.echo,
            sorry=SORRY,
            draw=draw,
            clock=self.clock,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[TelegramBot]:
        """The bot, polling, until the block ends; then it stops in order."""
        bot, stop = await self.bot(), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(bot.run(stop))
            try:
                yield bot
            finally:
                stop.set()


@pytest.fixture
def wired(sqlite_database: Database) -> Wired:
    return Wired(sqlite_database)


@pytest.fixture
def wired_on_both(database: Database) -> Wired:
    return Wired(database)


@dataclass
class Naps:
    """A sleep that takes no time and is remembered."""

    taken: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def naps() -> Naps:
    return Naps()


__all__ = ["Awaitable", "Callable", "Iterator", "Naps", "Wired"]
