"""The composition root: opens, checks and connects everything, then waits for it on the way out."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import structlog
from starlette.routing import Route

from bot import logs
from bot.clock import Clock, SystemClock
from bot.conversations.exchange import Office
from bot.conversations.router import Conversations
from bot.metrics import OPEN_INTERVIEWS, exposition
from bot.schedule import Job, Ticker
from bot.sender import broadcast_job, look, make_sender
from bot.settings import Mode, Settings
from bot.telegram.app import Account, TelegramBot, connect
from bot.telegram.chores import Chores
from bot.telegram.sending import Draw
from bot.telegram.webhook import PATH, Hook, Webhook, hook_at
from bot.upkeep import Upkeep, policy_of
from bot.web.app import make_app
from bot.web.serving import serve
from bot.web.webhooks import telegram_webhook
from kkb_core import definitions
from kkb_core.broadcast import BroadcastRules
from kkb_core.errors import DatabaseUnavailable, InputRefused, KkbError
from kkb_core.i18n import say
from kkb_core.messaging import Channel, Language, MsgOut, Text
from kkb_core.outbox import Pacer
from kkb_core.reports.pictures import draw
from kkb_core.services import inviting
from kkb_core.services.dispatch import Dispatcher
from kkb_core.storage import Database, interviews, migrating, people
from kkb_core.storage.alone import alone

log = structlog.get_logger(__name__)

T = TypeVar("T")

COUNT_SECONDS = 60.0
YOUNG = 10_000  # new objects between two looks for rings of what is no longer used

PARTS = frozenset({"web", "poll", "sender", "clock"})
TALKING = frozenset({"poll", "sender", "clock"})  # the parts that speak to Telegram


async def run(
    settings: Settings,
    *,
    only: set[str] | None = None,
    stop: asyncio.Event | None = None,
    clock: Clock | None = None,
) -> None:
    """Run the parts named by *only* (all) until *stop*, SIGTERM or SIGINT; then end in order.

    Raises KkbError, saying what keeps it from starting or from going on.
    """
    stop = stop or asyncio.Event()
    _hook(settings)
    logs.set_up(settings.log, secrets=secrets(settings))
    parts = _parts(settings, only)
    with alone(settings.database.url):
        await _run_alone(settings, parts, stop, clock or SystemClock())
    log.info("stopped")


async def _run_alone(
    settings: Settings, parts: frozenset[str], stop: asyncio.Event, clock: Clock
) -> None:
    async with opened(settings.database.url) as database:
        house = House(settings, database, clock, stop)
        with _told_to_stop(stop):
            try:
                await house.run(parts)
            except BaseExceptionGroup as group:
                raise _plain(group) from None


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """The database at *url*, in the shape this version needs.

    Raises InputRefused when migrations are behind, DatabaseUnavailable when it is not there.
    """
    database = Database.open(url)
    try:
        missing = await asyncio.to_thread(migrating.behind, database)
        if missing:
            raise InputRefused(f"database.url: {len(missing)} steps behind; run: kkb migrate")
        yield database
    finally:
        await database.close()


def conversations_of(
    settings: Settings, *, link: Callable[[str], str] | None = None
) -> Conversations:
    """The conversations of every channel, with the packaged questionnaires and packs.

    Raises DefinitionError.
    """
    given = settings.programme
    named = {
        "controller": given.controller,
        "officer": given.officer,
        "contact": given.contact_office,
    }
    office = Office(**{key: value for key, value in named.items() if value})
    return Conversations(
        definitions.load(),
        link=link,
        office=office,
        policy=policy_of(settings),
        broadcasts=rules_of(settings),
    )


def rules_of(settings: Settings) -> BroadcastRules:
    """What announcing goes by."""
    return settings.broadcast.rules(settings.hours.open_hours())


def secrets(settings: Settings) -> list[str]:
    """What no log line may show."""
    hidden = (settings.telegram.token, settings.telegram.webhook_secret)
    return [secret.get_secret_value() for secret in hidden if secret is not None]


def sorry() -> MsgOut:
    """Said when the trouble is ours and nobody can ask which language to say it in."""
    return MsgOut(text=Text.lines(say("refused.trouble", language) for language in Language))


class House:
    """The parts that run, and what they share."""

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, stop: asyncio.Event
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._stop = stop
        self._bot: TelegramBot | None = None
        self._hook = _hook(settings)

    async def run(self, parts: frozenset[str]) -> None:
        """Run *parts* until told to stop; one that fails stops the others."""
        definitions.load()
        async with asyncio.TaskGroup() as tasks:
            if "web" in parts:
                web = self._settings.web
                app = make_app(
                    readiness=lambda: self.wrong(parts), metrics=exposition, more=self._webhooks()
                )
                tasks.create_task(serve(app, host=web.host, port=web.port, stop=self._stop))
                tasks.create_task(self._count())
            if self._talks(parts):
                tasks.create_task(self._talk(parts))

    async def _count(self) -> None:
        """Keep the figures that only the database knows, until told to stop."""
        while not self._stop.is_set():
            with suppress(DatabaseUnavailable):  # health tells of it
                OPEN_INTERVIEWS.set(await self._open_interviews())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), COUNT_SECONDS)

    async def _open_interviews(self) -> int:
        now = self._clock.now()
        return await self._database.read(lambda tx: interviews.count_open(tx, now=now))

    async def wrong(self, parts: frozenset[str]) -> list[str]:
        """What keeps us from working, a line each."""
        lines = []
        try:
            await self._database.read(lambda tx: people.person(tx, 0))
        except DatabaseUnavailable as error:
            lines.append(str(error))
        else:
            # A full disk can be read, and who holds the lock for ever lets everybody read.
            lines += [] if self._database.trouble is None else [self._database.trouble]
        if self._talks(parts) and self._bot is None:
            lines.append("Telegram has not answered yet")
        elif self._bot is not None and self._bot.trouble is not None:
            lines.append(self._bot.trouble)
        return lines

    def _talks(self, parts: frozenset[str]) -> bool:
        return bool(parts & TALKING) or ("web" in parts and self._hook is not None)

    def _webhooks(self) -> list[Route]:
        if self._hook is None:
            return []
        return [telegram_webhook(PATH, self._hook.secret, self._receive)]

    async def _receive(self, raws: Sequence[Any]) -> bool:
        # Called before we know our own account, nothing can be kept under its name.
        return self._bot is not None and await self._bot.receive(raws)

    async def _talk(self, parts: frozenset[str]) -> None:
        given = self._settings.telegram
        assert given.token is not None
        connecting = connect(given.token.get_secret_value(), api_base_url=given.api_base_url)
        account = await _unless(self._stop, connecting)
        if account is None:
            return
        try:
            await self._run_bot(account, parts)
        finally:
            await account.close()

    async def _run_bot(self, account: Account, parts: frozenset[str]) -> None:
        made = put_together(
            self._settings, account, database=self._database, clock=self._clock, draw=draw
        )
        self._bot = made.bot
        log.info(
            "started",
            parts=sorted(parts),
            account=account.name,
            bot=account.username or self._settings.telegram.username,
        )
        leave_what_stays()
        async with asyncio.TaskGroup() as tasks:
            if "poll" in parts or ("web" in parts and self._hook is not None):
                tasks.create_task(made.bot.run(self._stop))
            if "sender" in parts:
                tasks.create_task(made.sender.run(self._stop))
            if "clock" in parts:
                tasks.create_task(made.ticker.run(self._stop))


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What speaks for one account: who listens and answers, who sends unasked, and the clock."""

    bot: TelegramBot
    sender: Dispatcher
    ticker: Ticker


