"""The Telegram bot as bootstrap starts it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.clock import Clock
from bot.telegram.errors import translate
from bot.telegram.intake import Intake
from bot.telegram.menus import Menus
from bot.telegram.polling import PAUSES, Poller, token_refused
from bot.telegram.replying import Replies
from bot.telegram.request import PollingRequest, QuietAnswers, SendingRequest, SmallAnswers
from bot.telegram.sending import Draw, TelegramChannel
from bot.telegram.turns import Conversing, Turns
from bot.telegram.webhook import Webhook
from kkb_core.messaging import Address, MsgOut
from kkb_core.outbox import Pacer
from kkb_core.storage import Database

log = structlog.get_logger(__name__)

GRACE = 10.0  # seconds that turns in hand have to finish
TURNERS = {"sqlite": 1, "postgresql": 4}  # commits under way at once

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Account:
    """A bot account we may speak as. `polls` is what its getUpdates go through."""

    bot: Bot
    polls: QuietAnswers

    @property
    def name(self) -> str:
        """What its updates are kept under."""
        return f"telegram:{self.bot.id}"

    @property
    def username(self) -> str | None:
        """What the bot is called in links; servers of others may not say."""
        return self.bot.bot.username

    async def close(self) -> None:
        """Let go of every connection."""
        await self.bot.shutdown()


async def connect(
    token: str,
    *,
    api_base_url: str,
    sends: SmallAnswers | None = None,
    polls: QuietAnswers | None = None,
    sleep: Sleep = asyncio.sleep,
) -> Account:
    """Ask Telegram who we are, as often as it takes to get an answer.

    Raises InputRefused when it does not know the token.
    """
    sends, polls = sends or SendingRequest(), polls or PollingRequest(connections=2)
    bot = Bot(
        token,
        base_url=f"{api_base_url}/bot",
        base_file_url=f"{api_base_url}/file/bot",
        request=sends,
        get_updates_request=polls,
    )
    try:
        await _introduced(bot, sleep)
    except BaseException:
        # Not by the bot's own shutdown: broken off half-way it does not know what it opened.
        await asyncio.gather(sends.shutdown(), polls.shutdown())
        raise
    return Account(bot, polls)


async def _introduced(bot: Bot, sleep: Sleep) -> None:
    failures = 0
    while True:
        try:
            await bot.initialize()
        except InvalidToken:
            raise token_refused() from None
        except TelegramError as error:
            pause = PAUSES[min(failures, len(PAUSES) - 1)]
            failures += 1
            log.warning("Telegram does not answer", reason=str(translate(error)), pause=pause)
            await sleep(pause)
        else:
            return


class TelegramBot:
    """Updates in, replies out, until told to stop."""

    def __init__(
        self,
        account: Account,
        *,
        database: Database,
        conversations: Conversing,
        sorry: MsgOut,
        draw: Draw,
        clock: Clock,
        webhook: Webhook | None = None,
        ours: str | None = None,
        pacer: Pacer | None = None,
    ) -> None:
        """*sorry* is said when the trouble is ours; *draw* makes a picture's bytes.

        With a *webhook* updates are handed to `receive`; without, they are polled for, and a
        webhook of before at *ours* is removed. *pacer* is the account's budget, where somebody
        else sends too.
        """
        self._pacer = pacer or Pacer()
        self.channel = TelegramChannel(account.bot, draw)
        self.replies = Replies(
            self.channel,
            database,
            shown=lambda tx, address, msg_id: conversations.shown(
                tx, address, msg_id, now=clock.now()
            ),
            clock=clock,
            spent=self._spend,
        )
        self._menus = Menus(account.bot, database, conversations)
        self._turns = Turns(
            account=account.name,
            database=database,
            conversations=conversations,
            replies=self.replies,
            sorry=sorry,
            clock=clock,
            afterwards=self._menus.follow,
        )
        self._intake = Intake(
            account=account.name, database=database, turns=self._turns, clock=clock
        )
        self._poller = webhook or Poller(account.bot, account.polls, self._intake, ours=ours)
        self._turners = TURNERS[database.url.get_backend_name()]
        self.take = self._intake.take
        self.receive = self._intake.receive

    @property
    def trouble(self) -> str | None:
        """What keeps updates from coming in; None when nothing does."""
        return self._poller.trouble

    def _spend(self, address: Address) -> None:
        self._pacer.interactive(address.id, now=asyncio.get_running_loop().time())

    async def run(self, stop: asyncio.Event) -> None:
        """Listen and answer until *stop*; then finish the turns in hand and leave the rest kept."""
        await self._intake.recover()
        try:
            async with asyncio.timeout(None) as grace, asyncio.TaskGroup() as tasks:
                for _ in range(self._turners):
                    tasks.create_task(self._turns.run(tasks))
                tasks.create_task(self._menus.publish())
                polling = tasks.create_task(self._poller.run())
                watching = tasks.create_task(self._intake.watch())
                await stop.wait()
                polling.cancel()
                watching.cancel()
                self._turns.close()
                grace.reschedule(asyncio.get_running_loop().time() + GRACE)
        except TimeoutError:
            log.warning("replies under way were not waited for any longer")
