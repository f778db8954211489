"""What is kept too long, taken out a batch at a time.

Each function takes at most *limit* of the oldest away and says how many; fewer than *limit* means
that nothing older than *before* is left.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    update,
)

from kkb_core.storage import consents as consenting
from kkb_core.storage.flags import FlagState
from kkb_core.storage.people import PersonStatus
from kkb_core.storage.scores import SUMMED
from kkb_core.storage.statements import insert_into
from kkb_core.storage.tables import (
    answer_history,
    audit,
    consents,
    conversations,
    field_checks,
    field_samples,
    flags,
    help_requests,
    interviews,
    invite_tries,
    invites,
    outbox,
    past_totals,
    people,
    prompts,
    reminders,
    rounds,
    scores,
    visits,
)
from kkb_core.storage.transaction import Tx

GONE = (PersonStatus.STOPPED.value, PersonStatus.REFUSED.value)


def forget_answers(tx: Tx, *, before: datetime, limit: int) -> int:
    """Forget interviews nobody has touched since *before*; a village's sums remain.

    While a follow-up still refers to one, its row stays without answers.
    """
    followed = exists().where(flags.c.interview_id == interviews.c.id)
    told = cast(interviews.c.answers, Text) != "{}"
    old = select(interviews.c.id).where(interviews.c.updated_at < before, or_(~followed, told))
    ids = _first(tx, old.order_by(interviews.c.updated_at), limit)
    if not ids:
        return 0
    _keep_totals(tx, ids)
    for table in (scores, answer_history, prompts, help_requests):
        tx.execute(delete(table).where(table.c.interview_id.in_(ids)))
    idle: dict[str, Any] = {"topic": "rest", "state": {}, "interview_id": None}
    tx.execute(update(conversations).where(conversations.c.interview_id.in_(ids)).values(idle))
    tx.execute(delete(interviews).where(interviews.c.id.in_(ids), ~followed))
    blank: dict[str, Any] = {"answers": {}, "places": None, "started_by": None}
    tx.execute(update(interviews).where(interviews.c.id.in_(ids)).values(blank))
    return len(ids)


def forget_notes(tx: Tx, *, before: datetime, limit: int) -> int:
    """Forget follow-ups closed, and calls for help answered, before then."""
    closed = and_(flags.c.state == FlagState.CLOSED.value, flags.c.updated_at < before)
    gone = _delete(tx, flags.c.id, closed, limit)
    return gone + _delete(tx, help_requests.c.id, help_requests.c.answered_at < before, limit)


def forget_samples(tx: Tx, *, before: datetime, limit: int) -> int:
    """Forget what was drawn for a jury, and last looked at, before then."""
    looked = exists().where(
        field_checks.c.sample_id == field_samples.c.id, field_checks.c.at >= before
    )
    asked = select(field_samples.c.id).where(field_samples.c.drawn_at < before, ~looked)
    ids = _first(tx, asked.order_by(field_samples.c.id), limit)
    if ids:
        tx.execute(delete(field_checks).where(field_checks.c.sample_id.in_(ids)))
        tx.execute(delete(field_samples).where(field_samples.c.id.in_(ids)))
    return len(ids)


def forget_reminders(tx: Tx, *, before: datetime, limit: int) -> int:
    """Forget what was reminded of in rounds that closed before then."""
    over = select(rounds.c.id).where(rounds.c.closes_at < before)
    return _delete(tx, reminders.c.id, reminders.c.round_id.in_(over), limit)


def forget_visits(tx: Tx, *, before: datetime, limit: int) -> int:
    """Forget who was at a door before then, and how it went."""
    return _delete(tx, visits.c.id, visits.c.at < before, limit)


def end_consents(tx: Tx, *, now: datetime) -> int:
    """What people said who have gone since has ended now; how many lines."""
    orphaned = and_(consents.c.person_id.is_(None), consents.c.ended_at.is_(None))
    return tx.execute(update(consents).where(orphaned).values(ended_at=now)).rowcount


def forget_consents(tx: Tx, *, before: datetime, limit: int) -> int:
    """Forget lines of the ledger that ended before then.

    A line ends when the same person answers the same again, when they leave, or when they are
    erased. What stands for somebody who takes part has not ended, however old it is.
    """
    later = consents.alias()
    replaced = exists().where(
        later.c.subject == consents.c.subject,
        later.c.kind == consents.c.kind,
        later.c.id > consents.c.id,
        later.c.at < before,
    )
    left = exists().where(people.c.id == consents.c.person_id, people.c.status.in_(GONE))
    withdrawn = and_(~consents.c.given, consents.c.at < before, left)
    ended = or_(replaced, withdrawn, consents.c.ended_at < before)
    return _delete(tx, consents.c.id, ended, limit)


def forget_invites(tx: Tx, *, before: datetime, limit: int) -> int:
    """Forget invitations revoked or expired, and codes tried, before then."""
    over = or_(invites.c.revoked_at < before, invites.c.expires_at < before)
    gone = _delete(tx, invites.c.id, over, limit)
    return gone + _delete(tx, invite_tries.c.id, invite_tries.c.at < before, limit)


def forget_sends(tx: Tx, *, before: datetime, limit: int) -> int:
    """Forget messages settled before then; those of a broadcast stay without saying to whom."""
    settled = and_(text("state NOT IN ('queued', 'sending')"), outbox.c.updated_at < before)
    single = and_(settled, outbox.c.broadcast_id.is_(None))
    gone = _delete(tx, outbox.c.id, single, limit)
    named = and_(settled, outbox.c.broadcast_id.is_not(None), outbox.c.person_id.is_not(None))
    ids = _first(tx, select(outbox.c.id).where(named), limit)
    blank: dict[str, Any] = {
        "params": {},
        "person_id": None,
        "dedupe_key": None,
        "platform_msg_id": None,
    }
    tx.execute(update(outbox).where(outbox.c.id.in_(ids)).values(blank))
    return gone + len(ids)


def forget_audit(tx: Tx, *, before: datetime, limit: int) -> int:
    """Forget who looked at what before then."""
    return _delete(tx, audit.c.id, audit.c.at < before, limit)


def _keep_totals(tx: Tx, ids: Sequence[int]) -> None:
    """Add scores to what remains of their villages' rounds, where the family agreed to that."""
    added: dict[str, ColumnElement[int]] = {"households": func.count()}
    for name in SUMMED:
        added[f"{name}_count"] = func.count(scores.c[name])
        added[f"{name}_sum"] = func.coalesce(func.sum(scores.c[name]), 0)
    place = (scores.c.round_id, scores.c.area_code)
    counted = and_(
        scores.c.interview_id.in_(ids), consenting.counts_in_statistics(scores.c.household_id)
    )
    sums = select(*place, *added.values()).where(counted).group_by(*place)
    new = insert_into(tx.dialect, past_totals).from_select(["round_id", "area_code", *added], sums)
    more = {name: past_totals.c[name] + new.excluded[name] for name in added}
    key = ["round_id", "area_code"]
    tx.execute(new.on_conflict_do_update(index_elements=key, set_=more))


def _first(tx: Tx, asked: Select[Any], limit: int) -> list[int]:
    return list(tx.execute(asked.limit(limit)).scalars())


def _delete(tx: Tx, key: ColumnElement[int], which: ColumnElement[bool], limit: int) -> int:
    ids = _first(tx, select(key).where(which).order_by(key), limit)
    if ids:
        tx.execute(delete(key.table).where(key.in_(ids)))
    return len(ids)