def put_together(
    settings: Settings, account: Account, *, database: Database, clock: Clock, draw: Draw
) -> Together:
    """The parts of one account, as they share a database, a clock and the account's budget."""
    username = account.username or settings.telegram.username
    conversations = conversations_of(
        settings, link=partial(inviting.deep_link, username) if username else None
    )
    hook, pacer = _hook(settings), Pacer()
    bot = TelegramBot(
        account,
        database=database,
        conversations=conversations,
        sorry=sorry(),
        draw=draw,
        clock=clock,
        webhook=None if hook is None else Webhook(account.bot, hook, clock=clock),
        ours=_hook_url(settings),
        pacer=pacer,
    )
    sender = make_sender(
        Channel.TELEGRAM,
        bot.channel,
        database=database,
        hours=settings.hours.open_hours(),
        clock=clock,
        pacer=pacer,
    )
    kept = timedelta(days=settings.retention.messages_days)
    chores = Chores(account.name, database, conversations, bot.channel, kept=kept)
    return Together(
        bot=bot, sender=sender, ticker=Ticker(jobs_of(settings, database, chores), clock)
    )


def jobs_of(settings: Settings, database: Database, chores: Chores) -> list[Job]:
    """What the clock does for a Telegram account, in this order."""
    return [
        ("sweep", chores.sweep),
        ("forget", chores.forget),
        ("broadcasts", partial(broadcast_job, database, rules_of(settings))),
        ("outbox", partial(look, database, Channel.TELEGRAM)),
        *Upkeep(database, definitions.load(), settings).jobs,
    ]


