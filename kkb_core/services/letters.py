"""From a row of the outbox to a message: whether it may still be said, and in which words.

Words are made at send time, so they are true, and in the person's language of that moment.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from kkb_core.hours import Hours, day_begins, next_day
from kkb_core.messaging import Address, Language, MsgOut
from kkb_core.outbox import Limits, OutboxState, Past, Reason, Verdict, digest, held_back
from kkb_core.storage import Tx, claims
from kkb_core.storage.claims import Claimed, Settled
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.faults import unavailable
from kkb_core.storage.people import Person, PersonStatus

log = structlog.get_logger(__name__)

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What somebody is to be told, and who they are. *params* are those it was queued with."""

    id: int
    kind: str
    params: Mapping[str, Any]
    person: Person
    broadcast_id: int | None = None

    @property
    def language(self) -> Language:
        """The person's; Indonesian until they chose."""
        return self.person.language or Language.ID


Words = Callable[[Tx, Sequence[Letter], datetime], Sequence[MsgOut | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of message nobody is waiting for.

    *words* makes the messages of several letters, in their order; None is no longer true.
    *may_repeat*: saying it twice is better than perhaps not at all. *consent*: only to who agrees.
    *work*: to people with work, so it counts towards no daily cap and a pause does not keep it.
    """

    words: Words
    may_repeat: bool = False
    consent: ConsentKind | None = None
    work: bool = False


Kinds = Mapping[str, Kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A message that may leave now."""

    claimed: Claimed
    address: Address
    msg: MsgOut
    digest: str


@dataclass(slots=True, kw_only=True)
class Sorted:
    """What came of a batch: messages that may leave, and what was decided about the others."""

    ready: list[Ready] = field(default_factory=list)
    decided: list[Settled] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What may be said, when and how often."""

    kinds: Kinds
    hours: Hours = field(default_factory=Hours)
    limits: Limits = field(default_factory=Limits)

    @property
    def repeatable(self) -> frozenset[str]:
        """The kinds that may be said twice."""
        return frozenset(name for name, kind in self.kinds.items() if kind.may_repeat)


def one_by_one(words: Callable[[Tx, Letter, datetime], MsgOut | None]) -> Words:
    """Words for kinds of which few are said at a time."""

    def each(tx: Tx, letters: Sequence[Letter], now: datetime) -> Sequence[MsgOut | None]:
        return [words(tx, letter, now) for letter in letters]

    return each


def sort(tx: Tx, batch: Sequence[Claimed], rules: Rules, *, now: datetime) -> Sorted:
    """Which of *batch* may leave now, with their words, and what becomes of the others."""
    found = Sorted()
    digests: dict[int, str] = {}  # by message: an announcement is one for everybody
    allowed = _allowed(tx, batch, rules, found, now)
    made = _made(tx, allowed, rules.kinds, now)
    past = claims.past_of(tx, {one.id for one in _people(allowed)}, since=now - DAY)
    for one in allowed:
        msg = made[one.id]
        if not isinstance(msg, MsgOut):
            found.decided.append(
                _ended(one, OutboxState.STALE, Reason.NOT_TRUE)
                if msg is None
                else _ended(one, OutboxState.FAILED, Reason.BROKEN)
            )
            continue
        assert one.address is not None
        assert one.person is not None
        words = digests.get(id(msg)) or digests.setdefault(id(msg), digest(msg))
        got = past.setdefault(one.person.id, [])
        decided = _held(one, words, got, rules, now)
        if decided is not None:
            found.decided.append(decided)
            continue
        got.append(Past(now, words))
        found.ready.append(Ready(claimed=one, address=one.address, msg=msg, digest=words))
    return found


def _allowed(
    tx: Tx, batch: Sequence[Claimed], rules: Rules, found: Sorted, now: datetime
) -> list[Claimed]:
    kinds = {one.kind for one in batch} & rules.kinds.keys()
    wanted = {consent for name in kinds if (consent := rules.kinds[name].consent) is not None}
    agreeing = claims.agreeing(tx, {one.id for one in _people(batch)}, wanted)
    allowed = []
    for one in batch:
        kind = rules.kinds.get(one.kind)
        ended = _refused(one, kind, now)
        if ended is None and kind is not None and kind.consent is not None:
            assert one.person is not None
            if (one.person.id, kind.consent) not in agreeing:
                ended = _ended(one, OutboxState.CANCELLED, Reason.MUTED)
        if ended is None:
            allowed.append(one)
        else:
            found.decided.append(ended)
    return allowed


def _refused(one: Claimed, kind: Kind | None, now: datetime) -> Settled | None:
    """Why nothing is sent, by who the person is; None when something may be."""
    if kind is None:
        return _ended(one, OutboxState.FAILED, Reason.BROKEN)
    person = one.person
    if person is None or one.address is None:
        return _ended(one, OutboxState.FAILED, Reason.NO_ADDRESS)
    if person.blocked_at is not None:
        return _ended(one, OutboxState.FAILED, Reason.BLOCKED)
    match person.status:
        case PersonStatus.STOPPED | PersonStatus.REFUSED:
            return _ended(one, OutboxState.CANCELLED, Reason.STOPPED)
        case PersonStatus.PAUSED if not kind.work and _pausing(person, now):
            return _ended(one, OutboxState.CANCELLED, Reason.MUTED)
    return None


def _pausing(person: Person, now: datetime) -> bool:
    return person.paused_until is None or person.paused_until > now


def _made(
    tx: Tx, batch: Sequence[Claimed], kinds: Kinds, now: datetime
) -> dict[int, MsgOut | Exception | None]:
    made: dict[int, MsgOut | Exception | None] = {}
    for name in {one.kind for one in batch}:
        letters = [
            Letter(
                id=one.id,
                kind=name,
                params=one.params,
                person=one.person,
                broadcast_id=one.broadcast_id,
            )
            for one in batch
            if one.kind == name and one.person is not None
        ]
        msgs = _said(tx, letters, kinds[name].words, now)
        made |= {letter.id: msg for letter, msg in zip(letters, msgs, strict=True)}
    return made


def _said(
    tx: Tx, letters: Sequence[Letter], words: Words, now: datetime
) -> Sequence[MsgOut | Exception | None]:
    """The words of all; one by one where one of them cannot be made, so the others can."""
    try:
        with tx.savepoint():
            return words(tx, letters, now)
    except Exception as error:
        if unavailable(error):
            raise
        if len(letters) == 1:
            log.exception("words could not be made", row=letters[0].id, kind=letters[0].kind)
            return [error]
    return [said for one in letters for said in _said(tx, [one], words, now)]


def _held(
    one: Claimed, words: str, past: Sequence[Past], rules: Rules, now: datetime
) -> Settled | None:
    if not past:
        return None  # as for nearly everybody; when their day began need not be worked out
    capped = not rules.kinds[one.kind].work
    why = held_back(
        past, words, today=day_begins(now, one.zone), limits=rules.limits, capped=capped
    )
    if why is None:
        return None
    if why is Reason.ENOUGH_TODAY:
        tomorrow = next_day(now, one.zone, rules.hours)
        waits = Verdict(state=OutboxState.QUEUED, reason=why, again_at=tomorrow)
        return Settled(id=one.id, verdict=waits)
    return _ended(one, OutboxState.FAILED, why)


def _ended(one: Claimed, state: OutboxState, reason: Reason) -> Settled:
    return Settled(id=one.id, verdict=Verdict(state=state, reason=reason))


def _people(batch: Sequence[Claimed]) -> list[Person]:
    return [one.person for one in batch if one.person is not None]
