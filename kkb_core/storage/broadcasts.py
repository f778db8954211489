"""Broadcasts: one row each, and what they put into the outbox, in one statement however many.

A message that is not to leave yet is held in a lane of its own; nothing is taken back that has
left the queue.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import RowMapping, String, case, cast, delete, func, literal, select, update

from kkb_core.broadcast import BroadcastState, Repeat
from kkb_core.messaging import Address, Channel, Language, SentFile
from kkb_core.outbox import Lane, OutboxState
from kkb_core.roles import PERMITTED, Act, Grant, Role, Scope
from kkb_core.segments import Segment, means_staff, read, written
from kkb_core.storage.outbox import Wanted, put_for
from kkb_core.storage.outcomes import OPEN
from kkb_core.storage.segments import Audience, recipients
from kkb_core.storage.statements import add_row, insert_into, put_row
from kkb_core.storage.tables import broadcasts, outbox, roles, watches
from kkb_core.storage.transaction import Tx

ANNOUNCEMENT = "announcement"
WORK_ANNOUNCEMENT = "work_announcement"  # to people with work: no family's consent is needed
ANNOUNCEMENT_CHANGE = "announcement_change"
SPREAD = (40_503, 65_521)  # takes the first messages from all over, not from one RT
LATELY = 6
REMOVABLE = timedelta(hours=47)  # Telegram lets a bot take its message away for 48


class Change(StrEnum):
    """What becomes of a message that was shown."""

    REMOVE = "remove"
    BLANK = "blank"  # too old to be taken away: it says that it was withdrawn
    REWRITE = "rewrite"  # it reads as the broadcast reads now


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The message in which somebody follows a broadcast, and the digest of what it says now."""

    broadcast: int
    person: int
    address: Address
    msg_id: str
    shown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """An announcement to many. `texts` has Indonesian at least; `author` None is an operator.

    `reworded` since some got it, whose screens still show the old words.
    `revision` grows with each change of what is said or to whom; an approval is of one revision.
    `first_day` is the day of the month a monthly one was planned for.
    """

    id: int = 0
    author: int | None = None
    operator: bool = False
    state: BroadcastState = BroadcastState.DRAFT
    texts: Mapping[Language, str]
    file: SentFile | None = None
    segment: Segment
    repeat: Repeat = Repeat.ONCE
    first_day: int = 1
    due_at: datetime | None = None
    eligible: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)
    approved_by: int | None = None
    revision: int = 0
    reworded: bool = False
    parent: int | None = None
    created_at: datetime
    updated_at: datetime

    def text_in(self, language: Language) -> str:
        """Its words in a language, or in Indonesian where there are none of that language."""
        return self.texts.get(language) or self.texts[Language.ID]


def put_broadcast(tx: Tx, broadcast: Broadcast) -> int:
    """Keep a new broadcast; its id."""
    return add_row(tx, broadcasts, _row(broadcast) | {"created_at": broadcast.created_at})


def save_broadcast(tx: Tx, broadcast: Broadcast) -> None:
    """Keep what changed."""
    tx.execute(update(broadcasts).where(broadcasts.c.id == broadcast.id).values(_row(broadcast)))


def broadcast(tx: Tx, broadcast_id: int) -> Broadcast | None:
    """The broadcast with this id, locked until the end of a writing transaction."""
    asked = select(broadcasts).where(broadcasts.c.id == broadcast_id)
    if tx.locks_rows:
        asked = asked.with_for_update(key_share=True)
    row = tx.execute(asked).mappings().one_or_none()
    return None if row is None else _broadcast_from(row)


def broadcasts_called(tx: Tx, ids: Collection[int]) -> dict[int, Broadcast]:
    """The broadcasts with these ids, to be read only."""
    asked = select(broadcasts).where(broadcasts.c.id.in_(sorted(ids)))
    return {row["id"]: _broadcast_from(row) for row in tx.execute(asked).mappings()}


def in_state(
    tx: Tx, *states: BroadcastState, due_before: datetime | None = None
) -> tuple[Broadcast, ...]:
    """The broadcasts in one of *states*, those due first; only what is due by *due_before*."""
    asked = select(broadcasts).where(broadcasts.c.state.in_([state.value for state in states]))
    if due_before is not None:
        asked = asked.where(broadcasts.c.due_at <= due_before)
    if tx.locks_rows:  # a second clock leaves to the first what it has in hand
        asked = asked.with_for_update(key_share=True, skip_locked=True)
    ordered = asked.order_by(broadcasts.c.due_at, broadcasts.c.id)
    return tuple(map(_broadcast_from, tx.execute(ordered).mappings()))


