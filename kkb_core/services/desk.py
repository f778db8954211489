"""The sender's side towards the database: one short transaction an errand."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kkb_core.hours import is_open
from kkb_core.i18n import ZONE_NAMES
from kkb_core.messaging import Address
from kkb_core.outbox import OutboxState, Reason, Verdict
from kkb_core.services import letters, unreachable
from kkb_core.services.hand import Errand, Finished
from kkb_core.services.letters import Ready, Rules
from kkb_core.storage import Tx, claims, leases, people
from kkb_core.storage.leases import Lease
from kkb_core.storage.outbox import OWN_HOUR

HOLDS = timedelta(seconds=10)  # a lease not renewed for so long is free
CLAIMED = timedelta(seconds=60)  # a claim not begun by then is free
SENDING = timedelta(seconds=90)  # longer than a send can take
CHORES_EVERY = timedelta(seconds=5)


@dataclass(slots=True, kw_only=True)
class Kept:
    """What came of an errand. `lease` is None when somebody else has the account.

    `paused_until` when the platform asked to be left alone.
    """

    lease: Lease | None = None
    paused_until: datetime | None = None
    begun: frozenset[int] = frozenset()
    ready: list[Ready] = field(default_factory=list)
    claimed: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    def note(self, verdict: Verdict) -> None:
        """Count what became of a message; one that only goes back in line is not counted."""
        if verdict.state is not OutboxState.QUEUED or verdict.reason is not None:
            self.outcomes[verdict.outcome] += 1


class Desk:
    """Tells the database what became of messages, and asks it for more. One account's."""

    def __init__(self, account: str, *, owner: str, rules: Rules) -> None:
        """*owner* names this process among all that might send."""
        self.account = account
        self._name = f"sender:{account}"
        self._owner = owner
        self._rules = rules
        self._chores_at: datetime | None = None

    def do(self, tx: Tx, errand: Errand, *, now: datetime) -> Kept:
        """Settle, renew the lease, begin the next, claim more: as far as the account is ours."""
        kept = Kept()
        for one in errand.finished:
            self._follow(tx, one, kept, now)
        if errand.holder is not None:
            done = [one.settled for one in errand.finished]
            claims.settle(tx, done, holder=errand.holder, now=now)
            claims.release(tx, errand.release, holder=errand.holder)
        lease = leases.take(tx, self._name, self._owner, now=now, until=now + HOLDS)
        if lease is None or errand.holder not in (None, lease.holder):
            return kept
        kept.lease = lease
        self._chores(tx, errand, kept, now)
        if lease.not_before is not None and lease.not_before > now:
            kept.paused_until = lease.not_before
            return kept
        if errand.intend:
            kept.begun = claims.intend(
                tx, errand.intend, holder=lease.holder, now=now, until=now + SENDING
            )
        if errand.claim:
            self._claim(tx, errand, kept, now)
        return kept

    def give_back(self, tx: Tx, *, now: datetime) -> None:
        """Let another process have the account at once."""
        lease = leases.lease_of(tx, self._name)
        if lease is not None and lease.owner == self._owner:
            leases.give_back(tx, lease, now=now)

    def _follow(self, tx: Tx, one: Finished, kept: Kept, now: datetime) -> None:
        """What else a message's fate means."""
        verdict, address = one.settled.verdict, one.address
        kept.note(verdict)
        if verdict.pause_until is not None:
            leases.hold_off(tx, self._name, until=verdict.pause_until)
        if address is not None and verdict.reason is Reason.BLOCKED:
            kept.outcomes["cadres_told"] += unreachable.gone(tx, address, now=now)
        if address is not None and verdict.moved_to is not None:
            moved = Address(address.channel, verdict.moved_to)
            people.move_address(tx, address, moved, now=now)

    def _chores(self, tx: Tx, errand: Errand, kept: Kept, now: datetime) -> None:
        """Once in a while: what is too late, and what a sender that died left behind."""
        begins = errand.holder is None
        if not begins and self._chores_at is not None and now < self._chores_at:
            return
        self._chores_at = now + CHORES_EVERY
        lost = claims.recover(
            tx,
            self.account,
            now=now,
            repeatable=self._rules.repeatable,
            but=errand.holder,  # with nothing in hand even our own are lost
        )
        for verdict in lost:
            kept.note(verdict)
        kept.outcomes[Reason.TOO_LATE.value] += claims.expire(tx, self.account, now=now)

    def _claim(self, tx: Tx, errand: Errand, kept: Kept, now: datetime) -> None:
        assert kept.lease is not None
        holder = kept.lease.holder
        batch = claims.claim(
            tx,
            self.account,
            holder=holder,
            zones=[OWN_HOUR, *self._open_zones(now)],
            limit=errand.claim,
            now=now,
            until=now + CLAIMED,
        )
        found = letters.sort(tx, batch, self._rules, now=now)
        claims.settle(tx, found.decided, holder=holder, now=now)
        for one in found.decided:
            kept.note(one.verdict)
        kept.ready, kept.claimed = found.ready, len(batch)

    def _open_zones(self, now: datetime) -> list[str]:
        return [zone for zone in ZONE_NAMES if is_open(now, zone, self._rules.hours)]
