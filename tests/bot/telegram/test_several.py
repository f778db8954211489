"""Several processes behind one webhook, on one database: each update once, each person in order."""

import asyncio
import random
from collections import defaultdict
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.telegram import intake
from bot.telegram.app import TelegramBot
from kkb_core.errors import DatabaseUnavailable
from kkb_core.messaging import Address, Channel, MsgIn, MsgOut, Text
from kkb_core.storage import Database, Tx, updates
from kkb_core.storage.conversations import save_conversation
from kkb_core.storage.standing import arrive, standing
from tests.bot.telegram.conftest import START, Wired
from tests.bot.telegram.echo import Echo
from tests.bot.telegram.payloads import SITI, message
from tests.bot.telegram.test_app import ACCOUNT, left_over

PEOPLE, EACH = 6, 12


@pytest.fixture
async def processes(postgres_url: str):
    """Three bots that share nothing but the database; what they hear goes into one list."""
    opened = [Database.open(postgres_url) for _ in range(3)]
    yield [Wired(one, Diary()) for one in opened]
    for one in opened:
        await one.close()


class Diary(Echo):
    """Keeps what each person said with where they are: a turn undone leaves no word of it."""

    def turn(self, tx: Tx, msg: MsgIn, *, now: datetime) -> list[MsgOut]:
        found = arrive(tx, msg.address, now=now)
        said = [*found.conversation.state.get("said", []), msg.text]
        save_conversation(
            tx,
            found.person.id,
            topic="",
            state={"said": said},
            household_id=None,
            interview_id=None,
            now=now,
        )
        return [MsgOut(text=Text.of("heard"))]


async def diary(database: Database, who: int = SITI) -> list[str]:
    here = Address(Channel.TELEGRAM, str(who))
    found = await database.read(lambda tx: standing(tx, here))
    assert found is not None
    return list(found.conversation.state["said"])


async def bring(raws: list[Any], bots: list[TelegramBot], dice: random.Random) -> None:
    """One person's updates, each when the one before is kept, each to any process."""
    for raw in raws:
        assert await dice.choice(bots).receive([raw])


async def until_done(database: Database) -> None:
    async with asyncio.timeout(20):
        while await left_over(database):  # noqa: ASYNC110 - another connection empties it
            await asyncio.sleep(0.01)


async def test_any_process_takes_any_update_and_each_person_is_heard_in_order(
    processes: list[Wired],
) -> None:
    dice = random.Random(11)
    theirs = defaultdict(list)
    for number in range(EACH):
        for who in range(1, PEOPLE + 1):
            theirs[who].append(message(f"{who}.{number}", who=who))

    async with AsyncExitStack() as stack:
        bots = [await stack.enter_async_context(process.running()) for process in processes]
        await asyncio.gather(*(bring(raws, bots, dice) for raws in theirs.values()))
        await until_done(processes[0].database)

    for who in range(1, PEOPLE + 1):
        said = await diary(processes[0].database, who)
        assert said == [f"{who}.{number}" for number in range(EACH)]


async def test_an_update_brought_to_every_process_is_heard_once(processes: list[Wired]) -> None:
    raw = message("halo")

    async with AsyncExitStack() as stack:
        bots = [await stack.enter_async_context(process.running()) for process in processes]
        assert await asyncio.gather(*(bot.receive([raw]) for bot in bots * 5)) == [True] * 15
        await until_done(processes[0].database)

    assert await diary(processes[0].database) == ["halo"]


async def test_what_a_dead_process_took_is_done_before_what_came_later(
    processes: list[Wired],
) -> None:
    dead, alive, _ = processes
    first = message("first")
    await dead.database.run(
        lambda tx: updates.take(
            tx,
            ACCOUNT,
            {first["update_id"]: first},
            now=START,
            keys={first["update_id"]: str(SITI)},
        )
    )

    async with alive.running() as bot:
        await bot.receive([message("second")])
        await until_done(alive.database)

    assert await diary(alive.database) == ["first", "second"]


async def test_what_arrives_during_a_commit_shares_the_next(wired_on_both: Wired) -> None:
    bot, before = await wired_on_both.bot(), wired_on_both.database.transactions

    assert await asyncio.gather(*(bot.receive([message()]) for _ in range(40))) == [True] * 40

    assert wired_on_both.database.transactions - before <= 3
    assert len(await left_over(wired_on_both.database)) == 40


async def test_what_arrives_at_a_database_in_trouble_is_not_acknowledged(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot, raw = await wired.bot(), message()

    async def refuse(work: Any) -> None:
        raise DatabaseUnavailable("the database is full")

    with monkeypatch.context() as trouble:
        trouble.setattr(wired.database, "run", refuse)
        assert await asyncio.gather(bot.receive([raw]), bot.receive([raw])) == [False, False]
    assert wired.sends.texts() == ["Sorry, something is out of order."]
    assert await bot.receive([raw]) is True


async def test_who_is_stopping_lets_another_process_have_it(wired: Wired) -> None:
    async with wired.running() as bot:
        assert await bot.receive([message()])
    assert not await bot.receive([message()])


async def test_what_a_dead_process_took_is_done_by_another_in_time(
    wired_on_both: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "LEFT", timedelta(seconds=0.05))
    raw = message("left")

    async with wired_on_both.running():
        await wired_on_both.database.run(
            lambda tx: updates.take(
                tx, ACCOUNT, {raw["update_id"]: raw}, now=START - timedelta(minutes=1)
            )
        )
        await wired_on_both.sends.until(lambda _: wired_on_both.sends.texts() == ["heard left"])
