"""The sender over virtual time: storms, refusals, silence, two senders, a database that goes away."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kkb_core.errors import (
    ChannelDown,
    ChatMoved,
    DatabaseUnavailable,
    RecipientGone,
    Rejected,
    Throttled,
)
from kkb_core.hours import Hours
from kkb_core.messaging import Address, Channel, MsgOut, Text
from kkb_core.outbox import Limits
from kkb_core.services.letters import Rules
from kkb_core.storage import Database, outbox, people, tables
from tests.kkb_core.services.post import (
    BULK,
    KINDS,
    PROMPT,
    Office,
    Platform,
    Strict,
    office,
)
from tests.virtual_time import VirtualLoop, run_virtually

LONG = bool(os.environ.get("KKB_LONG"))
CHATS = 50_000 if LONG else 120
Scene = Callable[[Office], Coroutine[Any, Any, None]]


def play(url: str, scene: Scene, platform: Platform | None = None, **more: Any) -> None:
    """Act *scene* in an office of its own, in virtual time."""

    async def played() -> None:
        database = Database.open(url)
        try:
            await scene(office(database, platform, **more))
        finally:
            loop = asyncio.get_running_loop()
            assert isinstance(loop, VirtualLoop)
            loop.outside += 1
            await database.close()
            loop.outside -= 1

    run_virtually(played())


def test_everybody_is_told_once_and_the_account_says_so(database_url: str) -> None:
    async def scene(the: Office) -> None:
        await the.queue(60)

        await the.until_settled(the.sender())

        assert set(the.platform.taken.values()) == {1}
        assert (await the.account()).sent == len(the.platform.taken) == 60

    play(database_url, scene)


def test_nearly_all_of_the_allowed_rate_is_used_and_never_more(sqlite_url: str) -> None:
    count = 10_000 if LONG else 900
    strict = Strict()

    async def scene(the: Office) -> None:
        await the.queue(count)
        await the.until_settled(the.sender())

    play(sqlite_url, scene, strict, watch=False)

    took = strict.times[-1] - strict.times[0]
    assert strict.refused == 0
    assert len(strict.taken) == count
    assert (count - 1) / took >= 0.99 * 30


def test_several_messages_to_one_chat_leave_a_second_apart(sqlite_url: str) -> None:
    strict = Strict()

    async def scene(the: Office) -> None:
        await the.queue(24, chats=3)
        await the.until_settled(the.sender())

    play(sqlite_url, scene, strict)

    assert strict.refused == 0
    assert len(strict.taken) == 24


def test_replies_take_their_share_of_the_budget(sqlite_url: str) -> None:
    strict = Strict()

    async def scene(the: Office) -> None:
        await the.queue(300)
        sender = the.sender()
        loop, stop = asyncio.get_running_loop(), asyncio.Event()

        async def talk() -> None:
            number = 0
            while not stop.is_set():
                number += 1
                sender._pacer.interactive(f"talker {number}", now=loop.time())
                await asyncio.sleep(strict.latency / 2)
                strict.hears_a_reply()
                await asyncio.sleep(0.1 - strict.latency / 2)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(talk())
            took = await the.until_settled(sender)
            stop.set()
        assert 14 < took < 17  # twenty a second are left

    play(sqlite_url, scene, strict)

    assert strict.refused == 0


@pytest.mark.parametrize("retry_after", [1, 30, 10_000 if LONG else 3_600])
def test_a_429_stops_the_lane_and_loses_nothing(sqlite_url: str, retry_after: int) -> None:
    async def scene(the: Office) -> None:
        await the.queue(CHATS)

        def storm(chat: str) -> None:
            if the.platform.tries % (CHATS // 3) == 30:
                raise Throttled(timedelta(seconds=retry_after))

        the.platform.before = storm
        took = await the.until_settled(the.sender(looks_every=60.0))

        assert took >= retry_after
        assert set(the.platform.taken.values()) == {1}
        assert (await the.account()).sent == CHATS

    play(sqlite_url, scene, watch=not LONG)


def test_a_429_is_remembered_by_the_next_process(sqlite_url: str) -> None:
    async def scene(the: Office) -> None:
        def always(chat: str) -> None:
            raise Throttled(timedelta(seconds=600))

        await the.queue(10)
        the.platform.before = always
        await the.sender().stint()
        tries = the.platform.tries
        the.platform.before = lambda chat: None
        await asyncio.sleep(300)

        await the.sender().stint()

        assert the.platform.tries == tries
        await the.until_settled(the.sender())
        assert the.now() >= the.now.start + timedelta(seconds=600)

    play(sqlite_url, scene)


async def _settled(the: Office, count: int, kind: str = BULK, **more: Any) -> None:
    await the.queue(count, kind=kind, **more)
    await the.until_settled(the.sender(looks_every=30.0), hours=72)


def test_a_403_marks_the_person_and_nothing_else_is_sent_to_them(sqlite_url: str) -> None:
    async def scene(the: Office) -> None:
        def gone(chat: str) -> None:
            if chat == "3":
                raise RecipientGone("bot was blocked by the user")

        the.platform.before = gone
        await _settled(the, 12, chats=6)

        account = await the.account()
        assert (account.sent, account.blocked) == (10, 2)
        assert the.platform.tries == 11

    play(sqlite_url, scene)


@pytest.mark.parametrize(
    ("error", "part"),
    [(Rejected("message is too long"), "failed"), (ValueError("a fault of ours"), "failed")],
)
def test_what_cannot_be_cured_is_not_tried_again(
    sqlite_url: str, error: Exception, part: str
) -> None:
    async def scene(the: Office) -> None:
        def refuse(chat: str) -> None:
            raise error

        the.platform.before = refuse
        await _settled(the, 2)

        assert (await the.account()).failed == the.platform.tries == 2

    play(sqlite_url, scene)


def test_what_the_platform_did_not_take_is_tried_until_it_does(sqlite_url: str) -> None:
    async def scene(the: Office) -> None:
        def flaky(chat: str) -> None:
            if the.now() < the.now.start + timedelta(minutes=10):
                raise ChannelDown("502 by a proxy that says so")

        the.platform.before = flaky
        await _settled(the, CHATS // 3)

        assert set(the.platform.taken.values()) == {1}
        assert (await the.account()).sent == CHATS // 3

    play(sqlite_url, scene, watch=not LONG)


@pytest.mark.parametrize(("kind", "most"), [(BULK, 1), (PROMPT, 3)])
def test_a_silence_after_acceptance_is_unknown_and_only_a_prompt_is_said_again(
    sqlite_url: str, kind: str, most: int
) -> None:
    async def scene(the: Office) -> None:
        def silence(chat: str) -> None:
            raise ChannelDown("no answer in time", accepted=None)

        the.platform.after = silence
        await _settled(the, 8, kind)

        assert (await the.account()).unknown == 8
        assert set(the.platform.taken.values()) == {most}

    play(sqlite_url, scene)


def test_what_has_become_too_late_is_stale(sqlite_url: str) -> None:
    async def scene(the: Office) -> None:
        def always(chat: str) -> None:
            raise Throttled(timedelta(seconds=10_000))

        the.platform.before = always
        await _settled(the, 20, hours=1)

        assert (await the.account()).stale == 20

    play(sqlite_url, scene)


def test_two_senders_take_turns_and_the_second_takes_over(database_url: str) -> None:
    async def scene(the: Office) -> None:
        await the.queue(120)
        stop_first, stop = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(the.sender().run(stop_first))
            await asyncio.sleep(0.5)
            tasks.create_task(the.sender().run(stop))
            await asyncio.sleep(1)
            stop_first.set()
            await the.nothing_pends()
            stop.set()

        assert (await the.account()).sent == 120
        assert set(the.platform.taken.values()) == {1}

    play(database_url, scene)


def test_no_night_is_disturbed(sqlite_url: str) -> None:
    rules = Rules(kinds=KINDS, hours=Hours(), limits=Limits(per_day=50, same_words=50))

    async def scene(the: Office) -> None:
        the.now.jumped = timedelta(hours=11, minutes=29, seconds=50)  # 20.29.50 in Jenggot
        await the.queue(450)
        evening = the.now()

        await the.until_settled(the.sender(looks_every=600.0))

        after = [evening + timedelta(seconds=at) for at in the.platform.times]
        before = [at for at in after if at < evening + timedelta(seconds=13)]
        assert 300 <= len(before) < 400
        assert min(set(after) - set(before)) >= evening + timedelta(hours=11, minutes=30)
        assert (await the.account()).sent == 450

    play(sqlite_url, scene, rules=rules)


def test_nobody_gets_more_in_a_day_than_the_limit(sqlite_url: str) -> None:
    rules = Rules(kinds=KINDS, hours=Hours(), limits=Limits(per_day=2, same_words=50))

    async def scene(the: Office) -> None:
        await the.queue(5, chats=1, hours=100)

        await the.until_settled(the.sender(looks_every=600.0), hours=100)

        days = [(the.now.start + timedelta(seconds=at)).day for at in the.platform.times]
        assert sorted(days) == [10, 10, 11, 11, 12]

    play(sqlite_url, scene, rules=rules)


def test_a_database_gone_for_a_minute_costs_a_minute(sqlite_url: str) -> None:
    async def scene(the: Office) -> None:
        def gone(moment: str) -> None:
            if 2 <= asyncio.get_running_loop().time() < 62:
                raise DatabaseUnavailable("the database is unreachable")

        await the.queue(CHATS)
        the.database.trouble = gone
        took = await the.until_settled(the.sender())

        assert took < 62 + CHATS / 29 + 10
        assert (await the.account()).sent == CHATS
        assert set(the.platform.taken.values()) == {1}

    play(sqlite_url, scene, watch=not LONG)


@pytest.mark.parametrize("hours", [-0.02, 0.002, 0.01, 5])
def test_a_clock_that_jumps_loses_and_doubles_nothing(sqlite_url: str, hours: float) -> None:
    async def scene(the: Office) -> None:
        await the.queue(200)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(the.sender().run(stop))
            tasks.create_task(the.sender().run(stop))
            await asyncio.sleep(2)
            the.now.jumped += timedelta(hours=hours)
            await the.nothing_pends()
            stop.set()

        account = await the.account()
        assert account.sent + account.unknown == 200
        assert set(the.platform.taken.values()) == {1}

    play(sqlite_url, scene)


def test_what_was_cancelled_meanwhile_is_not_begun(sqlite_url: str) -> None:
    async def scene(the: Office) -> None:
        await the.queue(200)
        sender, stop = the.sender(), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sender.run(stop))
            await asyncio.sleep(1)
            now = the.now()
            gone = await the.database.run(lambda tx: outbox.cancel(tx, ids=range(1, 201), now=now))
            await the.nothing_pends()
            stop.set()

        account = await the.account()
        assert account.cancelled == gone > 100
        assert account.sent == len(the.platform.taken) < 60

    play(sqlite_url, scene)


class Mortal:
    """What a process sees of the world, until it is killed at its *dies_at*-th point."""

    def __init__(self, the: Office, *, dies_at: int) -> None:
        self.the = the
        self.dies_at = dies_at
        self.points = 0
        self.dead = asyncio.Event()

    async def point(self) -> None:
        self.points += 1
        if self.points == self.dies_at:
            self.dead.set()
        if self.dead.is_set():
            await asyncio.Event().wait()  # nothing of a dead process goes on

    async def run(self, work: Any) -> Any:
        await self.point()
        done = await self.the.database.run(work)
        await self.point()
        return done

    async def show(self, address: Any, msg: Any) -> list[str]:
        await self.point()
        shown = await self.the.platform.show(address, msg)
        await self.point()
        return shown


async def live_and_die(the: Office, dies_at: int) -> Mortal:
    """A process that sends until it is killed, or until nothing is left."""
    mortal = Mortal(the, dies_at=dies_at)
    sender = the.sender(database=mortal, channel=mortal)
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(sender.stint())
        dying = tasks.create_task(mortal.dead.wait())
        await asyncio.wait({sending, dying}, return_when=asyncio.FIRST_COMPLETED)
        sending.cancel()
        dying.cancel()
    return mortal


@pytest.mark.parametrize("kind", [BULK, PROMPT])
def test_a_kill_at_any_point_loses_nothing_and_repeats_only_prompts(
    sqlite_url: str, kind: str
) -> None:
    count = 40 if LONG else 3

    async def scene(the: Office) -> None:
        points = 0
        for dies_at in range(1, 4 * count + 20):
            the.platform.taken.clear()
            await the.begin_anew()
            await the.queue(count, kind=kind)
            points = (await live_and_die(the, dies_at)).points
            died = asyncio.get_running_loop().time()

            await the.until_settled(the.sender(looks_every=20.0))

            account = await the.account()
            assert account.sent + account.unknown == account.eligible == count
            taken = the.platform.taken
            assert all(taken[f"{kind} {n}"] >= 1 for n in range(count)) or account.unknown
            assert max(taken.values(), default=0) <= (1 if kind == BULK else 2)
            assert asyncio.get_running_loop().time() - died < 180
            if points < dies_at:
                break
        assert points < dies_at, "every point was died at"

    play(sqlite_url, scene)


def test_a_second_process_takes_over_within_fifteen_seconds_of_a_kill(database_url: str) -> None:
    async def scene(the: Office) -> None:
        await the.queue(600)
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            first = tasks.create_task(live_and_die(the, 150))
            await asyncio.sleep(0.1)
            tasks.create_task(the.sender().run(stop))
            await first
            died, before = loop.time(), len(the.platform.times)
            await the.sent(before + 3)
            stop.set()

        assert loop.time() - died < 15

    play(database_url, scene)


def test_replies_are_as_quick_as_ever_while_the_lane_is_stopped(sqlite_url: str) -> None:
    """A 429 of 10,000 s stops the bulk lane; whoever writes is answered by their own process."""

    async def p95(the: Office, *, stopped: bool) -> float:
        def too_many(chat: str) -> None:
            if stopped and not chat.startswith("talker"):
                raise Throttled(timedelta(seconds=10_000))

        the.platform.before = too_many
        sender, stop, took = the.sender(), asyncio.Event(), []
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sender.run(stop))
            await asyncio.sleep(5)
            for number in range(200):
                address, begun = Address(Channel.TELEGRAM, f"talker {number}"), loop.time()
                await the.database.run(lambda tx: people.person(tx, 1))
                sender._pacer.interactive(address.id, now=loop.time())
                await the.platform.show(address, MsgOut(text=Text.of("Baik")))
                took.append(loop.time() - begun)
                await asyncio.sleep(0.1)
            stop.set()
        return sorted(took)[len(took) * 95 // 100]

    async def scene(the: Office) -> None:
        await the.queue(900)
        stopped = await p95(the, stopped=True)
        assert (await the.account()).pending == 900
        assert the.platform.tries < 300  # the lane itself has stopped
        the.now.jumped += timedelta(seconds=10_001)
        assert stopped <= 1.2 * await p95(the, stopped=False)

    play(sqlite_url, scene, watch=False)


def test_all_that_a_message_became_is_remembered(sqlite_url: str) -> None:
    class InTwo(Platform):
        async def show(self, address: Address, msg: MsgOut) -> list[str]:
            (first,) = await super().show(address, msg)
            return [f"{first}0", f"{first}1"]

    async def scene(the: Office) -> None:
        await _settled(the, 1)

        asked = select(tables.outbox.c.platform_msg_id)
        assert (await the.database.read(lambda tx: tx.execute(asked).scalar_one())) == "10,11"

    play(sqlite_url, scene, InTwo())


def test_a_chat_that_moved_is_written_to_where_it_is_now(sqlite_url: str) -> None:
    async def scene(the: Office) -> None:
        def moved(chat: str) -> None:
            if chat == "2":
                raise ChatMoved("-1002")

        the.platform.before = moved
        await _settled(the, 3)

        assert (await the.account()).sent == 3
        assert await the.database.read(lambda tx: people.addresses_of(tx, 2)) == (
            Address(Channel.TELEGRAM, "-1002"),
        )

    play(sqlite_url, scene)
