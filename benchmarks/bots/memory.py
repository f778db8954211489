"""Our bot with nothing kept: the same polls, turns, words and calls, and no database at all.

`python -m benchmarks.bots.memory URL`. What the durable bot costs more is the price of keeping.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy.dialects import sqlite

from bot.bootstrap import leave_what_stays
from bot.clock import SystemClock
from bot.conversations.exchange import Exchange
from bot.conversations.meaning import act_on
from bot.conversations.screen import is_private, take_private_away
from bot.conversations.whereabouts import show_where
from bot.telegram.app import connect
from bot.telegram.parse import Heard, lane, parse, update_id
from bot.telegram.polling import Poller
from bot.telegram.replying import Replies
from bot.telegram.sending import TelegramChannel
from kkb_core import definitions
from kkb_core.messaging import Address, Language, MsgIn, MsgOut
from kkb_core.storage.columns import dumped
from kkb_core.storage.conversations import Conversation
from kkb_core.storage.households import Household
from kkb_core.storage.interviews import StoredInterview
from kkb_core.storage.people import Person, PersonStatus, Relation
from kkb_core.storage.standing import Standing
from kkb_core.survey.interview import start

TOKEN = "7654321:bench"  # noqa: S105 - of a server that knows none


class Nothing:
    """What a database answers that keeps nothing, and the transaction it answers in."""

    dialect = "sqlite"
    locks_rows = False
    statements = 0
    rowcount = 1

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    connection: Any = SimpleNamespace(dialect=sqlite.dialect(json_serializer=dumped))

    def fetchone(self) -> None:
        """Nothing is found."""

    def fetchall(self) -> list[Any]:
        """Nothing is found."""
        return []

    def execute(self, *_: Any) -> "Nothing":
        """Nothing is asked of anybody."""
        return self

    mappings = scalars = drive = execute

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Nothing to go back to."""
        yield

    async def run(self, work: Callable[[Any], Any]) -> Any:
        """Run *work* at once."""
        return work(self)


NOTHING: Any = Nothing()


class InMemory:
    """Conversations whose state is a dictionary."""

    def __init__(self) -> None:
        self._known = definitions.load()
        self._standings: dict[str, Standing] = {}

    def turn(self, msg: MsgIn, *, now: datetime) -> list[MsgOut]:
        """One whole turn."""
        here = self._standings.get(msg.address.id) or self._new(msg.address, now)
        exchange = Exchange(tx=NOTHING, msg=msg, now=now, standing=here, definitions=self._known)
        was_private = is_private(exchange)
        act_on(exchange)
        if exchange.lead is not None:
            show_where(exchange, exchange.lead)
        moved = replace(here.conversation, topic=exchange.topic, state=exchange.state)
        self._standings[msg.address.id] = replace(
            here, conversation=moved, household=exchange.household, interview=exchange.interview
        )
        return take_private_away(exchange, was_private=was_private)

    def _new(self, address: Address, now: datetime) -> Standing:
        number = len(self._standings) + 1
        cursor = start(self._known.current).interview.to_json()
        asked = self._known.current
        return Standing(
            address=address,
            person=Person(
                id=number, language=Language.ID, status=PersonStatus.ACTIVE,
                adult_confirmed_at=now, paused_until=None, blocked_at=None, created_at=now,
            ),
            conversation=Conversation(
                topic="rest", state={}, household_id=number,
                interview_id=number, updated_at=now,
            ),
            household=Household(
                id=number, public_id=str(number), area_code="33.75.04.1004", rw=3, rt=2,
                label="Keluarga saya", created_at=now,
            ),
            relation=Relation.SELF,
            interview=StoredInterview(
                id=number, household_id=number, round_id=1, questionnaire=asked.id,
                digest=asked.digest, answers={}, cursor=cursor, started_at=now, updated_at=now,
                completed_at=None, asked_at=now,
            ),
            households=1,
        )  # fmt: skip


class Intake:
    """Updates are answered as they come, each person's in their order."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self._conversations = InMemory()
        self._clock = SystemClock()
        self._last: dict[str, asyncio.Task[None]] = {}

    async def take(self, raws: Sequence[Any]) -> None:
        """Answer *raws*; nothing is waited for."""
        for raw in raws:
            if update_id(raw) is not None:
                whose = lane(raw)
                before = self._last.get(whose)
                self._last[whose] = asyncio.ensure_future(self._answer(raw, before))

    async def apologise(self, raws: Sequence[Any]) -> None:
        """There is nothing that could fail."""

    async def _answer(self, raw: Any, before: "asyncio.Task[None] | None") -> None:
        if before is not None:
            await before
        meaning = parse(raw)
        if isinstance(meaning, Heard):
            outs = self._conversations.turn(meaning.msg, now=self._clock.now())
            await self._replies.reply(meaning.msg.address, outs, query=meaning.query)


async def main(address: str) -> None:
    """Poll and answer until told to stop."""
    account = await connect(TOKEN, api_base_url=address)
    channel = TelegramChannel(account.bot, lambda _: b"")
    replies = Replies(channel, NOTHING, shown=lambda *_: None, clock=SystemClock())
    intake: Any = Intake(replies)
    leave_what_stays()
    await Poller(account.bot, account.polls, intake).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