def latest_of(tx: Tx, author: int | None) -> tuple[Broadcast, ...]:
    """The last few broadcasts of an author, the newest first."""
    asked = (
        select(broadcasts)
        .where(
            broadcasts.c.author == author,
            broadcasts.c.state != BroadcastState.DISCARDED.value,
        )
        .order_by(broadcasts.c.id.desc())
        .limit(LATELY)
    )
    return tuple(map(_broadcast_from, tx.execute(asked).mappings()))


def runs_of(tx: Tx, parent: int) -> tuple[Broadcast, ...]:
    """What came of a broadcast that comes again, or was sent again; the newest first."""
    asked = (
        select(broadcasts).where(broadcasts.c.parent == parent).order_by(broadcasts.c.id.desc())
    )
    return tuple(map(_broadcast_from, tx.execute(asked).mappings()))


def watched(tx: Tx) -> tuple[Watch, ...]:
    """Every message in which somebody follows a broadcast."""
    asked = select(watches).order_by(watches.c.broadcast_id, watches.c.person_id)
    return tuple(_watch_from(row) for row in tx.execute(asked))


def watches_of(tx: Tx, broadcast_id: int) -> tuple[Watch, ...]:
    """The messages in which this one is followed."""
    asked = select(watches).where(watches.c.broadcast_id == broadcast_id)
    return tuple(_watch_from(row) for row in tx.execute(asked))


def save_watch(tx: Tx, watch: Watch) -> None:
    """Somebody follows it in this message from now on, and in no other."""
    row = {
        "broadcast_id": watch.broadcast,
        "person_id": watch.person,
        "channel": watch.address.channel.value,
        "address": watch.address.id,
        "message": watch.msg_id,
        "shown": watch.shown,
    }
    put_row(tx, watches, row, key=("broadcast_id", "person_id"))


def drop_watch(tx: Tx, broadcast_id: int, person: int) -> None:
    """Somebody does not follow it any more."""
    mine = (watches.c.broadcast_id == broadcast_id, watches.c.person_id == person)
    tx.execute(delete(watches).where(*mine))


def announcers(tx: Tx, code: str) -> dict[int, list[Grant]]:
    """Whoever may announce in the area, or in one around it, with what they were granted."""
    permitted = [role.value for role in Role if Act.BROADCAST in PERMITTED[role]]
    parts = code.split(".")
    around = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
    asked = (
        select(roles)
        .where(
            roles.c.area_code.in_(around),
            roles.c.role.in_(permitted),
            roles.c.revoked_at.is_(None),
        )
        .order_by(roles.c.id)
    )
    found: dict[int, list[Grant]] = {}
    for row in tx.execute(asked):
        grant = Grant(Role(row.role), Scope(row.area_code, row.rw, row.rt))
        found.setdefault(row.person_id, []).append(grant)
    return found


# -- into the outbox ---------------------------------------------------------------------------


def enqueue(
    tx: Tx, broadcast_id: int, audience: Audience, *, not_after: datetime, now: datetime
) -> int:
    """Queue a message, held, for each recipient; one who has it already gets no second.

    Returns how many the broadcast has now.
    """
    kinds = {ANNOUNCEMENT: False, WORK_ANNOUNCEMENT: True}
    if not means_staff(audience.segment):
        del kinds[WORK_ANNOUNCEMENT]
    for kind, work in kinds.items():
        wanted = Wanted(
            kind=kind,
            person_id=0,  # each of the recipients
            dedupe_key=f"announcement:{broadcast_id}",
            not_before=now,
            not_after=not_after,
            lane=Lane.HELD,
            broadcast_id=broadcast_id,
        )
        put_for(tx, recipients(audience, now=now, work=work), wanted, now=now)
    asked = select(func.count()).where(outbox.c.broadcast_id == broadcast_id)
    return int(tx.execute(asked).scalar_one())


def release(tx: Tx, broadcast_id: int, *, first: int, now: datetime) -> None:
    """Let the *first* so many of the held messages go, from all over."""
    factor, prime = SPREAD
    some = (
        select(outbox.c.id)
        .where(
            outbox.c.broadcast_id == broadcast_id,
            outbox.c.state == OutboxState.QUEUED.value,
            outbox.c.lane == int(Lane.HELD),
        )
        .order_by((outbox.c.id % prime) * factor % prime, outbox.c.id)
        .limit(first)
    )
    moved = {"lane": int(Lane.BULK), "updated_at": now}
    tx.execute(update(outbox).where(outbox.c.id.in_(some)).values(moved))


