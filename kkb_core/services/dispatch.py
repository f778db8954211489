"""The sender's loop: one account, one holder of its lease, at most so many messages a second.

Claim, act and settle are short transactions with nothing of the platform in them. Two sides work
at once: the desk tells the database and asks it for more, the lane hands each message to the
platform in its slot. `now` is given; waiting is the event loop's own time.
"""

import asyncio
import math
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Protocol

import structlog

from kkb_core.errors import ChannelDown, DatabaseUnavailable, SendError
from kkb_core.messaging import Address, MsgOut
from kkb_core.outbox import (
    OutboxState,
    Pacer,
    Reason,
    Verdict,
    accepted,
    rest_after,
    verdict,
)
from kkb_core.services.desk import Desk, Kept
from kkb_core.services.hand import Errand, Hand
from kkb_core.services.letters import Ready, Rules
from kkb_core.storage import Database
from kkb_core.storage.claims import Settled

log = structlog.get_logger(__name__)

LOOKS_EVERY = 2.0  # seconds between looks when nothing is due, or somebody else is sending
LOOKS_EVERY_PAUSED = 30.0  # the lease may run out meanwhile: whoever takes it pauses too
RENEWS_EVERY = 2.0  # seconds between renewals of the lease while sending
SETTLES_WITHIN = 0.5  # seconds
AFTER_TROUBLE = 1.0  # seconds before the database is asked again
AFTER_FAULT = 10.0  # seconds before the sender begins anew
PATIENCE = 10.0  # seconds a database in trouble is waited for once told to stop
LONGEST_IDS = 64
FLYING = 128  # at once; the rate times a round trip of four seconds


class Sending(Protocol):
    """A channel that messages leave by."""

    async def show(self, address: Address, msg: MsgOut) -> list[str]:
        """Show *msg*; the ids of all it became. Raises SendError."""
        ...


def _uncounted(outcome: str, count: int) -> None:
    """Nobody counts."""


