"""The poller: raw getUpdates, kept, and only then the next offset."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import structlog
from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import BaseRequest

from bot.metrics import CHANNEL_ERRORS, DATABASE_ERRORS
from bot.telegram.intake import Intake
from bot.telegram.parse import ALLOWED, update_id
from bot.telegram.plain import poll
from bot.telegram.request import READ_SECONDS
from kkb_core.errors import DatabaseUnavailable, InputRefused
from kkb_core.messaging import Channel

log = structlog.get_logger(__name__)

POLL_SECONDS = 25
MOST = 100  # updates a poll brings at most
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)  # seconds after each failure in a row
CONFLICTS = 3  # our own poll of before a restart may still be open for a moment
WITHIN = 60.0  # seconds

Sleep = Callable[[float], Awaitable[None]]


class Poller:
    """Asks Telegram for updates until cancelled. `trouble` says what the last poll met."""

    def __init__(
        self,
        bot: Bot,
        request: BaseRequest,
        intake: Intake,
        *,
        ours: str | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """*request* is the one *bot* polls with; a webhook at *ours* is our own of before."""
        self._bot = bot
        self._request = request
        self._intake = intake
        self._ours = ours
        self._sleep = sleep
        self._offset: int | None = None
        self._failures = 0
        self.trouble: str | None = None
        self._conflicts: deque[float] = deque(maxlen=CONFLICTS)

    async def run(self) -> None:
        """Poll for ever.

        Raises InputRefused when the token is refused or somebody else polls with it.
        """
        await self._free_from_webhook()
        while True:
            pause = await self._poll()
            if pause:
                await self._sleep(pause)

    async def _poll(self) -> float:
        """One poll; the seconds to wait before the next."""
        raws: Sequence[Any] = ()
        try:
            raws = await self._ask()
            await self._intake.take(raws)
        except (TelegramError, DatabaseUnavailable) as error:
            pause = self._failed(error)
            if isinstance(error, DatabaseUnavailable):
                await self._intake.apologise(raws)
            return pause
        return self._go_on(raws)

    async def _ask(self) -> Sequence[Any]:
        return await poll(
            self._bot,
            self._request,
            seconds=POLL_SECONDS,
            within=self._request.read_timeout or READ_SECONDS,
            offset=self._offset,
            limit=MOST,
            allowed_updates=list(ALLOWED),
        )

    def _go_on(self, raws: Sequence[Any]) -> float:
        self._failures, self.trouble = 0, None
        ids = [number for raw in raws if (number := update_id(raw)) is not None]
        if ids:
            self._offset = max(ids) + 1
        # Nothing usable in it, so the same would come again at once, and for ever.
        return PAUSES[0] if raws and not ids else 0.0

    def _failed(self, error: TelegramError | DatabaseUnavailable) -> float:
        """The seconds to wait after *error*; InputRefused when waiting cures nothing."""
        CHANNEL_ERRORS.labels(Channel.TELEGRAM, type(error).__name__).inc()
        pause = PAUSES[min(self._failures, len(PAUSES) - 1)]
        self._failures += 1
        match error:
            case InvalidToken():
                raise token_refused() from None
            case Conflict():
                self._contest()
            case RetryAfter():
                pause = error.retry_after.total_seconds()  # type: ignore[union-attr]  # PTB_TIMEDELTA
            case DatabaseUnavailable():
                DATABASE_ERRORS.inc()
        self.trouble = f"polling Telegram fails ({type(error).__name__})"
        log.warning("a poll failed", error=type(error).__name__, reason=str(error), pause=pause)
        return pause

    def _contest(self) -> None:
        now = monotonic()
        self._conflicts.append(now)
        if len(self._conflicts) == CONFLICTS and now - self._conflicts[0] < WITHIN:
            raise InputRefused(
                "telegram.token: another program polls with this token or has set a webhook for "
                "it (409); stop it, or give this one a token of its own"
            ) from None

    async def _free_from_webhook(self) -> None:
        """A webhook would keep every update from us: our own goes, another's is not ours to take.

        Raises InputRefused for another's.
        """
        while True:
            try:
                found = (await self._bot.get_webhook_info()).url
                if found and found != self._ours:
                    raise held_by_webhook(found)
                if found:
                    await self._bot.delete_webhook(drop_pending_updates=False)
                    log.info("the webhook was removed, because telegram.mode is polling")
            except TelegramError as error:
                await self._sleep(self._failed(error))
            else:
                return


def held_by_webhook(url: str) -> InputRefused:
    """What an operator is told when somebody else's webhook has the token's updates."""
    host = urlsplit(url).hostname or "somebody"
    return InputRefused(
        f"telegram.token: a webhook at {host} gets this bot's updates; stop that program and "
        "run: kkb webhook remove"
    )


def token_refused() -> InputRefused:
    """What an operator is told when Telegram does not know the token."""
    return InputRefused(
        "telegram.token: the server at telegram.api_base_url refuses it; "
        "copy it again from @BotFather"
    )
