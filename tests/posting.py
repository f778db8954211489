"""What is waiting for somebody, in words, as the sender would say it now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from bot.conversations import monthly
from bot.conversations.reminding import Words
from kkb_core.messaging import Address, MsgOut
from kkb_core.services.monthly import CHANGES
from kkb_core.services.reminding import REMINDER
from kkb_core.services.unanswered import UNANSWERED
from kkb_core.storage import Tx
from kkb_core.storage.people import Person
from kkb_core.storage.standing import standing
from kkb_core.storage.tables import outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A row of the outbox, and whose it is."""

    params: dict[str, Any]
    person: Person


def waiting(tx: Tx, address: Address, words: Words, *, now: datetime) -> list[MsgOut]:
    """Everything that may leave to *address* by now; it is settled with that."""
    found = standing(tx, address)
    if found is None:
        return []
    due = (
        outbox.c.person_id == found.person.id,
        outbox.c.state == "queued",
        outbox.c.not_before <= now,
    )
    rows = tx.execute(select(outbox).where(*due).order_by(outbox.c.id)).all()
    tx.execute(update(outbox).where(*due).values(state="sent", updated_at=now))
    say = {REMINDER: words.reminders, UNANSWERED: words.unanswered, CHANGES: monthly.words}
    said = [
        say[row.kind](tx, [Letter(params=row.params, person=found.person)], now)[0]
        for row in rows
        if now < row.not_after
    ]
    return [one for one in said if one is not None]
