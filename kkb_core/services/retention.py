"""What families are promised about how long things are kept (UU 27/2022 Art. 42-44), kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kkb_core.storage import Tx, chores, retention

CHORE = "retention"
EVERY = timedelta(days=1)
BATCH = 500  # rows of one kind in one transaction: nobody who writes meanwhile waits long


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long things are kept, each counted from when it was last of use."""

    answers_months: int = 24  # since an answer was last given or changed, somebody visited
    notes_months: int = 12  # since a follow-up was closed, a call answered, a door checked
    consents_months: int = 60  # since what was said was taken back, replaced or erased
    messages_days: int = 30  # since an update was done, a message settled, a code expired
    audit_months: int = 60  # since somebody looked


def enforce(tx: Tx, terms: Terms, *, now: datetime, batch: int = BATCH) -> Mapping[str, int]:
    """Take out one batch of what is past its term, once a day until nothing is left of it.

    Returns how many of each kind went; calling it again goes on. What is due is read from the
    rows and *now*, so a missed day is made up for by the next.
    """
    if not chores.is_due(tx, CHORE, now=now):
        return {}
    retention.end_consents(tx, now=now)
    gone = {
        kind: forget(tx, before=before, limit=batch)
        for kind, (forget, before) in _rules(terms, now).items()
    }
    if not any(gone.values()):
        chores.rest(tx, CHORE, until=now + EVERY)
    return gone


def _rules(terms: Terms, now: datetime) -> Mapping[str, tuple[Callable[..., int], datetime]]:
    messages = now - timedelta(days=terms.messages_days)
    return {
        "samples": (retention.forget_samples, months_before(now, terms.notes_months)),
        # Notes first: an interview goes wholly only when no note refers to it.
        "notes": (retention.forget_notes, months_before(now, terms.notes_months)),
        "answers": (retention.forget_answers, months_before(now, terms.answers_months)),
        "reminders": (retention.forget_reminders, months_before(now, terms.answers_months)),
        "visits": (retention.forget_visits, months_before(now, terms.answers_months)),
        "consents": (retention.forget_consents, months_before(now, terms.consents_months)),
        "invites": (retention.forget_invites, messages),
        "sends": (retention.forget_sends, messages),
        "audit": (retention.forget_audit, months_before(now, terms.audit_months)),
    }


def months_before(now: datetime, months: int) -> datetime:
    """The same moment so many calendar months ago; the 31st becomes the month's last day."""
    now = now.astimezone(UTC)
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    first_of_next = datetime(year + (month + 1) // 12, (month + 1) % 12 + 1, 1, tzinfo=UTC)
    last_of_month = (first_of_next - timedelta(days=1)).day
    return now.replace(year=year, month=month + 1, day=min(now.day, last_of_month))
