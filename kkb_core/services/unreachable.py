"""Somebody does not take our messages any more: nothing is sent to them, and their cadre is told.

The cadre is told that the family cannot be reached, never why or who; and only when nobody of the
family can.
"""

from datetime import datetime, timedelta

from kkb_core.messaging import Address
from kkb_core.storage import Tx, outbox, people, reaching
from kkb_core.storage.outbox import Wanted

KIND = "notice"
ABOUT = "unreachable"
LASTS = timedelta(days=7)


def gone(tx: Tx, address: Address, *, now: datetime) -> int:
    """The platform says that nobody takes our messages at *address*; how many cadres are told."""
    people.mark_blocked(tx, address, now=now)
    week = f"{now.isocalendar().year}-{now.isocalendar().week}"
    wanted = [
        Wanted(
            kind=KIND,
            person_id=cadre,
            dedupe_key=f"{ABOUT}:{household}:{cadre}:{week}",
            not_before=now,
            not_after=now + LASTS,
            params={"about": ABOUT, "household_id": household},
        )
        for household, cadre in reaching.cadres_of_unreachable(tx, address)
    ]
    return outbox.put(tx, wanted, now=now)
