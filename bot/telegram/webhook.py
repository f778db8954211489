"""The webhook as Telegram is told of it: set at the start, and watched while we run."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from urllib.parse import urlsplit

import structlog
from telegram import Bot, WebhookInfo
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.clock import Clock
from bot.metrics import CHANNEL_ERRORS
from bot.telegram.errors import translate
from bot.telegram.parse import ALLOWED
from bot.telegram.polling import PAUSES, held_by_webhook, token_refused
from kkb_core.errors import InputRefused
from kkb_core.messaging import Channel

log = structlog.get_logger(__name__)

PATH = "/telegram"
CONNECTIONS = 100  # the most Telegram opens at once; a person's updates come one after the other
LOOK_SECONDS = 60.0
RECENT = timedelta(minutes=2)  # Telegram's own complaints stay for ever; older ones are over

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Hook:
    """Where Telegram is to call, and the word it proves itself with."""

    url: str
    secret: str


def hook_at(base: str) -> str:
    """Where the webhook is below the public address *base*."""
    return f"{base}{PATH}"


class Webhook:
    """Keeps the webhook set. `trouble` says what keeps updates from coming in."""

    def __init__(
        self, bot: Bot, hook: Hook, *, clock: Clock, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._bot = bot
        self._hook = hook
        self._clock = clock
        self._sleep = sleep
        self._failures = 0
        self._told = False
        self.trouble: str | None = "Telegram has not been told of the webhook yet"

    async def run(self) -> None:
        """Set it, then look after it for ever.

        Raises InputRefused when Telegram refuses the address or the token, or when the token
        has a webhook of somebody else.
        """
        # It stays when we stop: what is written meanwhile waits at Telegram, and other processes
        # of ours may be behind the same address.
        while True:
            await self._sleep(await self._look())

    async def _look(self) -> float:
        """Once; the seconds to wait before the next time."""
        try:
            info = await self._bot.get_webhook_info()
            await self._set(info)
        except InvalidToken:
            raise token_refused() from None
        except BadRequest as error:
            raise InputRefused(
                f"telegram.webhook_url: Telegram refuses it ({error.message}); it calls only "
                "public https:// addresses on ports 443, 80, 88 and 8443"
            ) from None
        except TelegramError as error:
            return self._failed(error)
        self._failures, self.trouble = 0, self._complaint(info)
        return LOOK_SECONDS

    async def _set(self, info: WebhookInfo) -> None:
        if info.url and info.url != self._hook.url:
            raise held_by_webhook(info.url)
        if info.url and self._told:
            return
        await self._bot.set_webhook(
            self._hook.url,
            secret_token=self._hook.secret,
            allowed_updates=ALLOWED,
            max_connections=CONNECTIONS,
            drop_pending_updates=False,
        )
        self._told = True
        log.info("Telegram was told of the webhook", url=self._hook.url)

    def _complaint(self, info: WebhookInfo) -> str | None:
        """What Telegram says of its last call, while that is news."""
        at = info.last_error_date
        if at is None or self._clock.now() - at.astimezone(UTC) > RECENT:
            return None
        return f"Telegram's calls to the webhook fail ({info.last_error_message})"

    def _failed(self, error: TelegramError) -> float:
        CHANNEL_ERRORS.labels(Channel.TELEGRAM, type(error).__name__).inc()
        pause = PAUSES[min(self._failures, len(PAUSES) - 1)]
        self._failures += 1
        reason = str(translate(error))
        self.trouble = f"Telegram does not answer about the webhook ({type(error).__name__})"
        log.warning("the webhook could not be looked after", reason=reason, pause=pause)
        return pause


async def remove(bot: Bot) -> str | None:
    """Tell Telegram to call nobody; the host it called before, if any.

    Raises SendError.
    """
    try:
        url = (await bot.get_webhook_info()).url
        if url:
            await bot.delete_webhook(drop_pending_updates=False)
    except TelegramError as error:
        raise translate(error) from None
    return urlsplit(url).hostname if url else None
