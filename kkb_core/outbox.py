"""The rules of the outbox: what becomes of a message, how fast they leave, and when to hold one.

Pure: no clock, no database. Times are arguments; `Pacer` counts the seconds of a running clock.
"""

import math
from collections import Counter, OrderedDict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from hashlib import sha256

from kkb_core.errors import (
    ChannelDown,
    ChatMoved,
    RecipientGone,
    SendError,
    Throttled,
)
from kkb_core.messaging import MsgOut


class OutboxState(StrEnum):
    """How far a message has come; it only moves forward."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    STALE = "stale"
    CANCELLED = "cancelled"


class Lane(IntEnum):
    """Who goes first when many wait: word to one person before word to many; HELD does not go."""

    NOTICE = 0
    BULK = 1
    HELD = 9


class Reason(StrEnum):
    """Why a message ended as it did, or waits again."""

    BLOCKED = "blocked"  # the person does not take messages from us
    MUTED = "muted"  # the person does not want this kind
    STOPPED = "stopped"  # the person left the programme
    NO_ADDRESS = "no_address"
    NOT_TRUE = "not_true"  # what it would have said is no longer so
    TOO_LATE = "too_late"
    REPEATED = "repeated"  # the same words too often
    ENOUGH_TODAY = "enough_today"
    REJECTED = "rejected"
    BROKEN = "broken"  # a fault of ours
    UNREACHABLE = "unreachable"
    UNSURE = "unsure"  # it may or may not have arrived
    THROTTLED = "throttled"
    MOVED = "moved"


_S = OutboxState
# From SENDING back to QUEUED only what the platform did not take, or a prompt that may be said
# twice; what has ended stays as it is.
BECOMES: Mapping[OutboxState, frozenset[OutboxState]] = {
    _S.QUEUED: frozenset({_S.QUEUED, _S.SENDING, _S.FAILED, _S.STALE, _S.CANCELLED}),
    _S.SENDING: frozenset({_S.SENDING, _S.QUEUED, _S.SENT, _S.FAILED, _S.UNKNOWN}),
    _S.SENT: frozenset(),
    _S.FAILED: frozenset(),
    _S.UNKNOWN: frozenset(),
    _S.STALE: frozenset(),
    _S.CANCELLED: frozenset(),
}

BACKOFF = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800))
TRIES = 10  # of a message the platform does not answer for
REPEATS = 2  # of a prompt that may have arrived
MOVES = 3  # of one chat
FAILURES = 5  # of the platform in a row that are borne before the lane rests
FIRST_STEP = 0.1  # seconds after the first of many: opening a connection takes time
YIELDS, REGAINS = 0.5, 0.0005  # of the rate, at a refusal and at each message after it
HAIR = 0.0001  # seconds a sum of slots may be out by
SLOWEST = 0.5  # messages a second that the bulk lane gets however much is answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a message: its state and, where it waits again, until when.

    *counts* says whether the try is held against it; *pause_until* stops the whole lane.
    """

    state: OutboxState
    reason: Reason | None = None
    again_at: datetime | None = None
    counts: bool = False
    pause_until: datetime | None = None
    moved_to: str | None = None

    @property
    def outcome(self) -> str:
        """One word for a counter."""
        return self.state.value if self.reason is None else self.reason.value


_ACCEPTED = Verdict(state=OutboxState.SENT)


def accepted() -> Verdict:
    """The platform took it."""
    return _ACCEPTED


def verdict(error: SendError, *, attempts: int, may_repeat: bool, now: datetime) -> Verdict:
    """What becomes of a message whose try failed with *error* after *attempts* that counted."""
    match error:
        case Throttled():
            again = now + error.retry_after
            return _waits(Reason.THROTTLED, again, counts=False, pause_until=again)
        case RecipientGone():
            return Verdict(state=OutboxState.FAILED, reason=Reason.BLOCKED, counts=True)
        case ChatMoved() if attempts < MOVES:
            return _waits(Reason.MOVED, now, moved_to=error.new_id)
        case ChannelDown(accepted=None):
            return unsure(attempts=attempts, may_repeat=may_repeat, now=now)
        case ChannelDown() if attempts + 1 < TRIES:
            return _waits(Reason.UNREACHABLE, now + _backoff(attempts))
        case ChannelDown():
            return Verdict(state=OutboxState.FAILED, reason=Reason.UNREACHABLE, counts=True)
    return Verdict(state=OutboxState.FAILED, reason=Reason.REJECTED, counts=True)


