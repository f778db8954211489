"""The doing: an update and its turn are one transaction; then we speak."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any, Protocol

import structlog

from bot.clock import Clock
from bot.metrics import (
    DATABASE_ERRORS,
    QUARANTINED,
    REPLY_SECONDS,
    TURN_SECONDS,
    TURN_STATEMENTS,
    TURNS,
    WAITING,
)
from bot.telegram.order import Lines
from bot.telegram.parse import Heard, Ignored, Left, Meaning, Returned, Unreadable, parse
from bot.telegram.replying import Replies
from kkb_core.errors import DatabaseUnavailable
from kkb_core.messaging import Address, Channel, Language, MsgIn, MsgOut
from kkb_core.storage import Database, Tx, people, updates

log = structlog.get_logger(__name__)

BATCH = 32  # turns that share a commit at most
WIDTH = 256  # people answered at once at most
PAUSES = (0.2, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)  # seconds; then the last one again and again
TELL_AT = 2  # a first failure is often a lock that is gone a moment later


class Conversing(Protocol):
    """What a message is given to; plain functions inside the caller's transaction."""

    def turn(self, tx: Tx, msg: MsgIn, *, now: datetime) -> list[MsgOut]:
        """One whole turn."""
        ...

    def shown(self, tx: Tx, address: Address, msg_id: str, *, now: datetime) -> None:
        """A private message is on a screen."""
        ...

    def menu(self, tx: Tx, address: Address) -> tuple[Language, list[tuple[str, str]]]:
        """The language and the commands of whoever is at *address*."""
        ...


