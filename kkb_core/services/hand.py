"""What the sender has in its hands between the database and the platform."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from kkb_core.messaging import Address
from kkb_core.outbox import OutboxState, Verdict
from kkb_core.services.letters import Ready
from kkb_core.storage.claims import Settled

GROUP = 30  # about to leave at most, a second's worth: what a crash makes uncertain
BATCH = 180  # claimed at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What became of a message, and where it was sent to, if it was."""

    settled: Settled
    address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What the database is told next, and what is asked of it. *claim* is for how many more."""

    holder: str | None
    finished: Sequence[Finished]
    intend: Sequence[int]
    release: Sequence[int]
    claim: int


@dataclass(slots=True, kw_only=True)
class Hand:
    """Messages claimed, about to leave, under way, and what became of them: one holding's.

    `winding` once nothing new is begun, `closed` when all is done, `dry` when there was no more.
    """

    until: datetime  # the account is ours until then
    holder: str | None = None
    ready: dict[int, Ready] = field(default_factory=dict)  # by row, the first to leave first
    leaving: list[Ready] = field(default_factory=list)
    flying: dict[int, Ready] = field(default_factory=dict)
    finished: list[Finished] = field(default_factory=list)
    released: list[int] = field(default_factory=list)
    flown: int = 0
    dry: bool = False
    paused_until: datetime | None = None
    winding: bool = False
    closed: bool = False
    desk_bell: asyncio.Event = field(default_factory=asyncio.Event)
    lane_bell: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def empty(self) -> bool:
        """Whether nothing is in it."""
        return not (self.ready or self.leaving or self.flying or self.finished or self.released)

    @property
    def hungry(self) -> bool:
        """Whether the desk can see to it now that more may leave."""
        if self.winding:
            return bool(self.released)
        can_intend = len(self.leaving) <= GROUP // 3 and next(self._following(), None) is not None
        return can_intend or (not self.dry and len(self.ready) < GROUP)

    def errand(self, *, now: datetime) -> Errand:
        """Take out what the database is to be told."""
        # By then the claim is anybody's.
        self.ready = {row: one for row, one in self.ready.items() if now < one.claimed.until}
        finished, self.finished = self.finished, []
        released, self.released = self.released, []
        more = not self.winding and len(self.ready) < GROUP
        return Errand(
            holder=self.holder,
            finished=finished,
            intend=[] if self.winding else [*islice(self._following(), GROUP - len(self.leaving))],
            release=released,
            claim=BATCH if more else 0,
        )

    def keep(self, errand: Errand) -> None:
        """The database could not be told: it is told later."""
        self.finished = [*errand.finished, *self.finished]
        self.released = [*errand.release, *self.released]

    def begin(self, asked: Sequence[int], begun: frozenset[int]) -> None:
        """Of those *asked* for, *begun* may leave; the others are not ours, or not wanted."""
        for row in asked:
            one = self.ready.pop(row, None)
            if one is not None and row in begun:
                self.leaving.append(one)
        self.lane_bell.set()

    def take_up(self, ready: Sequence[Ready]) -> None:
        """More was claimed."""
        held = {one.claimed.id for one in self.leaving} | self.flying.keys()
        for one in ready:
            if one.claimed.id not in held:
                self.ready.setdefault(one.claimed.id, one)

    def wind(self, *, again_at: datetime | None = None) -> None:
        """Begin nothing more: what has not left goes back in line, to wait until *again_at*."""
        if self.winding and not (self.leaving or self.ready):
            return
        back = Verdict(state=OutboxState.QUEUED, again_at=again_at)
        self.finished += [
            Finished(settled=Settled(id=one.claimed.id, verdict=back)) for one in self.leaving
        ]
        self.released += self.ready
        self.leaving, self.ready, self.winding = [], {}, True
        self.desk_bell.set()
        self.lane_bell.set()

    def fly(self, one: Ready) -> None:
        """It is handed to the platform now."""
        self.leaving.remove(one)
        self.flying[one.claimed.id] = one
        self.flown += 1
        if len(self.leaving) <= GROUP // 3:
            self.desk_bell.set()

    def land(self, one: Ready, settled: Settled) -> None:
        """What became of a message under way."""
        del self.flying[one.claimed.id]
        self.finished.append(Finished(settled=settled, address=one.address))
        if len(self.finished) >= GROUP or not (self.flying or self.leaving):
            self.desk_bell.set()

    def let_be(self, address: Address) -> None:
        """Nothing that waits for *address* is begun; the database knows better what becomes of it."""
        waiting = [row for row, one in self.ready.items() if one.address == address]
        self.released += waiting
        for row in waiting:
            del self.ready[row]

    def close(self) -> None:
        """All is done."""
        self.closed = True
        self.lane_bell.set()

    def _following(self) -> Iterator[int]:
        """Those that may leave next; never two to one chat at a time."""
        # All are of one account, so the chat's own id tells them apart, and is cheap to look up.
        busy = {one.address.id for one in self.leaving}
        busy.update(one.address.id for one in self.flying.values())
        for row, one in self.ready.items():
            if one.address.id not in busy:
                busy.add(one.address.id)
                yield row
