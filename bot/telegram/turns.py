"""The doing: an update and its turn are one transaction; then we speak."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import itemgetter
from time import perf_counter
from typing import Any, Protocol, TypeVar

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
from bot.telegram.parse import Heard, Ignored, Left, Meaning, Returned, Unreadable, lane, parse
from bot.telegram.replying import Replies
from kkb_core.errors import DatabaseUnavailable
from kkb_core.messaging import Address, Channel, Language, MsgIn, MsgOut
from kkb_core.storage import Database, Tx, people, updates

log = structlog.get_logger(__name__)

T = TypeVar("T")

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


@dataclass(frozen=True, slots=True)
class Behind:
    """Nothing yet: these of the same line, taken by another process, come first."""

    earlier: tuple[updates.RawUpdate, ...]


Outcome = Done | Behind
Head = tuple[str, Update]  # whose line it is the first of
Work = Callable[[Tx], Outcome]
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
        self._tasks: asyncio.TaskGroup | None = None
        self._account = account
        self._database = database
        self._conversations = conversations
        self._replies = replies
        self._sorry = sorry
        self._clock = clock
        self._afterwards = afterwards
        self._lines: Lines[Update] = Lines(width=WIDTH)
        self._here: set[int] = set()
        self._closing = asyncio.Event()

    def line_up(self, whose: str, update: Update) -> None:
        """*update* is kept: hear it when it is its turn. One that stands here already stays so."""
        if update.id in self._here:
            return
        self._here.add(update.id)
        self._lines.put(whose, update)
        WAITING.labels(Channel.TELEGRAM).set(len(self._lines))

    async def run(self, tasks: asyncio.TaskGroup) -> None:
        """Hear until closed; what is said back is said in *tasks*, which must outlive this."""
        self._tasks = tasks
        # Everybody locks people in one order, or the batches of two processes would deadlock.
        while heads := sorted(await self._lines.first(BATCH), key=itemgetter(0)):
            outcomes = await self._commit([self._work(update) for _, update in heads])
            self._finish_all(heads, outcomes)

    def step_out(self, arrived: Iterable[Head]) -> list[Head]:
        """Of what *arrived* and is not kept yet, the heads that may be heard in its commit.

        They are out until `heard_with` has ended. Where other processes hear the same people,
        nobody is: whose turn it is, the lines of all of them say.
        """
        if self._tasks is None or self._database.shared:
            return []
        free = (head for head in arrived if head[1].id not in self._here)
        heads = list(islice((head for head in free if self._lines.step_out(*head)), BATCH))
        self._here.update(update.id for _, update in heads)
        return heads

    async def heard_with(self, heads: Sequence[Head], keep: Callable[[Tx], T]) -> T | None:
        """Hear *heads* in the commit of *keep*; what that gave, or None: then nothing was done.

        Raises DatabaseUnavailable.
        """
        assert self._tasks is not None
        # Whoever brought them may be told to stop; what is heard is answered all the same.
        hearing = self._tasks.create_task(self._hear_with(heads, keep))
        kept = await asyncio.shield(hearing)
        if isinstance(kept, DatabaseUnavailable):
            raise kept
        return kept

    async def _hear_with(
        self, heads: Sequence[Head], keep: Callable[[Tx], T]
    ) -> T | DatabaseUnavailable | None:
        works = [self._work(update, kept=False) for _, update in heads]
        try:
            kept, outcomes = await self._database.run(
                lambda tx: (keep(tx), [work(tx) for work in works])
            )
        except Exception as error:  # noqa: BLE001 - each is heard by itself, and has its own
            for whose, update in heads:
                self._leave(whose, update)
            return error if isinstance(error, DatabaseUnavailable) else None
        self._finish_all(heads, outcomes)
        return kept

    @property
    def closed(self) -> bool:
        """Whether no other turn begins here."""
        return self._closing.is_set()

    def close(self) -> None:
        """Begin no other turn; what is in hand is finished."""
        self._lines.close()
        self._closing.set()

    async def _commit(self, works: Sequence[Work]) -> list[Outcome | Exception]:
        """One commit for all; one by one where they cannot be done together."""
        try:
            return await self._database.run_all(works)
        except Exception as error:  # noqa: BLE001 - it becomes each update's own outcome
            if len(works) == 1:
                return [error]
        outcomes: list[Outcome | Exception] = []
        for work in works:
            if outcomes and isinstance(outcomes[-1], DatabaseUnavailable):
                outcomes.append(outcomes[-1])
            else:
                outcomes += await self._commit([work])
        return outcomes

    def _work(self, update: Update, *, kept: bool = True) -> Work:
        def work(tx: Tx) -> Outcome:
            started, before = perf_counter(), tx.statements
            done = self._heard(tx, update, self._clock.now(), kept=kept)
            TURN_SECONDS.observe(perf_counter() - started)
            TURN_STATEMENTS.observe(tx.statements - before)
            return done

        return work

    def _heard(self, tx: Tx, update: Update, now: datetime, *, kept: bool) -> Outcome:
        meaning = _meaning(update.raw)
        if not kept:
            if not updates.heard(tx, self._account, update.id, now=now):
                return Done("repeated")
        elif not self._is_next(tx, update, meaning, now):
            return self._not_now(tx, update, lane(update.raw))
        if isinstance(meaning, Unreadable):
            self._set_aside(tx, update, str(meaning), now)
            return Done("unreadable")
        return self._done(tx, meaning, now)

    def _is_next(
        self, tx: Tx, update: Update, meaning: Meaning | Unreadable, now: datetime
    ) -> bool:
        address = None if isinstance(meaning, Unreadable | Ignored) else _address(meaning)
        whose = lane(update.raw)
        return updates.done(tx, self._account, update.id, now=now, whose=whose, address=address)

    def _not_now(self, tx: Tx, update: Update, whose: str) -> Outcome:
        """Another process has done it, or has an earlier one of the same line in hand."""
        if not tx.locks_rows:
            return Done("repeated")
        line = updates.line(tx, self._account, whose, until=update.id)
        if not line or line[-1].update_id != update.id:
            return Done("repeated")
        return Behind(line[:-1])

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

    def _finish_all(self, heads: Sequence[Head], outcomes: Sequence[Outcome | Exception]) -> None:
        assert self._tasks is not None
        for (whose, update), outcome in zip(heads, outcomes, strict=True):
            self._tasks.create_task(self._finish(whose, update, outcome))

    async def _finish(self, whose: str, update: Update, outcome: Outcome | Exception) -> None:
        match outcome:
            case Done():
                await self._say(update, outcome)
                self._leave(whose, update)
            case Behind(earlier):
                self._let_pass(whose, earlier)
            case DatabaseUnavailable():
                await self._wait(update, outcome)
                self._lines.again(whose)
            case _:
                await self._fail(update, outcome)
                self._leave(whose, update)
        WAITING.labels(Channel.TELEGRAM).set(len(self._lines))

    def _leave(self, whose: str, update: Update) -> None:
        self._lines.done(whose)
        self._here.discard(update.id)

    def _let_pass(self, whose: str, earlier: Sequence[updates.RawUpdate]) -> None:
        now = perf_counter()
        self._here.update(one.update_id for one in earlier)
        self._lines.ahead(whose, [Update(one.update_id, one.raw, now) for one in earlier])
        self._lines.again(whose)

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


def _meaning(raw: Mapping[str, Any]) -> Meaning | Unreadable:
    try:
        return parse(raw)
    except Unreadable as error:
        return error


def _address(meaning: Heard | Left | Returned) -> Address:
    return meaning.msg.address if isinstance(meaning, Heard) else meaning.address


def _kind(msg: MsgIn) -> str:
    if msg.tap is not None:
        return "tap"
    return "text" if msg.text is not None else "other"
