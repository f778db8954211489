"""A post office for tests: people, a platform that refuses as it is told, and a sender."""

import asyncio
import itertools
import random
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import insert, select

from kkb_core.errors import ChannelDown, DatabaseUnavailable, RecipientGone, Throttled
from kkb_core.hours import Hours
from kkb_core.messaging import Address, MsgOut, Text
from kkb_core.outbox import BECOMES, Lane, Limits, OutboxState, Pacer
from kkb_core.services.dispatch import Dispatcher
from kkb_core.services.letters import Kind, Kinds, Letter, Rules
from kkb_core.storage import Database, Tx, outbox, tables
from kkb_core.storage.outbox import Account, Wanted
from tests.virtual_time import START, Outside, VirtualNow

T = TypeVar("T")

ALWAYS = Hours(opens=START.min.time(), closes=START.max.time(), closed=())
BULK = "bulk"  # never said twice
PROMPT = "prompt"  # may be said twice


def words(_tx: Tx, letters: Sequence[Letter], _now: datetime) -> list[MsgOut]:
    return [MsgOut(text=Text.of(f"{one.kind} {one.params['n']}")) for one in letters]


KINDS: Kinds = {BULK: Kind(words=words), PROMPT: Kind(words=words, may_repeat=True, work=True)}


class Killed(Exception):
    """The process ended here; nothing of it goes on."""


@dataclass
class Platform:
    """Takes messages as a Bot API server does. `refuse` may raise instead, before or after."""

    latency: float = 0.06
    before: Callable[[str], None] = lambda chat: None
    after: Callable[[str], None] = lambda chat: None
    taken: Counter[str] = field(default_factory=Counter)
    tries: int = 0
    times: list[float] = field(default_factory=list)

    async def show(self, address: Address, msg: MsgOut) -> list[str]:
        self.tries += 1
        await asyncio.sleep(self.latency / 2)
        self.before(address.id)
        self.taken[str(msg.text)] += 1
        self.times.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self.latency / 2)
        self.after(address.id)
        return [str(self.tries)]


class Strict(Platform):
    """30 in any second, one a second and chat, and 429 to whoever wants more."""

    def __init__(self, *, latency: float = 0.06, close: float = 3.0) -> None:
        super().__init__(latency=latency, before=self._allow)
        self.close = close
        self.refused = 0
        self._recent: deque[float] = deque()
        self._chats: dict[str, float] = {}
        self._closed_until = 0.0

    def hears_a_reply(self) -> None:
        """Somebody is answered by the other lane."""
        self._recent.append(asyncio.get_running_loop().time())

    def _allow(self, chat: str) -> None:
        now = asyncio.get_running_loop().time()
        while self._recent and now - self._recent[0] >= 1.0:
            self._recent.popleft()
        crowded = len(self._recent) >= 30 or now - self._chats.get(chat, -9.0) < 1.0
        if crowded:
            self._closed_until = now + self.close
        if now < self._closed_until:
            self.refused += 1
            raise Throttled(timedelta(seconds=self._closed_until - now))
        self._recent.append(now)
        self._chats[chat] = now


SELDOM = 50  # commits between two looks where there are many rows


class Watched(Outside):
    """A database that checks, at each commit, that the account adds up, and that every row only
    went forward and none is lost. With *watch* off, for many rows, it adds up now and then.

    `trouble` may raise before the work, or after the commit.
    """

    def __init__(self, database: Database, *, watch: bool = True) -> None:
        super().__init__(database)
        self.watch = watch
        self.trouble: Callable[[str], Any] = lambda moment: None
        self.commits = 0
        self.eligible = 0  # how many were ever queued
        self._before: dict[int, OutboxState] = {}

    async def run(self, work: Callable[[Tx], T]) -> T:
        await _maybe(self.trouble("before"))
        done = await super().run(work)
        self.commits += 1
        if self.watch or self.commits % SELDOM == 0:
            await self._add_up()
        if self.watch:
            await self._look()
        await _maybe(self.trouble("after"))
        return done

    async def _add_up(self) -> None:
        found = await self.read(outbox.accounts)
        assert found.get(None, Account()).eligible == self.eligible

    def forget(self) -> None:
        """Everything begins anew."""
        self._before = {}
        self.eligible = 0

    async def _look(self) -> None:
        asked = select(tables.outbox.c.id, tables.outbox.c.state)
        rows = await self.read(lambda tx: tx.execute(asked).all())
        now = {row.id: OutboxState(row.state) for row in rows}
        assert now.keys() >= self._before.keys(), "a row was lost"
        for one, before in self._before.items():
            assert now[one] is before or now[one] in reachable(before), (before, now[one])
        self._before = now


