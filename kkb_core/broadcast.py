"""Rules of a broadcast: its states, what became of each message, the canary, when it comes again.

Pure: rows are read and written by `storage.broadcasts`, and `services.broadcasting` puts both
together.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from zoneinfo import ZoneInfo

from kkb_core.hours import Hours, is_open, next_open


class BroadcastState(StrEnum):
    """How far a broadcast has come."""

    DRAFT = "draft"
    WAITING = "waiting"  # for a second person
    SCHEDULED = "scheduled"
    CANARY = "canary"
    RUNNING = "running"
    PAUSED = "paused"
    HALTED = "halted"  # by itself: too many of the first failed
    DONE = "done"
    STOPPED = "stopped"
    DISCARDED = "discarded"


class Outcome(StrEnum):
    """What became of one person's message. Every message has exactly one, so they add up."""

    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"  # the platform may have shown it; never sent again by itself
    BLOCKED = "blocked"
    MUTED = "muted"
    STALE = "stale"  # its time passed before it could leave
    CANCELLED = "cancelled"
    PENDING = "pending"


class Exclusion(StrEnum):
    """Why somebody in the segment is not written to, the first that holds."""

    NO_ADDRESS = "no_address"
    BLOCKED = "blocked"
    NOT_JOINED = "not_joined"
    STOPPED = "stopped"
    PAUSED = "paused"
    HOUSEHOLD = "household"  # theirs is paused, or counted under another
    MUTED = "muted"
    NO_CONSENT = "no_consent"
    CAP = "cap"  # had as many today as one person may get


class Repeat(StrEnum):
    """How often a broadcast comes."""

    ONCE = "once"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Step(StrEnum):
    """What can be done with a broadcast."""

    EDIT = "edit"
    SUBMIT = "submit"
    APPROVE = "approve"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    WITHDRAW = "withdraw"
    RESEND = "resend"
    DISCARD = "discard"


_S = BroadcastState
_OVER = frozenset({_S.DONE, _S.STOPPED, _S.HALTED})
POSSIBLE: Mapping[Step, frozenset[BroadcastState]] = {
    Step.EDIT: frozenset(
        {_S.DRAFT, _S.WAITING, _S.SCHEDULED, _S.CANARY, _S.RUNNING, _S.PAUSED, _S.HALTED}
    ),
    Step.SUBMIT: frozenset({_S.DRAFT}),
    Step.APPROVE: frozenset({_S.WAITING}),
    Step.PAUSE: frozenset({_S.SCHEDULED, _S.CANARY, _S.RUNNING}),
    Step.RESUME: frozenset({_S.PAUSED, _S.HALTED}),
    Step.STOP: frozenset({_S.WAITING, _S.SCHEDULED, _S.CANARY, _S.RUNNING, _S.PAUSED, _S.HALTED}),
    Step.WITHDRAW: _OVER,
    Step.RESEND: frozenset({_S.DONE, _S.STOPPED}),
    Step.DISCARD: frozenset({_S.DRAFT}),
}
REACHABLE_AGAIN = (
    Outcome.FAILED, Outcome.UNKNOWN, Outcome.BLOCKED, Outcome.STALE, Outcome.CANCELLED,
)  # fmt: skip


STRIDE = timedelta(minutes=5)  # how finely an end is foretold


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastRules:
    """What an operator sets. *per_second* is what one bot account may send."""

    approve_above: int = 100  # people; more than these need a second person's word
    canary_share: float = 0.01
    canary_least: int = 20
    canary_failures: float = 0.05  # the highest share that lets the others go
    per_second: float = 29.9
    daily_cap: int = 2  # announcements a person gets in 24 hours at most
    expires: timedelta = timedelta(hours=72)
    hours: Hours = field(default_factory=Hours)

    def canary(self, eligible: int) -> int:
        """How many go first; nought when all may go at once."""
        first = max(self.canary_least, int(eligible * self.canary_share))
        return first if eligible > first else 0

    def seconds(self, eligible: int) -> int:
        """How long sending takes at the allowed rate."""
        return ceil(round(eligible / self.per_second, 6))  # 299 / 29.9 is a little above 10

    def ends(self, eligible: int, *, begins: datetime, zone: str) -> datetime:
        """About when the last message leaves, in the open hours of *zone*."""
        at = next_open(begins, zone, self.hours)
        left = timedelta(seconds=self.seconds(eligible))
        while left > STRIDE:
            at = next_open(at + STRIDE, zone, self.hours)
            left -= STRIDE
        last = at + left
        return last if is_open(last, zone, self.hours) else next_open(last, zone, self.hours)

    def halts(self, *, failed: int, settled: int) -> bool:
        """Whether so many of the first failed that the others must not go."""
        return failed > settled * self.canary_failures


def possible(step: Step, state: BroadcastState) -> bool:
    """Whether *step* can be taken in *state*."""
    return state in POSSIBLE[step]


def following(
    repeat: Repeat, last: datetime, *, zone: ZoneInfo, first_day: int
) -> datetime | None:
    """When a broadcast comes after *last*, at the same hour of the place; None when it does not.

    *first_day* is the day of the month it was planned for: the 31st is the last day of a short
    month, and the 31st again after it.
    """
    here = last.astimezone(zone).replace(tzinfo=None)
    match repeat:
        case Repeat.ONCE:
            return None
        case Repeat.WEEKLY:
            following = here + timedelta(days=7)
        case Repeat.MONTHLY:
            year, month = divmod(here.year * 12 + here.month, 12)
            day = min(first_day, monthrange(year, month + 1)[1])
            following = here.replace(year=year, month=month + 1, day=day)
    return following.replace(tzinfo=zone)