class Dispatcher:
    """Sends what is due on one account, for as long as it holds the account's lease."""

    def __init__(
        self,
        account: str,
        *,
        database: Database,
        channel: Sending,
        rules: Rules,
        owner: str,
        now: Callable[[], datetime],
        pacer: Pacer | None = None,
        told: Callable[[str, int], None] = _uncounted,
        looks_every: float = LOOKS_EVERY,
    ) -> None:
        """*owner* names this process; *pacer* is shared with the replies; *told* counts outcomes.

        *looks_every* so many seconds it looks whether something has become due.
        """
        self._looks_every = looks_every
        self._database = database
        self._channel = channel
        self._rules = rules
        self._desk = Desk(account, owner=owner, rules=rules)
        self._now = now
        self._pacer = pacer or Pacer()
        self._told = told
        self._failures = 0
        self._rests_until = 0.0
        self._bell = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until *stop*; then end in order and let the next one have the account."""
        while not stop.is_set():
            try:
                pause = await self.stint(stop)
            except Exception:
                # A fault of ours: whoever writes to us is answered all the same.
                log.exception("the sender failed")
                self._told(Reason.BROKEN.value, 1)
                pause = AFTER_FAULT
            self._bell.clear()
            await _first(stop, self._bell, seconds=pause)
        with suppress(DatabaseUnavailable):
            await self._database.run(lambda tx: self._desk.give_back(tx, now=self._now()))

    def nudge(self) -> None:
        """Look now: something may have become due."""
        self._bell.set()

    async def stint(self, stop: asyncio.Event | None = None) -> float:
        """Send all that is due; the seconds after which to look again."""
        hand = Hand(until=self._now())
        stop = stop or asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            stopping = tasks.create_task(_wind_at(stop, hand))
            lane = tasks.create_task(self._run_lane(hand, tasks))
            try:
                trouble = await self._run_desk(hand, stop)
            finally:
                hand.close()
                stopping.cancel()
            await lane
        if trouble:
            return AFTER_TROUBLE
        if hand.paused_until is not None:
            left = (hand.paused_until - self._now()).total_seconds()
            return min(max(left, 0.0), LOOKS_EVERY_PAUSED)
        return 0.0 if hand.flown and not hand.winding else self._looks_every

    # -- the desk: between us and the database -----------------------------------------------

    async def _run_desk(self, hand: Hand, stop: asyncio.Event) -> bool:
        """Tell and ask the database until the hand is empty; whether it could not be told."""
        tries = 0
        while True:
            hand.desk_bell.clear()
            errand = hand.errand(now=self._now())
            try:
                kept = await self._database.run(self._errand(errand))
            except DatabaseUnavailable as error:
                hand.keep(errand)
                tries += 1
                log.warning("the outbox waits for the database", reason=str(error))
                if hand.empty or (stop.is_set() and tries > PATIENCE / AFTER_TROUBLE):
                    return True
                await asyncio.sleep(AFTER_TROUBLE)
                continue
            tries = 0
            self._follow(hand, errand, kept)
            if hand.empty and (hand.winding or hand.dry):
                return False
            if not hand.hungry:
                busy = hand.finished or hand.flying
                within = SETTLES_WITHIN if busy else RENEWS_EVERY
                await _heard(hand.desk_bell, seconds=within)
                await asyncio.sleep(0)  # what lands at the same moment is told with it

    def _errand(self, errand: Errand) -> Callable[..., Kept]:
        return lambda tx: self._desk.do(tx, errand, now=self._now())

    def _follow(self, hand: Hand, errand: Errand, kept: Kept) -> None:
        for outcome, count in kept.outcomes.items():
            self._told(outcome, count)
        if kept.lease is None or kept.paused_until is not None:
            hand.paused_until = kept.paused_until
            hand.wind()
            return
        hand.holder, hand.until = kept.lease.holder, kept.lease.until
        hand.begin(errand.intend, kept.begun)
        hand.take_up(kept.ready)
        if errand.claim:
            hand.dry = kept.claimed < errand.claim
        if hand.winding:  # told so while the database was asked
            hand.wind()

    # -- the lane: from us to the platform ---------------------------------------------------

    async def _run_lane(self, hand: Hand, tasks: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        while not hand.closed:
            if not hand.leaving:
                hand.lane_bell.clear()
                await hand.lane_bell.wait()
                continue
            at = loop.time()
            due, one = self._first_due(hand, at)
            if due > at or len(hand.flying) >= FLYING:
                await asyncio.sleep(min(max(due - at, 0.005), 1.0))
            elif self._now() >= hand.until:
                hand.wind()  # somebody else may be sending by now
            else:
                self._pacer.bulk(one.address.id, now=at)
                hand.fly(one)
                tasks.create_task(self._act(hand, one))

    def _first_due(self, hand: Hand, at: float) -> tuple[float, Ready]:
        earliest = self._pacer.opens(now=at)
        due, first = math.inf, hand.leaving[0]
        for one in hand.leaving:
            open_at = self._pacer.due(one.address.id, now=at)
            if open_at < due:
                due, first = open_at, one
            if due <= earliest:
                break  # nobody's turn comes sooner
        return max(due, self._rests_until), first

    async def _act(self, hand: Hand, one: Ready) -> None:
        shown: list[str] = []
        try:
            shown = await self._channel.show(one.address, one.msg)
        except SendError as error:
            became = self._judge(hand, one, error)
        except Exception:
            log.exception("a message could not be sent", row=one.claimed.id, kind=one.claimed.kind)
            became = Verdict(state=OutboxState.FAILED, reason=Reason.BROKEN, counts=True)
        else:
            became = accepted()
            self._failures = 0
            self._note_pieces(one, len(shown) - 1)
        hand.land(
            one,
            Settled(
                id=one.claimed.id,
                verdict=became,
                digest=one.digest,
                platform_msg_id=_ids(shown),
            ),
        )

    def _judge(self, hand: Hand, one: Ready, error: SendError) -> Verdict:
        now = self._now()
        may_repeat = one.claimed.kind in self._rules.repeatable
        became = verdict(error, attempts=one.claimed.attempts, may_repeat=may_repeat, now=now)
        if became.pause_until is not None:
            log.warning("the bulk lane was told to wait", reason=str(error))
            if not hand.winding:
                self._pacer.refused()
            hand.wind(again_at=became.pause_until)
        if became.reason is Reason.BLOCKED:
            hand.let_be(one.address)
        self._failures = self._failures + 1 if isinstance(error, ChannelDown) else 0
        if rest := rest_after(self._failures):
            self._rests_until = asyncio.get_running_loop().time() + rest
        return became

    def _note_pieces(self, one: Ready, more: int) -> None:
        """A long message leaves as several, and each of them counts."""
        for _ in range(more):
            self._pacer.interactive(one.address.id, now=asyncio.get_running_loop().time())


def _ids(shown: list[str]) -> str | None:
    """All that a message became, to be taken away together; the last has the buttons."""
    every = ",".join(shown)
    return every if 0 < len(every) <= LONGEST_IDS else next(reversed(shown), None)


async def _wind_at(stop: asyncio.Event, hand: Hand) -> None:
    await stop.wait()
    hand.wind()


async def _heard(event: asyncio.Event, *, seconds: float) -> None:
    """Wait for one event, *seconds* at most, without a task of its own."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def _first(*events: asyncio.Event, seconds: float) -> None:
    """Wait until one of *events* is set, *seconds* at most."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as tasks:
            waits = [tasks.create_task(event.wait()) for event in events]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
