"""What is said back to the person who just wrote, right after the commit.

A reply that does not arrive is not kept: where the person stands is in the database, and their
next message shows it again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.metrics import SENDS
from bot.telegram.sending import TelegramChannel
from kkb_core.errors import (
    ChannelDown,
    ChatMoved,
    DatabaseUnavailable,
    RecipientGone,
    SendError,
    Throttled,
)
from kkb_core.messaging import Address, MsgOut
from kkb_core.storage import Database, Tx, people

log = structlog.get_logger(__name__)

PATIENCE = timedelta(seconds=5)  # the longest wait we are asked for that is waited out
PAUSES = (0.5, 2.0, 5.0)  # seconds before each new try of a reply that did not get through

Sleep = Callable[[float], Awaitable[None]]
Shown = Callable[[Tx, Address, str], None]


class Replies:
    """Sends replies; what cannot be sent is counted, and never raises."""

    def __init__(
        self,
        channel: TelegramChannel,
        database: Database,
        *,
        shown: Shown,
        clock: Clock,
        spent: Callable[[Address], None] = lambda _: None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """*shown* keeps the id of a private message, so that it can be taken off the screen.

        *spent* is told of each send: they share the account's budget with the bulk lane.
        """
        self._channel = channel
        self._database = database
        self._shown = shown
        self._clock = clock
        self._spent = spent
        self._sleep = sleep

    async def reply(
        self, address: Address, msgs: Iterable[MsgOut], *, query: str | None = None
    ) -> bool:
        """Say *msgs* in their order, and at once stop the wheel on the tapped button.

        Says whether all arrived.
        """
        if query is None:
            return await self._say(address, msgs)
        _, arrived = await asyncio.gather(
            self._channel.acknowledge(query), self._say(address, msgs)
        )
        return arrived

    async def _say(self, address: Address, msgs: Iterable[MsgOut]) -> bool:
        for msg in msgs:
            try:
                address, shown = await self._deliver(address, msg)
            except SendError as error:
                await self._give_up(address, error)
                return False
            except Exception:
                log.exception("a reply could not be made", chat=address.id)
                SENDS.labels(address.channel, "broken").inc()
                return False
            SENDS.labels(address.channel, "sent").inc()
            if msg.private:
                await self._remember(address, shown)
        return True

    async def _deliver(self, address: Address, msg: MsgOut) -> tuple[Address, list[str]]:
        pauses = iter(PAUSES)
        while True:
            self._spent(address)
            try:
                return address, await self._channel.show(address, msg)
            except ChatMoved as moved:
                if next(pauses, None) is None:
                    raise
                address = await self._move(address, moved.new_id)
            except Throttled as error:
                if error.retry_after > PATIENCE or next(pauses, None) is None:
                    raise
                await self._sleep(error.retry_after.total_seconds())
            except ChannelDown:
                pause = next(pauses, None)
                if pause is None:
                    raise
                await self._sleep(pause)

    async def _give_up(self, address: Address, error: SendError) -> None:
        SENDS.labels(address.channel, type(error).__name__).inc()
        log.warning("a reply was not delivered", chat=address.id, error=type(error).__name__)
        if isinstance(error, RecipientGone):
            now = self._clock.now()
            await self._keep(lambda tx: people.mark_blocked(tx, address, now=now))

    async def _move(self, old: Address, new_id: str) -> Address:
        new, now = Address(old.channel, new_id), self._clock.now()
        await self._keep(lambda tx: people.move_address(tx, old, new, now=now))
        return new

    async def _remember(self, address: Address, shown: Iterable[str]) -> None:
        ids = tuple(shown)
        await self._keep(lambda tx: [self._shown(tx, address, msg_id) for msg_id in ids])

    async def _keep(self, work: Callable[[Tx], object]) -> None:
        try:
            await self._database.run(work)
        except DatabaseUnavailable as error:
            log.warning("what became of a reply was not kept", reason=str(error))