def released_and_open(tx: Tx, broadcast_id: int) -> int:
    """How many messages may leave, or are leaving, and have not ended."""
    asked = select(func.count()).where(
        outbox.c.broadcast_id == broadcast_id,
        outbox.c.state.in_(OPEN),
        outbox.c.lane != int(Lane.HELD),
    )
    return int(tx.execute(asked).scalar_one())


def enqueue_changes(
    tx: Tx, broadcast_id: int, *, how: Change, revision: int, not_after: datetime, now: datetime
) -> int:
    """Queue, for each message that was shown, that it be taken away or changed; how many.

    What is queued names the message by its place in the outbox; the same change is queued once.
    """
    shown = outbox.alias()
    of = cast(shown.c.id, String)
    values: dict[str, Any] = {
        "kind": literal(ANNOUNCEMENT_CHANGE),
        "params": _change(tx, shown, how, now),
        "person_id": shown.c.person_id,
        "account": shown.c.account,
        "zone": shown.c.zone,
        "lane": literal(int(Lane.BULK)),
        "state": literal(OutboxState.QUEUED.value),
        "dedupe_key": literal(f"change:{how.value}:{revision}:").concat(of),
        "not_before": literal(now, outbox.c.not_before.type),
        "not_after": literal(not_after, outbox.c.not_after.type),
        "attempts": literal(0),
        "created_at": literal(now, outbox.c.created_at.type),
        "updated_at": literal(now, outbox.c.updated_at.type),
    }
    rows = select(*values.values()).where(
        shown.c.broadcast_id == broadcast_id,
        shown.c.state == OutboxState.SENT.value,
        shown.c.platform_msg_id.is_not(None),
        shown.c.person_id.is_not(None),
    )
    new = insert_into(tx.dialect, outbox).from_select(list(values), rows)
    done = tx.execute(new.on_conflict_do_nothing(index_elements=["dedupe_key"]))
    return done.rowcount


def _change(tx: Tx, shown: Any, how: Change, now: datetime) -> Any:
    fresh = shown.c.updated_at > now - REMOVABLE
    blank = case((fresh, how.value), else_=Change.BLANK.value)
    pairs = (
        literal("announcement"), shown.c.broadcast_id,
        literal("how"), blank if how is Change.REMOVE else literal(how.value),
        literal("message"), shown.c.platform_msg_id,
    )  # fmt: skip
    if tx.dialect == "postgresql":
        return func.jsonb_build_object(*pairs, type_=outbox.c.params.type)
    return func.json_object(*pairs, type_=outbox.c.params.type)


# -- rows --------------------------------------------------------------------------------------


def _row(one: Broadcast) -> dict[str, Any]:
    return {
        "author": one.author,
        "operator": one.operator,
        "state": one.state.value,
        "text": {language.value: text for language, text in one.texts.items()},
        "file": one.file and one.file.as_json(),
        "segment": written(one.segment),
        "schedule": {"repeat": one.repeat.value, "first_day": one.first_day},
        "counts": dict(one.excluded),
        "due_at": one.due_at,
        "eligible": one.eligible,
        "approved_by": one.approved_by,
        "revision": one.revision,
        "reworded": one.reworded,
        "parent": one.parent,
        "updated_at": one.updated_at,
    }


def _broadcast_from(row: RowMapping) -> Broadcast:
    return Broadcast(
        id=row["id"],
        author=row["author"],
        operator=row["operator"],
        state=BroadcastState(row["state"]),
        texts={Language(language): text for language, text in row["text"].items()},
        file=row["file"] and SentFile.from_json(row["file"]),
        segment=read(row["segment"]),
        repeat=Repeat(row["schedule"]["repeat"]),
        first_day=row["schedule"]["first_day"],
        due_at=row["due_at"],
        eligible=row["eligible"],
        excluded=row["counts"],
        approved_by=row["approved_by"],
        revision=row["revision"],
        reworded=row["reworded"],
        parent=row["parent"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _watch_from(row: Any) -> Watch:
    return Watch(
        broadcast=row.broadcast_id,
        person=row.person_id,
        address=Address(Channel(row.channel), row.address),
        msg_id=row.message,
        shown=row.shown,
    )
