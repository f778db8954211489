"""Announcements to many: written, counted, approved by a second person, sent, and accounted for.

Whatever somebody does is checked against their roles there and then, and written to the audit log.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from kkb_core.broadcast import (
    BroadcastRules,
    BroadcastState,
    Step,
    possible,
)
from kkb_core.definitions import Definitions
from kkb_core.errors import InputRefused, NotAllowed
from kkb_core.i18n import HOME_ZONE
from kkb_core.messaging import Language, SentFile
from kkb_core.roles import PERMITTED, Act, Grant, Scope, demand, may
from kkb_core.segments import (
    Everybody,
    Missed,
    Segment,
    areas_named,
    conditions,
    confined_to,
)
from kkb_core.services.scoring import EIGHT_FUNCTIONS
from kkb_core.storage import Tx, areas, audit, broadcasts, outbox, roles, segments
from kkb_core.storage.audit import AuditEntry
from kkb_core.storage.broadcasts import Broadcast
from kkb_core.storage.segments import Audience, Headcount

LONGEST = 3_500  # characters: with its head it stays one message on every channel
NOTICE = "broadcast_notice"
_S = BroadcastState


class Refusal(StrEnum):
    """Why something was not done; nothing changed."""

    NOT_NOW = "not_now"  # it has gone on, or somebody else did something first
    SAME_PERSON = "same_person"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    BEGUN = "begun"  # who it is for is settled
    FILE_BEGUN = "file_begun"  # some have it with the old picture, or with none


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Who does something, and by which rules; `by` None is an operator at the machine."""

    tx: Tx
    by: int | None
    definitions: Definitions
    rules: BroadcastRules
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What would happen: to how many, to how many not and why, how long, until when."""

    count: Headcount
    seconds: int
    ends_at: datetime
    zone: ZoneInfo
    needs_second: bool


# -- who may -----------------------------------------------------------------------------------


def may_announce(tx: Tx, person: int) -> bool:
    """Whether the person may announce anywhere at all."""
    return bool(_announced_scopes(roles.grants_of(tx, person)))


def opened(acting: Acting, broadcast_id: int) -> Broadcast:
    """The broadcast, for its author and for whoever may announce where it goes. Raises NotAllowed."""
    found = broadcasts.broadcast(acting.tx, broadcast_id)
    if found is None:
        raise NotAllowed(f"there is no announcement {broadcast_id}")
    if acting.by is not None and not may_open(acting.tx, acting.by, found):
        raise NotAllowed("announcing")
    return found


def may_open(tx: Tx, person: int, broadcast: Broadcast) -> bool:
    """Whether the person may announce wherever it goes."""
    held = roles.grants_of(tx, person)
    reach = reach_of(tx, broadcast)
    return bool(_announced_scopes(held)) and all(may(held, Act.BROADCAST, one) for one in reach)


def _announced_scopes(grants: tuple[Grant, ...]) -> tuple[Scope, ...]:
    return tuple(one.scope for one in grants if Act.BROADCAST in PERMITTED[one.role])


def scopes_of(tx: Tx, broadcast: Broadcast) -> tuple[Scope, ...] | None:
    """Where its author may announce now; None is everywhere, an operator's."""
    if broadcast.operator:
        return None
    if broadcast.author is None:  # erased: nobody answers for it any more
        return ()
    return _announced_scopes(roles.grants_of(tx, broadcast.author))


def reach_of(tx: Tx, broadcast: Broadcast) -> tuple[Scope, ...]:
    """The places it goes to at most."""
    confined = confined_to(broadcast.segment)
    if confined is not None:
        return tuple(map(Scope, confined))
    scopes = scopes_of(tx, broadcast)
    if scopes is None:
        return tuple(Scope(village.code) for village in areas.villages(tx))
    return scopes


def _check_areas(acting: Acting, segment: Segment) -> None:
    if acting.by is None:
        return
    held = roles.grants_of(acting.tx, acting.by)
    for code in areas_named(segment):
        demand(held, Act.BROADCAST, Scope(code))
    for one in _missed(segment):
        opened(acting, one)


def _missed(segment: Segment) -> set[int]:
    return {one.broadcast for one in conditions(segment) if isinstance(one, Missed)}


# -- writing -----------------------------------------------------------------------------------


def draft(
    acting: Acting,
    text: str,
    *,
    segment: Segment | None = None,
    file: SentFile | None = None,
    parent: int | None = None,
) -> Broadcast | Refusal:
    """A new announcement, to everybody its author may write to. Raises NotAllowed."""
    if acting.by is not None and not may_announce(acting.tx, acting.by):
        raise NotAllowed("announcing")
    if len(text) > LONGEST:
        return Refusal.TOO_LONG
    _check_areas(acting, segment or Everybody())
    new = replace(planned(acting, text, segment or Everybody()), parent=parent, file=file)
    made = replace(new, id=broadcasts.put_broadcast(acting.tx, new))
    logged(acting, made, "draft")
    return made


def planned(acting: Acting, text: str, segment: Segment) -> Broadcast:
    """An announcement that is not kept yet."""
    return Broadcast(
        author=acting.by,
        operator=acting.by is None,
        texts={Language.ID: text},
        segment=segment,
        created_at=acting.now,
        updated_at=acting.now,
    )


