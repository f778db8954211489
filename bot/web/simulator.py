"""The chat simulator: a channel of its own over the same conversations, for one person and a browser."""

from asyncio import Lock
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.clock import Clock, VirtualClock
from bot.conversations.router import Conversations, hear
from bot.web.moments import moments
from bot.web.phones import Phone
from kkb_core.messaging import Address, Channel, FileKind, MsgIn, MsgOut, SentFile
from kkb_core.storage import Database

T = TypeVar("T")

# The one picture that phones here have to send.
PICTURE = SentFile(channel=Channel.WEB, kind=FileKind.PHOTO, id="landscape")


@dataclass(frozen=True, kw_only=True)
class Simulator:
    """Phones with one chat each, side by side. `restart` begins everything anew, where that is offered.

    A `VirtualClock` can be moved forward from the page; `tick` does what is due at a moment,
    `send` brings what nobody is waiting for, as slowly as a platform wants it; `catch_up` brings
    it at once, while the clock is moved and somebody waits.
    `village_code` is shown to whoever tries.
    """

    database: Database
    conversations: Conversations
    clock: Clock
    phones: Sequence[Phone]
    village_code: str
    bot_name: str = "KKB"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Jakarta"))
    restart: Callable[[], Awaitable[None]] | None = None
    tick: Callable[[datetime], Awaitable[None]] | None = None
    send: Callable[[], Awaitable[object]] | None = None
    catch_up: Callable[[], Awaitable[object]] | None = None
    _standing: Lock = field(
        default_factory=Lock, init=False
    )  # nobody looks while all is made anew

    async def hears(self, phone: Phone, text: str) -> None:
        """The person writes *text* on *phone*."""
        async with phone.turn:
            msg_id = phone.writes(text, at=self.clock.now())
            await self._answer(phone, MsgIn(address=phone.address, text=text, msg_id=msg_id))

    async def is_sent(self, phone: Phone, other: str) -> None:
        """The person sends something that is not text."""
        async with phone.turn:
            msg_id = phone.writes(other=other, at=self.clock.now())
            file = PICTURE if other == PICTURE.kind.value else None
            msg = MsgIn(address=phone.address, other=other, file=file, msg_id=msg_id)
            await self._answer(phone, msg)

    async def is_tapped(self, phone: Phone, msg_id: str, data: str) -> None:
        """The person taps a button; one that has left the screen cannot be tapped."""
        async with phone.turn:
            if phone.message(msg_id) is not None:
                await self._answer(phone, MsgIn(address=phone.address, tap=data, msg_id=msg_id))

    async def move(self, clock: VirtualClock, by: timedelta) -> None:
        """Let time pass on *clock*, and all happen on the way that would have."""
        start = clock.now()
        for moment in moments(start, start + by, self.zone):
            clock.forward(max(moment - clock.now(), timedelta()))
            await self.sweep()
            async with self._standing:
                if self.tick is not None:
                    await self.tick(clock.now())
                if self.catch_up is not None:
                    await self.catch_up()

    async def sweep(self) -> None:
        """Take private prompts off the screens they have stood on too long."""
        now = self.clock.now()
        async with self._standing:
            due = await self.database.run(lambda tx: self.conversations.sweep(tx, now=now))
        phones = {phone.address: phone for phone in self.phones}
        for address, msg in due:
            if address in phones:
                await self.show(phones[address], msg, now=now)

    async def show(self, phone: Phone, msg: MsgOut, *, now: datetime) -> None:
        """Put *msg* on the screen; a private one's id is told, so that it can be removed later."""
        msg_id = phone.show(msg, at=now)
        if msg.private and msg_id is not None:
            await self.database.run(
                lambda tx: self.conversations.shown(tx, phone.address, msg_id, now=now)
            )

    async def deliver(self, address: Address, msg: MsgOut) -> list[str]:
        """Show on its phone what nobody was waiting for; phones that are not here show it unseen."""
        for phone in self.phones:
            if phone.address == address:
                shown = phone.show(msg, at=self.clock.now())
                return [] if shown is None else [shown]
        return []

    async def undisturbed(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do *work* while nothing is made anew."""
        async with self._standing:
            return await work()

    async def menu(self, phone: Phone) -> list[tuple[str, str]]:
        """The commands this person has now, and what they do."""
        _, commands = await self.database.read(
            lambda tx: self.conversations.menu(tx, phone.address)
        )
        return commands

    async def begin_anew(self) -> None:
        """Empty every chat and start over, once the turns under way are answered."""
        async with AsyncExitStack() as held:
            for lock in (*(phone.turn for phone in self.phones), self._standing):
                await held.enter_async_context(lock)
            if self.restart is not None:
                await self.restart()
            for phone in self.phones:
                phone.clear()

    async def _answer(self, phone: Phone, msg: MsgIn) -> None:
        now = self.clock.now()
        for answer in await hear(self.database, self.conversations, msg, now=now):
            await self.show(phone, answer, now=now)