@dataclass(slots=True)
class Update:
    """An update that is kept and not yet done; `since` counts the loop's seconds."""

    id: int
    raw: Mapping[str, Any]
    since: float
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an update: what to say, to whom."""

    kind: str
    heard: Heard | None = None
    msgs: tuple[MsgOut, ...] = ()


Work = Callable[[Tx], Done]
Afterwards = Callable[[MsgIn], Awaitable[None]]


class Turns:
    """Everybody's updates, each heard in its person's own order."""

    def __init__(
        self,
        *,
        account: str,
        database: Database,
        conversations: Conversing,
        replies: Replies,
        sorry: MsgOut,
        clock: Clock,
        afterwards: Afterwards,
    ) -> None:
        """*sorry* is said when the trouble is ours; *afterwards* is awaited after each reply."""
        self._account = account
        self._database = database
        self._conversations = conversations
        self._replies = replies
        self._sorry = sorry
        self._clock = clock
        self._afterwards = afterwards
        self._lines: Lines[Update] = Lines(width=WIDTH)
        self._closing = asyncio.Event()

    def line_up(self, whose: str, update: Update) -> None:
        """*update* is kept: hear it when it is its turn."""
        self._lines.put(whose, update)
        WAITING.labels(Channel.TELEGRAM).set(len(self._lines))

    async def run(self, tasks: asyncio.TaskGroup) -> None:
        """Hear until closed; what is said back is said in *tasks*, which must outlive this."""
        while heads := await self._lines.first(BATCH):
            outcomes = await self._commit([self._work(update) for _, update in heads])
            for (whose, update), outcome in zip(heads, outcomes, strict=True):
                tasks.create_task(self._finish(whose, update, outcome))

    def close(self) -> None:
        """Begin no other turn; what is in hand is finished."""
        self._lines.close()
        self._closing.set()

    async def _commit(self, works: Sequence[Work]) -> list[Done | Exception]:
        """One commit for all; one by one where they cannot be done together."""
        try:
            return await self._database.run_all(works)
        except Exception as error:  # noqa: BLE001 - it becomes each update's own outcome
            if len(works) == 1:
                return [error]
        outcomes: list[Done | Exception] = []
        for work in works:
            if outcomes and isinstance(outcomes[-1], DatabaseUnavailable):
                outcomes.append(outcomes[-1])
            else:
                outcomes += await self._commit([work])
        return outcomes

    def _work(self, update: Update) -> Work:
        def work(tx: Tx) -> Done:
            started, before = perf_counter(), tx.statements
            done = self._heard(tx, update, self._clock.now())
            TURN_SECONDS.observe(perf_counter() - started)
            TURN_STATEMENTS.observe(tx.statements - before)
            return done

        return work

    def _heard(self, tx: Tx, update: Update, now: datetime) -> Done:
        if not updates.done(tx, self._account, update.id, now=now):
            return Done("repeated")
        try:
            meaning = parse(update.raw)
        except Unreadable as error:
            self._set_aside(tx, update, str(error), now)
            return Done("unreadable")
        return self._done(tx, meaning, now)

    def _done(self, tx: Tx, meaning: Meaning, now: datetime) -> Done:
        match meaning:
            case Heard(msg):
                said = self._conversations.turn(tx, msg, now=now)
                return Done(_kind(msg), meaning, tuple(said))
            case Left(address):
                people.mark_blocked(tx, address, now=now)
                return Done("left")
            case Returned(address):
                people.mark_unblocked(tx, address)
                return Done("returned")
            case Ignored():
                return Done("ignored")

    async def _finish(self, whose: str, update: Update, outcome: Done | Exception) -> None:
        match outcome:
            case Done():
                await self._say(update, outcome)
                self._lines.done(whose)
            case DatabaseUnavailable():
                await self._wait(update, outcome)
                self._lines.again(whose)
            case _:
                await self._fail(update, outcome)
                self._lines.done(whose)
        WAITING.labels(Channel.TELEGRAM).set(len(self._lines))

    async def _say(self, update: Update, done: Done) -> None:
        TURNS.labels(Channel.TELEGRAM, done.kind).inc()
        if done.heard is None:
            return
        msg = done.heard.msg
        await self._replies.reply(msg.address, done.msgs, query=done.heard.query)
        took = perf_counter() - update.since
        REPLY_SECONDS.labels(Channel.TELEGRAM).observe(took)
        log.debug("answered", update=update.id, kind=done.kind, seconds=round(took, 3))
        await self._afterwards(msg)

    async def _wait(self, update: Update, error: DatabaseUnavailable) -> None:
        """The database is in trouble: this person's line waits; the second time they are told."""
        DATABASE_ERRORS.inc()
        log.warning("a turn waits for the database", update=update.id, reason=str(error))
        update.tries += 1
        if update.tries == TELL_AT:
            await self.apologise(update.raw)
        pause = PAUSES[min(update.tries, len(PAUSES)) - 1]
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), pause)

    async def _fail(self, update: Update, error: Exception) -> None:
        """A fault of ours: the update is set aside, or it would come back for ever."""
        log.error("a turn failed", update=update.id, exc_info=error)
        reason, now = f"the turn failed: {type(error).__name__}", self._clock.now()
        with suppress(DatabaseUnavailable):
            await self._database.run(lambda tx: self._set_aside(tx, update, reason, now))
        await self.apologise(update.raw)

    async def apologise(self, raw: Mapping[str, Any]) -> None:
        """Tell whoever sent *raw* that the trouble is ours, if it can be told who that is."""
        with suppress(Unreadable):
            meaning = parse(raw)
            if isinstance(meaning, Heard):
                address, query = meaning.msg.address, meaning.query
                await self._replies.reply(address, [self._sorry], query=query)

    def _set_aside(self, tx: Tx, update: Update, reason: str, now: datetime) -> None:
        updates.quarantine(tx, self._account, update.id, reason=reason, now=now, raw=update.raw)
        QUARANTINED.labels(Channel.TELEGRAM).inc()
        log.warning("an update was set aside", update=update.id, reason=reason)


def _kind(msg: MsgIn) -> str:
    if msg.tap is not None:
        return "tap"
    return "text" if msg.text is not None else "other"
