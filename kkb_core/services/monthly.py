"""Between rounds: once a month, whether anything changed in a family that has answered everything."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from kkb_core import reminders
from kkb_core.reminders import Changed, Clockwork, Settled
from kkb_core.services.reminder_rows import key_of, member_of
from kkb_core.storage import Tx, outbox
from kkb_core.storage import reminders as kept
from kkb_core.storage.areas import Area
from kkb_core.storage.outbox import Wanted
from kkb_core.storage.reminders import Found

CHANGES = "changes"  # its kind in the outbox


def plan(
    tx: Tx,
    clockwork: Clockwork,
    area: Area,
    *,
    now: datetime,
    reminded: Collection[int] = (),
    unfinished: Collection[int] = (),
) -> int:
    """Queue the day's questions of a village; how many.

    Not to people who are *reminded* today, nor about households that a round waits for.
    """
    if not clockwork.rhythm.changes_days:
        return 0
    before = now - timedelta(days=clockwork.rhythm.changes_days - 1)
    found = kept.finished(tx, before=before, area=area.code)
    settled = (one for one in _settled(found) if one.household_id not in unfinished)
    due = reminders.changed(settled, clockwork, now=now, taken=reminded)
    return outbox.put(tx, [_wanted(one, area) for one in due], now=now)


def still_settled(
    tx: Tx, asked: Sequence[tuple[int, int]], *, now: datetime
) -> dict[tuple[int, int], str]:
    """Of households and members, those who can still be asked, with what the household is called."""
    found = kept.finished(tx, before=now, households_={household for household, _ in asked})
    return {
        (one.household_id, one.person_id): one.label
        for one in found
        if member_of(one).may_be_reminded(now=now)
        and not (one.household_paused_until and one.household_paused_until > now)
    }


def _settled(found: Sequence[Found]) -> Iterator[Settled]:
    for household_id, group in groupby(found, key=lambda one: one.household_id):
        members = list(group)
        assert members[0].touched_at is not None
        yield Settled(
            household_id=household_id,
            answered_at=members[0].touched_at,
            members=[member_of(one) for one in members],
            paused_until=members[0].household_paused_until,
        )


def _wanted(one: Changed, area: Area) -> Wanted:
    return Wanted(
        kind=CHANGES,
        person_id=one.person_id,
        dedupe_key=key_of(one.person_id, one.not_before, area),
        not_before=one.not_before,
        not_after=one.not_after,
        params={"household_id": one.household_id},
    )
