"""What the clock has the bot do: screens swept, old update ids forgotten."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from bot.telegram.sending import TelegramChannel
from kkb_core.errors import SendError
from kkb_core.messaging import Address, Channel, MsgOut
from kkb_core.services import inviting
from kkb_core.storage import Database, Tx, invites, updates

# Telegram delivers again for a day; set-aside updates hold people's words, which go after 30.
KEPT = timedelta(days=30)


class Sweeping(Protocol):
    """Knows which private prompts were left on a screen too long."""

    def sweep(self, tx: Tx, *, now: datetime) -> list[tuple[Address, MsgOut]]:
        """What to take off which screen."""
        ...


class Chores:
    """The jobs of one bot account; each returns what it counted."""

    def __init__(
        self,
        account: str,
        database: Database,
        conversations: Sweeping,
        channel: TelegramChannel,
        *,
        kept: timedelta = KEPT,
    ) -> None:
        self._account = account
        self._database = database
        self._conversations = conversations
        self._channel = channel
        self._kept = kept

    async def sweep(self, now: datetime) -> Mapping[str, int]:
        """Take private prompts off the screens they were left on."""
        found = await self._database.run(lambda tx: self._conversations.sweep(tx, now=now))
        counts = {"swept": 0, "failed": 0}
        for address, msg in found:
            if address.channel is Channel.TELEGRAM:
                counts[await self._outcome(address, msg)] += 1
        return counts

    async def forget(self, now: datetime) -> Mapping[str, int]:
        """Forget updates done or set aside long ago, and wrong codes that count no longer."""
        gone = await self._database.run(
            lambda tx: updates.forget_done(tx, self._account, before=now - self._kept)
        )
        tries = await self._database.run(
            lambda tx: invites.forget_tries(tx, before=now - inviting.TRIES_FORGOTTEN)
        )
        return {"forgotten": gone, "tries_forgotten": tries}

    async def _outcome(self, address: Address, msg: MsgOut) -> str:
        try:
            await self._channel.send(address, msg)
        except SendError:
            return "failed"
        return "swept"
