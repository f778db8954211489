"""What the clock does for announcements: what is due begins, what is over ends."""

from dataclasses import replace

from kkb_core.broadcast import BroadcastState, Repeat, following
from kkb_core.services.broadcast_course import account_of, begin, tell_author
from kkb_core.services.broadcasting import Acting, saved, zone_of
from kkb_core.storage import broadcasts, outbox
from kkb_core.storage.broadcasts import Broadcast

_S = BroadcastState


def advance(acting: Acting) -> dict[str, int]:
    """What the clock does: begins what is due, lets the others go, ends what is over."""
    counts = {"begun": 0, "halted": 0, "done": 0}
    for one in broadcasts.in_state(acting.tx, _S.SCHEDULED, due_before=acting.now):
        counts["begun"] += 1
        if one.repeat is Repeat.ONCE:
            begin(acting, one)
            continue
        assert one.due_at is not None
        zone, due = zone_of(acting.tx, one), one.due_at
        while due <= acting.now:
            after = following(one.repeat, due, zone=zone, first_day=one.first_day)
            assert after is not None
            due = after
        broadcasts.save_broadcast(acting.tx, replace(one, due_at=due, updated_at=acting.now))
        run = replace(one, id=0, repeat=Repeat.ONCE, parent=one.id, due_at=acting.now)
        begin(acting, replace(run, id=broadcasts.put_broadcast(acting.tx, run)))
    for one in broadcasts.in_state(acting.tx, _S.CANARY):
        counts["halted"] += _judge_first(acting, one)
    for one in broadcasts.in_state(acting.tx, _S.RUNNING):
        if not account_of(acting.tx, one).pending:
            counts["done"] += 1
            saved(acting, replace(one, state=_S.DONE), "done")
    return counts


def _judge_first(acting: Acting, broadcast: Broadcast) -> bool:
    """When the first have all ended: on with the others, or halt."""
    if broadcasts.released_and_open(acting.tx, broadcast.id):
        return False
    account = account_of(acting.tx, broadcast)
    halts = acting.rules.halts(
        failed=account.failed + account.unknown, settled=account.eligible - account.pending
    )
    if halts:
        tell_author(acting, broadcast, "halted")
        saved(acting, replace(broadcast, state=_S.HALTED), "halt")
    else:
        outbox.resume(acting.tx, broadcast.id, now=acting.now)
        saved(acting, replace(broadcast, state=_S.RUNNING), "go_on")
    return halts
