"""What the sender does with the rows of the outbox: claim, intend, settle, recover.

A claim is a lease on rows that are still queued; intending makes them sending, just before they
are handed to the platform. Only the holder of the claim can do either, or settle.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import String, Update, and_, bindparam, case, func, or_, select, text, update

from kkb_core.messaging import Address, Channel
from kkb_core.outbox import Lane, OutboxState, Past, Reason, Verdict, accepted, unsure
from kkb_core.storage.columns import Instant
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.people import Person, columns_of_person, person_at
from kkb_core.storage.prepared import Prepared
from kkb_core.storage.statements import listed_rows, one_of
from kkb_core.storage.tables import addresses, consents, outbox, people
from kkb_core.storage.transaction import Tx

Listed = Callable[[Sequence[int]], Any]
LANES = (Lane.NOTICE, Lane.BULK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A message to be sent, and to whom; None for who is gone or has no address left."""

    id: int
    kind: str
    params: Mapping[str, Any]
    broadcast_id: int | None
    person: Person | None
    address: Address | None
    zone: str
    attempts: int
    until: datetime  # ours until then


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of a message that was claimed."""

    id: int
    verdict: Verdict
    digest: str | None = None
    platform_msg_id: str | None = None


def claim(
    tx: Tx,
    account: str,
    *,
    holder: str,
    zones: Sequence[str],
    limit: int,
    now: datetime,
    until: datetime,
) -> tuple[Claimed, ...]:
    """Lease up to *limit* messages that are due in *zones*, word to one before word to many."""
    ids: list[int] = []
    for lane in LANES:
        # An index answers one lane and one zone in order; together they would have to be sorted.
        for zone in zones:
            if len(ids) < limit:
                ids += _due(tx, account, lane, zone, limit - len(ids), now)
    if not ids:
        return ()
    leasing, listed = _leasing(tx.dialect)
    leasing.change(tx, {"ids": listed(ids), "holder": holder, "until": until})
    return _claimed(tx, ids, Channel(account), until)


_OPEN = text("outbox.state IN ('queued', 'sending')")
_FREE = or_(
    outbox.c.lease_until.is_(None), outbox.c.lease_until <= bindparam("now", type_=Instant)
)
_DUE = Prepared(
    select(outbox.c.id)
    .where(
        # Written out, not bound: only so can the partial index answer.
        text("state = 'queued'"),
        outbox.c.account == bindparam("account"),
        outbox.c.zone == bindparam("zone"),
        outbox.c.lane == bindparam("lane"),
        outbox.c.not_before <= bindparam("now", type_=Instant),
        outbox.c.not_after > bindparam("now", type_=Instant),
        _FREE,
    )
    .order_by(outbox.c.not_before, outbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


def _due(tx: Tx, account: str, lane: Lane, zone: str, most: int, now: datetime) -> list[int]:
    where = {"account": account, "zone": zone, "lane": int(lane), "now": now, "most": most}
    return [row_id for (row_id,) in _DUE.every(tx, where)]


# Writing these costs ten times what running them does, so each is written once.
_LAST_ADDRESS = (
    select(addresses.c.address)
    .where(addresses.c.person_id == outbox.c.person_id, addresses.c.channel == outbox.c.account)
    .order_by(addresses.c.id.desc())
    .limit(1)
    .scalar_subquery()
    .label("reached_at")
)
_OF_MESSAGE = (
    outbox.c.id,
    outbox.c.kind,
    outbox.c.params,
    outbox.c.broadcast_id,
    outbox.c.zone,
    outbox.c.attempts,
    _LAST_ADDRESS,
)


@cache
def _claiming(dialect: str) -> tuple[Prepared, Listed]:
    among, listed = one_of(dialect, outbox.c.id, "ids")
    found = (
        select(*_OF_MESSAGE, *columns_of_person())
        .outerjoin(people, and_(people.c.id == outbox.c.person_id, people.c.erased_at.is_(None)))
        .where(among)
        .order_by(outbox.c.lane, outbox.c.not_before, outbox.c.id)
    )
    return Prepared(found), listed


@cache
def _leasing(dialect: str) -> tuple[Prepared, Listed]:
    among, listed = one_of(dialect, outbox.c.id, "ids")
    until = bindparam("until", type_=Instant)
    values = {"lease_owner": bindparam("holder"), "lease_until": until}
    return Prepared(update(outbox).where(among).values(values)), listed


@cache
def _intending(dialect: str) -> tuple[Prepared, Listed]:
    among, listed = one_of(dialect, outbox.c.id, "ids")
    mine = outbox.c.lease_owner == bindparam("holder")
    values = {
        "state": OutboxState.SENDING.value,
        "lease_until": bindparam("until", type_=Instant),
        "updated_at": bindparam("at", type_=Instant),
    }
    begun = update(outbox).where(among, mine, _OPEN).values(values).returning(outbox.c.id)
    return Prepared(begun), listed


@cache
def _past(dialect: str) -> tuple[Prepared, Listed]:
    among, listed = one_of(dialect, outbox.c.person_id, "persons")
    got = select(outbox.c.person_id, outbox.c.updated_at, outbox.c.digest).where(
        among,
        text("outbox.state IN ('sent', 'unknown', 'sending')"),
        outbox.c.updated_at >= bindparam("since", type_=Instant),
    )
    return Prepared(got), listed


@cache
def _agreeing(dialect: str, kinds: frozenset[ConsentKind]) -> tuple[Prepared, Listed]:
    of = consents.c
    among, listed = one_of(dialect, of.person_id, "persons")
    last = (
        select(func.max(of.id))
        .where(among, or_(*(of.kind == kind.value for kind in kinds)))
        .group_by(of.person_id, of.kind)
    )
    return Prepared(select(of.person_id, of.kind).where(of.id.in_(last), of.given)), listed


def _claimed(tx: Tx, ids: Sequence[int], channel: Channel, until: datetime) -> tuple[Claimed, ...]:
    # By position: looking values up by name costs more than all the rest of this.
    found: list[Claimed] = []
    own = len(_OF_MESSAGE)
    claiming, listed = _claiming(tx.dialect)
    for row in claiming.every(tx, {"ids": listed(ids)}):
        row_id, kind, params, broadcast_id, zone, attempts, reached_at = row[:own]
        person = row[own:]
        found.append(
            Claimed(
                id=row_id,
                kind=kind,
                params=params,
                broadcast_id=broadcast_id,
                person=None if person[0] is None else person_at(person),
                address=None if reached_at is None else Address(channel, reached_at),
                zone=zone,
                attempts=attempts,
                until=until,
            )
        )
    return tuple(found)


def intend(
    tx: Tx, ids: Sequence[int], *, holder: str, now: datetime, until: datetime
) -> frozenset[int]:
    """These are handed to the platform next; which of them are still ours and still wanted.

    Saying it again of one that is already sending for us changes nothing.
    """
    intending, listed = _intending(tx.dialect)
    values = {"ids": listed(ids), "holder": holder, "until": until, "at": now}
    return frozenset(row_id for (row_id,) in intending.every(tx, values))


_SETTLE: Update = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"), outbox.c.lease_owner == bindparam("holder"), _OPEN)
    .values(
        state=bindparam("then"),
        reason=bindparam("why"),
        not_before=func.coalesce(bindparam("again_at", type_=Instant), outbox.c.not_before),
        attempts=outbox.c.attempts + bindparam("counts"),
        digest=bindparam("words"),
        # Nothing comes back to the row of somebody who erased themselves meanwhile.
        platform_msg_id=case((outbox.c.person_id.is_not(None), bindparam("shown_as"))),
        lease_owner=None,
        lease_until=None,
        updated_at=bindparam("at", type_=Instant),
    )
)


@cache
def _sent(dialect: str) -> Prepared:
    """`_SETTLE` for what was simply sent, as nearly everything is: all in one statement."""
    _, (row, words, shown_as) = listed_rows(
        dialect, "sent", id=outbox.c.id.type, digest=String(), shown_as=String()
    )
    return Prepared(
        update(outbox)
        .where(outbox.c.id == row, outbox.c.lease_owner == bindparam("holder"), _OPEN)
        .values(
            state=OutboxState.SENT.value,
            reason=None,
            digest=words,
            platform_msg_id=case((outbox.c.person_id.is_not(None), shown_as)),
            lease_owner=None,
            lease_until=None,
            updated_at=bindparam("at", type_=Instant),
        )
    )


def settle(tx: Tx, done: Sequence[Settled], *, holder: str, now: datetime) -> None:
    """What became of messages we claimed; of one that is not ours any more, nothing is kept."""
    sent = accepted()
    simple = [(one.id, one.digest, one.platform_msg_id) for one in done if one.verdict is sent]
    if simple:
        _sent(tx.dialect).change(tx, {"sent": simple, "holder": holder, "at": now})
    if len(simple) < len(done):
        _settle_others(tx, [one for one in done if one.verdict is not sent], holder, now)


def _settle_others(tx: Tx, done: Sequence[Settled], holder: str, now: datetime) -> None:
    rows = [
        {
            "row": one.id,
            "holder": holder,
            "then": one.verdict.state.value,
            "why": one.verdict.reason,
            "again_at": one.verdict.again_at,
            "counts": int(one.verdict.counts),
            "words": one.digest,
            "shown_as": one.platform_msg_id,
            "at": now,
        }
        for one in done
    ]
    tx.execute(_SETTLE, rows)


def release(tx: Tx, ids: Sequence[int], *, holder: str) -> None:
    """Let go of messages that were never handed to the platform."""
    if not ids:
        return
    mine = and_(outbox.c.id.in_(ids), outbox.c.lease_owner == holder, _OPEN)
    free = {"state": OutboxState.QUEUED.value, "lease_owner": None, "lease_until": None}
    tx.execute(update(outbox).where(mine).values(free))


def recover(
    tx: Tx,
    account: str,
    *,
    now: datetime,
    repeatable: Collection[str],
    but: str | None = None,
) -> list[Verdict]:
    """Decide about messages whose sender died while they were sending.

    Those of the holder *but* are in good hands.
    """
    # Written out, not bound: only so can the partial index answer.
    lost: list[Any] = [
        text("state = 'sending'"),
        outbox.c.account == account,
        outbox.c.lease_until <= now,
    ]
    if but is not None:
        lost.append(outbox.c.lease_owner != but)
    asked = select(outbox.c.id, outbox.c.kind, outbox.c.attempts, outbox.c.lease_owner)
    found = tx.execute(asked.where(*lost).with_for_update(skip_locked=True)).all()
    decided: list[Verdict] = []
    for owner in {row.lease_owner for row in found}:
        done = [
            Settled(
                id=row.id,
                verdict=unsure(attempts=row.attempts, may_repeat=row.kind in repeatable, now=now),
            )
            for row in found
            if row.lease_owner == owner
        ]
        settle(tx, done, holder=owner, now=now)
        decided += [one.verdict for one in done]
    return decided


_STALE = (
    update(outbox)
    .where(
        text("state = 'queued'"),
        outbox.c.account == bindparam("of"),
        outbox.c.not_after <= bindparam("now", type_=Instant),
        _FREE,
    )
    .values(
        state=OutboxState.STALE.value,
        reason=func.coalesce(outbox.c.reason, Reason.TOO_LATE.value),
        updated_at=bindparam("at", type_=Instant),
    )
)


def expire(tx: Tx, account: str, *, now: datetime) -> int:
    """What could not leave in its time does not leave any more; how many."""
    return tx.execute(_STALE, {"of": account, "now": now, "at": now}).rowcount


def past_of(tx: Tx, persons: Collection[int], *, since: datetime) -> dict[int, list[Past]]:
    """What each person got, or may have got, since then."""
    found: dict[int, list[Past]] = {}
    past, listed = _past(tx.dialect)
    for person_id, at, digest in past.every(tx, {"persons": listed([*persons]), "since": since}):
        found.setdefault(person_id, []).append(Past(at, digest))
    return found


def agreeing(
    tx: Tx, persons: Collection[int], kinds: Collection[ConsentKind]
) -> frozenset[tuple[int, ConsentKind]]:
    """Which of *persons* agree, by what they said last, to which of *kinds*."""
    if not kinds:
        return frozenset()
    agreeing, listed = _agreeing(tx.dialect, frozenset(kinds))
    found = agreeing.every(tx, {"persons": listed([*persons])})
    return frozenset((person_id, ConsentKind(kind)) for person_id, kind in found)
