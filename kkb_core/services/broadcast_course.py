"""An announcement on its way: to a second person, to its time, to a few, to all; and back again.

Steps say what became of the broadcast, or why nothing was done. They raise NotAllowed.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from kkb_core.broadcast import BroadcastState, Outcome, Repeat, Step, possible
from kkb_core.messaging import Language
from kkb_core.outbox import Lane
from kkb_core.roles import Act, may
from kkb_core.segments import Missed, Or, Segment
from kkb_core.services.broadcasting import (
    NOTICE,
    Acting,
    Refusal,
    audience_of,
    draft,
    logged,
    needs_second,
    opened,
    reach_of,
    saved,
    zone_of,
)
from kkb_core.storage import Tx, broadcasts, outbox, segments
from kkb_core.storage.broadcasts import Broadcast, Change
from kkb_core.storage.outbox import Wanted

AT_ONCE = 5_000  # so many are queued within somebody's turn; more wait for the clock
NOTICE_LASTS = timedelta(days=3)
_S = BroadcastState


def submit(
    acting: Acting,
    broadcast_id: int,
    *,
    at: datetime | None = None,
    repeat: Repeat = Repeat.ONCE,
) -> Broadcast | Refusal:
    """Send it now, or *at* some time, once or again and again; many need a second person first."""
    found = opened(acting, broadcast_id)
    if not possible(Step.SUBMIT, found.state) or found.author != acting.by:
        return Refusal.NOT_NOW
    count = segments.headcount(acting.tx, audience_of(acting, found), now=acting.now)
    if not count.eligible:
        return Refusal.EMPTY
    due = at or acting.now
    day = due.astimezone(zone_of(acting.tx, found)).day
    dated = replace(found, due_at=due, repeat=repeat, first_day=day)
    return _forward(acting, dated, count.eligible)


def approve(acting: Acting, broadcast_id: int, *, revision: int, yes: bool) -> Broadcast | Refusal:
    """A second person says whether it may go; to exactly what they were shown."""
    found = opened(acting, broadcast_id)
    if not possible(Step.APPROVE, found.state) or found.revision != revision:
        return Refusal.NOT_NOW
    if acting.by == found.author and not found.operator:
        return Refusal.SAME_PERSON
    if not yes:
        back = _S.PAUSED if found.eligible else _S.DRAFT
        tell_author(acting, found, "refused")
        return saved(acting, replace(found, state=back), "refuse")
    approved = replace(found, approved_by=acting.by)
    logged(acting, approved, "approve")
    tell_author(acting, found, "approved")
    return _forward(acting, approved, found.eligible or 1)


def _forward(acting: Acting, broadcast: Broadcast, size: int) -> Broadcast:
    """On with it: to a second person, to its time, or out."""
    if needs_second(acting, broadcast, size):
        waiting = saved(acting, replace(broadcast, state=_S.WAITING), "wait")
        _ask_second(acting, waiting, size)
        return waiting
    if broadcast.eligible:
        return _running(acting, broadcast)
    scheduled = saved(acting, replace(broadcast, state=_S.SCHEDULED), "schedule")
    if scheduled.due_at is None or scheduled.due_at > acting.now or size > AT_ONCE:
        return scheduled
    return begin(acting, scheduled)


def begin(acting: Acting, broadcast: Broadcast) -> Broadcast:
    """Its time has come: everybody it is for is settled now and gets one message queued."""
    audience = audience_of(acting, broadcast)
    count = segments.headcount(acting.tx, audience, now=acting.now)
    if needs_second(acting, broadcast, count.eligible):
        return _forward(acting, broadcast, count.eligible)  # it has grown meanwhile
    expires = acting.now + acting.rules.expires
    eligible = broadcasts.enqueue(
        acting.tx, broadcast.id, audience, not_after=expires, now=acting.now
    )
    excluded = {why.value: many for why, many in count.excluded.items()}
    begun = replace(broadcast, eligible=eligible, excluded=excluded)
    if not eligible:
        return saved(acting, replace(begun, state=_S.DONE), "begin")
    return _running(acting, begun)


def _running(acting: Acting, broadcast: Broadcast) -> Broadcast:
    """Let the first go alone while they tell nothing yet, else all."""
    broadcast = _reread(acting, broadcast)
    account = account_of(acting.tx, broadcast)
    first = acting.rules.canary(broadcast.eligible) - (account.eligible - account.pending)
    if first > 0:
        broadcasts.release(acting.tx, broadcast.id, first=first, now=acting.now)
        return saved(acting, replace(broadcast, state=_S.CANARY), "begin")
    outbox.resume(acting.tx, broadcast.id, now=acting.now)
    return saved(acting, replace(broadcast, state=_S.RUNNING), "begin")


def _reread(acting: Acting, broadcast: Broadcast) -> Broadcast:
    """Where words changed, screens that show the old ones are changed too, once."""
    if broadcast.reworded:
        _change_shown(acting, broadcast, Change.REWRITE)
    return replace(broadcast, reworded=False)


def account_of(tx: Tx, broadcast: Broadcast) -> outbox.Account:
    """Where everybody stands who was to get it."""
    return outbox.accounts(tx, [broadcast.id]).get(broadcast.id, outbox.Account())


# -- on the way --------------------------------------------------------------------------------


def pause(acting: Acting, broadcast_id: int) -> Broadcast | Refusal:
    """What has not left stays, until it is resumed."""
    found = opened(acting, broadcast_id)
    if not possible(Step.PAUSE, found.state):
        return Refusal.NOT_NOW
    outbox.hold(acting.tx, found.id, now=acting.now)
    return saved(acting, replace(found, state=_S.PAUSED), "pause")


def resume(acting: Acting, broadcast_id: int) -> Broadcast | Refusal:
    """On with what was paused; words that changed need the second person again.

    Messages that were shown with other words are changed on their screens.
    """
    found = opened(acting, broadcast_id)
    if not possible(Step.RESUME, found.state):
        return Refusal.NOT_NOW
    logged(acting, found, "resume")
    if found.state is _S.HALTED and not needs_second(acting, found, found.eligible):
        outbox.resume(acting.tx, found.id, now=acting.now)  # somebody looked, and says so
        reread = _reread(acting, found)
        return saved(acting, replace(reread, state=_S.RUNNING), "begin")
    if found.eligible:
        return _forward(acting, found, found.eligible)
    count = segments.headcount(acting.tx, audience_of(acting, found), now=acting.now)
    return _forward(acting, found, count.eligible)


def stop(acting: Acting, broadcast_id: int) -> Broadcast | Refusal:
    """What has not left never will; what is leaving leaves."""
    found = opened(acting, broadcast_id)
    if not possible(Step.STOP, found.state):
        return Refusal.NOT_NOW
    outbox.cancel(acting.tx, broadcast_id=found.id, now=acting.now)
    return saved(acting, replace(found, state=_S.STOPPED), "stop")


def discard(acting: Acting, broadcast_id: int) -> Broadcast | Refusal:
    """Throw a draft away."""
    found = opened(acting, broadcast_id)
    if not possible(Step.DISCARD, found.state):
        return Refusal.NOT_NOW
    return saved(acting, replace(found, state=_S.DISCARDED), "discard")


def withdraw(acting: Acting, broadcast_id: int) -> int | Refusal:
    """Take what was shown off the screens, where the platform still can; how many are asked to."""
    found = opened(acting, broadcast_id)
    if not possible(Step.WITHDRAW, found.state):
        return Refusal.NOT_NOW
    outbox.cancel(acting.tx, broadcast_id=found.id, now=acting.now)
    many = _change_shown(acting, found, Change.REMOVE)
    logged(acting, found, "withdraw", messages=many)
    return many


def resend(
    acting: Acting, broadcast_id: int, outcomes: tuple[Outcome, ...]
) -> Broadcast | Refusal:
    """A draft of the same words for those who were not reached, by how that came."""
    found = opened(acting, broadcast_id)
    if not possible(Step.RESEND, found.state) or not outcomes:
        return Refusal.NOT_NOW
    missed = tuple(Missed(found.id, outcome) for outcome in outcomes)
    segment: Segment = missed[0] if len(missed) == 1 else Or(missed)
    made = draft(acting, found.texts[Language.ID], segment=segment, parent=found.id)
    if isinstance(made, Refusal):
        return made
    return saved(acting, replace(made, texts=found.texts, file=found.file), "resend")


def _change_shown(acting: Acting, broadcast: Broadcast, how: Change) -> int:
    return broadcasts.enqueue_changes(
        acting.tx,
        broadcast.id,
        how=how,
        revision=broadcast.revision,
        not_after=acting.now + acting.rules.expires,
        now=acting.now,
    )


# -- telling -----------------------------------------------------------------------------------


def seconds(tx: Tx, broadcast: Broadcast) -> list[int]:
    """Everybody but its author who may announce wherever it goes."""
    reach = reach_of(tx, broadcast)
    if not reach:
        return []
    return [
        person
        for person, grants in broadcasts.announcers(tx, reach[0].area).items()
        if person != broadcast.author and all(may(grants, Act.BROADCAST, scope) for scope in reach)
    ]


def _ask_second(acting: Acting, broadcast: Broadcast, size: int) -> None:
    _notify(acting, broadcast, "approve", seconds(acting.tx, broadcast), size=size)


def tell_author(acting: Acting, broadcast: Broadcast, about: str) -> None:
    """Word to whoever wrote it."""
    if broadcast.author is not None:
        _notify(acting, broadcast, about, [broadcast.author])


def _notify(
    acting: Acting, broadcast: Broadcast, about: str, whom: list[int], **more: int
) -> None:
    wanted = [
        Wanted(
            kind=NOTICE,
            person_id=person,
            dedupe_key=f"{NOTICE}:{about}:{broadcast.id}:{broadcast.revision}:{person}",
            not_before=acting.now,
            not_after=acting.now + NOTICE_LASTS,
            params={
                "about": about,
                "announcement": broadcast.id,
                "revision": broadcast.revision,
                **more,
            },
            lane=Lane.NOTICE,
        )
        for person in whom
    ]
    outbox.put(acting.tx, wanted, now=acting.now)