def reachable(state: OutboxState) -> frozenset[OutboxState]:
    """Everything a row may have become in one transaction."""
    once = BECOMES[state]
    return once.union(*(BECOMES[one] for one in once))


async def _maybe(result: Any) -> None:
    if asyncio.iscoroutine(result):
        await result


@dataclass
class Office:
    """What a test of the sender needs."""

    database: Watched
    now: VirtualNow
    platform: Platform
    rules: Rules = field(
        default_factory=lambda: Rules(
            kinds=KINDS, hours=ALWAYS, limits=Limits(per_day=50, same_words=50)
        )
    )
    counted: Counter[str] = field(default_factory=Counter)
    _names: Any = field(default_factory=lambda: itertools.count(1))

    def sender(self, **more: Any) -> Dispatcher:
        """A process of its own."""
        given: dict[str, Any] = {
            "database": self.database,
            "channel": self.platform,
            "rules": self.rules,
            "owner": f"process-{next(self._names)}",
            "now": self.now,
            "pacer": Pacer(),
            "told": self._count,
        }
        return Dispatcher("telegram", **given | more)

    async def queue(
        self, count: int, *, kind: str = BULK, hours: float = 48, chats: int | None = None
    ) -> None:
        """Queue a message for each of *count* people (or several for each of *chats*)."""
        now = self.now()
        await self.database.run(lambda tx: people(tx, chats or count, now))
        wanted = [
            Wanted(
                kind=kind,
                person_id=n % (chats or count) + 1,
                dedupe_key=f"{kind}:{n}",
                not_before=now,
                not_after=now + timedelta(hours=hours),
                params={"n": n},
                lane=Lane.BULK,
            )
            for n in range(count)
        ]
        self.database.eligible += count
        await self.database.run(lambda tx: outbox.put(tx, wanted, now=now))

    async def begin_anew(self) -> None:
        """An empty outbox."""
        self.database.forget()
        await self.database.database.run(lambda tx: tx.execute(tables.outbox.delete()))

    async def account(self) -> Account:
        """How everything stands."""
        found = await self.database.read(outbox.accounts)
        return found.get(None, Account())

    async def until_settled(self, sender: Dispatcher, *, hours: float = 48) -> float:
        """Run *sender* until nothing is pending; the seconds it took."""
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        begun = loop.time()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sender.run(stop))
            await self.nothing_pends(hours=hours)
            stop.set()
        return loop.time() - begun

    async def nothing_pends(self, *, hours: float = 48) -> None:
        """Wait until all is settled, *hours* at most."""
        loop = asyncio.get_running_loop()
        begun, seen = loop.time(), -1
        while self.database.commits == seen or (await self.account()).pending:
            seen = self.database.commits  # nothing changes until the next
            assert loop.time() - begun < hours * 3600, await self.account()
            await asyncio.sleep(max(1.0, (loop.time() - begun) / 50))

    async def sent(self, count: int) -> None:
        """Wait until the platform has taken *count*."""
        while len(self.platform.times) < count:  # noqa: ASYNC110 - it rings no bell
            await asyncio.sleep(0.5)

    def _count(self, outcome: str, count: int) -> None:
        self.counted[outcome] += count


def people(tx: Tx, count: int, now: datetime) -> None:
    """*count* people with a Telegram chat each; those who are there already stay."""
    have = len(tx.execute(select(tables.people.c.id)).all())
    new = range(have + 1, count + 1)
    if new:
        tx.execute(
            insert(tables.people), [{"id": n, "status": "active", "created_at": now} for n in new]
        )
        tx.execute(
            insert(tables.addresses),
            [{"channel": "telegram", "address": str(n), "person_id": n} for n in new],
        )


def office(database: Database, platform: Platform | None = None, **more: Any) -> Office:
    """An office over *database*; call it in the virtual loop."""
    watch = more.pop("watch", True)
    return Office(Watched(database, watch=watch), VirtualNow(), platform or Platform(), **more)


__all__ = [
    "BULK",
    "PROMPT",
    "ChannelDown",
    "DatabaseUnavailable",
    "Killed",
    "Office",
    "Platform",
    "RecipientGone",
    "Strict",
    "Throttled",
    "defaultdict",
    "office",
    "random",
]