def _parts(settings: Settings, only: set[str] | None) -> frozenset[str]:
    parts = frozenset(only or PARTS)
    if parts - PARTS:
        unknown = ", ".join(sorted(parts - PARTS))
        raise InputRefused(f"--only: no part is called {unknown}; say web, poll, sender or clock")
    if parts & TALKING and settings.telegram.token is None:
        raise InputRefused(
            "telegram.token is not set; copy it from @BotFather into config.toml, "
            "or try KKB without Telegram: kkb demo"
        )
    if settings.telegram.mode is not Mode.WEBHOOK:
        return parts
    if only and "poll" in only:
        raise InputRefused('--only poll: telegram.mode is "webhook"; say --only web')
    return parts - {"poll"}


def _hook_url(settings: Settings) -> str | None:
    base = settings.telegram.webhook_url
    return None if base is None else hook_at(base)


def _hook(settings: Settings) -> Hook | None:
    given = settings.telegram
    if given.mode is not Mode.WEBHOOK or given.token is None:
        return None
    url = _hook_url(settings)
    if url is None or given.webhook_secret is None:
        raise InputRefused(
            'telegram.mode: "webhook" needs webhook_url and webhook_secret; '
            "make the secret with: openssl rand -hex 32"
        )
    return Hook(url, given.webhook_secret.get_secret_value())


@contextmanager
def _told_to_stop(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and SIGINT ask to stop; the second one does what it always did."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)

    def leave() -> None:
        for number in signals:
            loop.remove_signal_handler(number)

    def ask() -> None:
        stop.set()
        leave()

    # Only the main thread may listen to signals; elsewhere *stop* is all there is.
    with suppress(RuntimeError, ValueError):
        for number in signals:
            loop.add_signal_handler(number, ask)
    try:
        yield
    finally:
        with suppress(RuntimeError, ValueError):
            leave()


def leave_what_stays() -> None:
    """Modules, questionnaires and words stay for good: the collector need not look at them again.

    It would, every few hundred messages, for longer than it takes to answer fifty of them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """What *work* gives; None, and *work* broken off, when *stop* comes first."""
    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(work)
        stopping = tasks.create_task(stop.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (working, stopping):
            task.cancel()
    return None if working.cancelled() else working.result()


def _plain(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one error an operator should read: ours, if there is one in *group*."""
    ours = group.subgroup(KkbError)
    error: BaseException = ours if ours is not None else group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