def unsure(*, attempts: int, may_repeat: bool, now: datetime) -> Verdict:
    """What becomes of a message that may have arrived: only a prompt is said again."""
    if may_repeat and attempts < REPEATS:
        return _waits(Reason.UNSURE, now + _backoff(attempts))
    return Verdict(state=OutboxState.UNKNOWN, reason=Reason.UNSURE, counts=True)


def rest_after(failures: int) -> float:
    """Seconds the lane rests after so many failures of the platform in a row."""
    return 0.0 if failures < FAILURES else float(min(2 ** (failures - FAILURES), 60))


def _waits(
    reason: Reason,
    at: datetime,
    *,
    counts: bool = True,
    pause_until: datetime | None = None,
    moved_to: str | None = None,
) -> Verdict:
    return Verdict(
        state=OutboxState.QUEUED,
        reason=reason,
        again_at=at,
        counts=counts,
        pause_until=pause_until,
        moved_to=moved_to,
    )


def _backoff(attempts: int) -> timedelta:
    return BACKOFF[min(attempts, len(BACKOFF) - 1)]


# -- how many a person gets -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many unasked messages a person gets in a day, and how often the same words."""

    per_day: int = 6
    same_words: int = 3


@dataclass(frozen=True, slots=True)
class Past:
    """A message a person got: when, and the digest of its words."""

    at: datetime
    digest: str | None


def digest(msg: MsgOut) -> str:
    """Short and the same for the same words and buttons."""
    labels = [reply.label for row in msg.replies for reply in row]
    return sha256("\n".join([str(msg.text), *labels]).encode()).hexdigest()[:16]


def held_back(
    past: Sequence[Past], words: str, *, today: datetime, limits: Limits, capped: bool = True
) -> Reason | None:
    """Why a person who got *past* within a day is not to get *words* now; None when they are.

    *today* is when the person's day began.
    """
    if Counter(one.digest for one in past)[words] >= limits.same_words:
        return Reason.REPEATED
    if capped and sum(one.at >= today for one in past) >= limits.per_day:
        return Reason.ENOUGH_TODAY
    return None


# -- how fast they leave ----------------------------------------------------------------------


class Pacer:
    """One account's budget: slots on a fixed grid, one message a second and chat, no catching up.

    Interactive sends are only noted, never kept waiting: the bulk lane gets what they leave.
    """

    def __init__(
        self,
        *,
        rate: float = 29.9,
        most: int = 30,
        a_chat: float = 1.05,
        first_step: float = FIRST_STEP,
    ) -> None:
        """*rate* slots a second, at most *most* sends of both lanes in any one.

        *a_chat* seconds lie between two to one chat: a little more than one, for networks jitter;
        *first_step* between the first and the second of a run.
        """
        self._first_step = first_step
        self._rate = self._fastest = rate
        self._a_chat = a_chat
        self._slot = -math.inf
        self._recent: deque[float] = deque(maxlen=most)
        self._replies: deque[float] = deque()
        self._chats: OrderedDict[str, float] = OrderedDict()  # the longest ago first

    def opens(self, *, now: float) -> float:
        """The earliest moment from *now* on at which the bulk lane may send to anybody at all."""
        recent = self._recent
        if len(recent) < (recent.maxlen or 0):
            return max(now, self._slot)
        return max(now, self._slot, recent[0] + len(recent) / self._rate - HAIR)

    def due(self, chat: str, *, now: float) -> float:
        """The earliest moment from *now* on at which the bulk lane may send to *chat*."""
        last = self._chats.get(chat)
        opens = self.opens(now=now)
        return opens if last is None else max(opens, last + self._a_chat)

    def bulk(self, chat: str, *, now: float) -> None:
        """The bulk lane sends to *chat*; its next slot is a step on, by the grid if it can be."""
        self._rate = min(self._rate + REGAINS, self._fastest)
        gap = 1 / max(self._rate - self._spoken(now), SLOWEST)
        begins = now - self._slot >= gap
        self._slot = now + self._first_step if begins else self._slot + gap
        self._note(chat, now)

    def interactive(self, chat: str, *, now: float) -> None:
        """Somebody at *chat* is answered."""
        self._replies.append(now)
        self._note(chat, now)

    def refused(self) -> None:
        """The platform found it too much: go a little slower for a while."""
        self._rate = max(self._rate - YIELDS, self._fastest / 2)

    def _spoken(self, now: float) -> int:
        """The replies of the last second: as many are to be expected in the next."""
        while self._replies and now - self._replies[0] >= 1.0:
            self._replies.popleft()
        return len(self._replies)

    def _note(self, chat: str, now: float) -> None:
        self._recent.append(now)
        self._chats[chat] = now
        self._chats.move_to_end(chat)
        while self._chats and now - next(iter(self._chats.values())) >= self._a_chat:
            self._chats.popitem(last=False)