def edit(
    acting: Acting,
    broadcast_id: int,
    *,
    texts: dict[Language, str] | None = None,
    segment: Segment | None = None,
) -> Broadcast | Refusal:
    """Change words, or whom they are for; what runs stops meanwhile, and an approval is void.

    Only its author does this, so that the second person is a second one. Raises NotAllowed.
    """
    found = _editable(acting, broadcast_id)
    if isinstance(found, Refusal):
        return found
    if segment is not None:
        if found.eligible:
            return Refusal.BEGUN
        _check_areas(acting, segment)
    if texts and max(map(len, texts.values())) > LONGEST:
        return Refusal.TOO_LONG
    changed = replace(
        found, texts={**found.texts, **(texts or {})}, segment=segment or found.segment
    )
    return _edited(acting, changed)


def attach(acting: Acting, broadcast_id: int, file: SentFile | None) -> Broadcast | Refusal:
    """Give it a picture or a document, or take that away; not once some have it. As `edit`."""
    found = _editable(acting, broadcast_id)
    if isinstance(found, Refusal):
        return found
    if found.eligible:
        return Refusal.FILE_BEGUN
    return _edited(acting, replace(found, file=file))


def _editable(acting: Acting, broadcast_id: int) -> Broadcast | Refusal:
    found = opened(acting, broadcast_id)
    if found.author != acting.by:
        raise NotAllowed("editing somebody else's announcement")
    return found if possible(Step.EDIT, found.state) else Refusal.NOT_NOW


def _edited(acting: Acting, changed: Broadcast) -> Broadcast:
    """Keep the change: what has not left is held, and nobody has approved this yet."""
    outbox.hold(acting.tx, changed.id, now=acting.now)
    state = {_S.WAITING: _S.DRAFT, _S.DRAFT: _S.DRAFT, _S.HALTED: _S.HALTED}
    return saved(
        acting,
        replace(
            changed,
            state=_S.PAUSED if changed.eligible else state.get(changed.state, _S.PAUSED),
            revision=changed.revision + 1,
            reworded=bool(changed.eligible),
            approved_by=None,
        ),
        "edit",
    )


def dry_run(acting: Acting, broadcast_id: int) -> DryRun:
    """Count, and foretell, without sending anything. Raises NotAllowed."""
    return foretell(acting, opened(acting, broadcast_id))


def foretell(acting: Acting, broadcast: Broadcast) -> DryRun:
    """The dry run of an announcement that need not be kept."""
    count = segments.headcount(acting.tx, audience_of(acting, broadcast), now=acting.now)
    zone = zone_of(acting.tx, broadcast)
    return DryRun(
        count=count,
        seconds=acting.rules.seconds(count.eligible),
        ends_at=acting.rules.ends(count.eligible, begins=acting.now, zone=zone.key),
        zone=zone,
        needs_second=needs_second(acting, broadcast, count.eligible),
    )


def zone_of(tx: Tx, broadcast: Broadcast) -> ZoneInfo:
    """The clock the author plans by: that of the first area it goes to."""
    for scope in reach_of(tx, broadcast):
        area = areas.area(tx, scope.area)
        if area is not None:
            return ZoneInfo(area.zone)
    return ZoneInfo(HOME_ZONE)


def audience_of(acting: Acting, broadcast: Broadcast) -> Audience:
    """Whom it is for, as the database is asked."""
    low, high = acting.definitions.pack(EIGHT_FUNCTIONS).bands
    return Audience(
        segment=broadcast.segment,
        scopes=scopes_of(acting.tx, broadcast),
        bands=(int(low * 10), int(high * 10)),
        daily_cap=acting.rules.daily_cap,
    )


def needs_second(acting: Acting, broadcast: Broadcast, eligible: int) -> bool:
    """Whether it may not go to so many before somebody else agrees."""
    return eligible > acting.rules.approve_above and broadcast.approved_by is None


def read_text(text: str) -> str:
    """Words for an announcement as they were written. Raises InputRefused for none or too many."""
    words = text.strip()
    if not words:
        raise InputRefused("the text is empty; write what is to be announced")
    if len(words) > LONGEST:
        raise InputRefused(
            f"the text has {len(words)} characters and may have {LONGEST}; shorten it"
        )
    return words


# -- keeping -----------------------------------------------------------------------------------


def saved(acting: Acting, broadcast: Broadcast, act: str) -> Broadcast:
    """Keep what changed, and that it was done."""
    kept = replace(broadcast, updated_at=acting.now)
    broadcasts.save_broadcast(acting.tx, kept)
    logged(acting, kept, act)
    return kept


def logged(acting: Acting, broadcast: Broadcast, act: str, **detail: Any) -> None:
    """That something was done, for the audit log."""
    told = {"state": broadcast.state.value, "revision": broadcast.revision, **detail}
    entry = AuditEntry(
        at=acting.now,
        actor=acting.by,
        act=f"broadcast_{act}",
        subject_kind="broadcast",
        subject_id=broadcast.id,
        detail=told,
    )
    audit.put_audit(acting.tx, entry)
