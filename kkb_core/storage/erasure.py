"""Taking a person out of the database, as design.md's section on rights and UU 27/2022 ask.

Answers, history, free text, names, addresses and private messages go; the consent ledger stays
under a random id, and a count of erased households by round and village, which names nobody.
A row without content stays for each person and household, so that no id is ever used again and
the audit log still points somewhere.
"""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, literal, or_, select, text, union_all, update

from kkb_core.messaging import Address
from kkb_core.storage.own_answers import take_back_answers
from kkb_core.storage.people import PersonStatus, Relation, addresses_of, memberships_of
from kkb_core.storage.scores import count_again
from kkb_core.storage.statements import insert_into, without_entry
from kkb_core.storage.tables import (
    address_moves,
    addresses,
    answer_history,
    audit,
    broadcasts,
    consents,
    conversations,
    erased_counts,
    field_checks,
    flags,
    help_requests,
    households,
    interviews,
    invite_tries,
    invites,
    memberships,
    outbox,
    people,
    prompts,
    reminders,
    roles,
    scores,
    updates,
    visits,
    watches,
)
from kkb_core.storage.transaction import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure did: the households that went, and the interviews that lost answers.

    The latter lost their score too; it can be computed again from what the others said.
    """

    households: tuple[int, ...]
    rescore: tuple[int, ...]


def erase_person(tx: Tx, person_id: int, *, now: datetime) -> Erased:
    """Take the person out, and each household whose last member they are.

    In a household that stays, the answers this person gave last go as well: the others are asked
    again. What a cadre filled in for others stays with those others.
    """
    known_as = addresses_of(tx, person_id)
    going = _last_member_of(tx, person_id)
    staying = {one.id for one in memberships_of(tx, person_id)} - set(going)
    for household_id in going:
        erase_household(tx, household_id, now=now)
    rescore = take_back_answers(tx, person_id)
    _forget_addresses(tx, known_as)
    _forget_sends(tx, person_id, now)
    _forget_ties(tx, person_id)
    count_again(tx, staying)  # theirs may have been the only yes to statistics
    nobody = {
        "language": None,
        "status": PersonStatus.STOPPED.value,
        "adult_confirmed_at": None,
        "paused_until": None,
        "remind_at": None,
        "blocked_at": None,
        "erased_at": now,
    }
    tx.execute(update(people).where(people.c.id == person_id).values(nobody))
    _blank_audit(tx, "person", [person_id])
    return Erased(households=going, rescore=rescore)


def erase_household(tx: Tx, household_id: int, *, now: datetime) -> None:
    """Take a household out with all it answered; a count by round and village remains."""
    _count(tx, household_id)
    theirs = select(interviews.c.id).where(interviews.c.household_id == household_id)
    in_hand = or_(
        conversations.c.household_id == household_id, conversations.c.interview_id.in_(theirs)
    )
    idle: dict[str, Any] = {"topic": "", "state": {}, "household_id": None, "interview_id": None}
    tx.execute(update(conversations).where(in_hand).values(idle))
    for table in (answer_history, scores, flags, help_requests, prompts):
        tx.execute(delete(table).where(table.c.interview_id.in_(theirs)))
    for table in (
        field_checks,
        flags,
        help_requests,
        scores,
        visits,
        interviews,
        invites,
        memberships,
        reminders,
    ):
        tx.execute(delete(table).where(table.c.household_id == household_id))
    _withdraw_notices(tx, household_id)
    nothing = {
        "public_id": secrets.token_hex(8),
        "rw": None,
        "rt": None,
        "label": "",
        "created_by": None,
        "paused_until": None,
        "pause_reason": None,
        "erased_at": now,
    }
    tx.execute(update(households).where(households.c.id == household_id).values(nothing))
    _blank_audit(tx, "household", [household_id])


def _last_member_of(tx: Tx, person_id: int) -> tuple[int, ...]:
    """Households nobody is left in: no family member, or, where the person left, nobody at all."""
    asked = select(memberships.c.household_id, memberships.c.left_at).where(
        memberships.c.person_id == person_id, memberships.c.relation == Relation.SELF.value
    )
    mine = {row.household_id: row.left_at is None for row in tx.execute(asked)}
    here = select(memberships.c.household_id, memberships.c.relation).where(
        memberships.c.household_id.in_(list(mine)),
        memberships.c.person_id != person_id,
        memberships.c.left_at.is_(None),
    )
    members, anybody = set(), set()
    for row in tx.execute(here):
        anybody.add(row.household_id)
        if row.relation == Relation.SELF.value:
            members.add(row.household_id)
    return tuple(
        sorted(
            one for one, current in mine.items() if one not in (members if current else anybody)
        )
    )


def _count(tx: Tx, household_id: int) -> None:
    asked = (
        select(interviews.c.round_id, households.c.area_code)
        .join(households, households.c.id == interviews.c.household_id)
        .where(interviews.c.household_id == household_id, interviews.c.completed_at.is_not(None))
    )
    for row in tx.execute(asked).all():
        key = {"round_id": row.round_id, "area_code": row.area_code}
        new = insert_into(tx.dialect, erased_counts).values(households=1, **key)
        more = {"households": erased_counts.c.households + 1}
        tx.execute(new.on_conflict_do_update(index_elements=list(key), set_=more))


def _withdraw_notices(tx: Tx, household_id: int) -> None:
    """What was to be sent to others about the household."""
    # Written out and apart: only so can the partial indexes answer.
    asked = union_all(
        *(
            select(outbox.c.id, outbox.c.params).where(
                text(f"state = '{state}'"), outbox.c.broadcast_id.is_(None)
            )
            for state in ("queued", "sending")
        )
    )
    about = [row.id for row in tx.execute(asked) if row.params.get("household_id") == household_id]
    tx.execute(delete(outbox).where(outbox.c.id.in_(about)))


def _forget_addresses(tx: Tx, known_as: Iterable[Address]) -> None:
    for address in known_as:
        channel, chat = address.channel.value, address.id
        for table in (prompts, invite_tries):
            tx.execute(delete(table).where(table.c.channel == channel, table.c.address == chat))
        moved = or_(address_moves.c.old == chat, address_moves.c.new == chat)
        tx.execute(delete(address_moves).where(address_moves.c.channel == channel, moved))
        aside = and_(text("state = 'quarantined'"), updates.c.raw.contains(chat, autoescape=True))
        tx.execute(update(updates).where(aside).values(raw=None, person_key=None))


def _forget_sends(tx: Tx, person_id: int, now: datetime) -> None:
    mine = outbox.c.person_id == person_id
    tx.execute(delete(outbox).where(mine, outbox.c.broadcast_id.is_(None)))
    # A broadcast must still add up, so its rows stay without saying to whom.
    waiting = and_(mine, outbox.c.state == "queued")
    tx.execute(update(outbox).where(waiting).values(state="cancelled", updated_at=now))
    blank: dict[str, Any] = {
        "params": {},
        "person_id": None,
        "dedupe_key": None,
        "platform_msg_id": None,
        "digest": None,
    }
    tx.execute(update(outbox).where(mine).values(blank))


def _forget_ties(tx: Tx, person_id: int) -> None:
    _forget_places(tx, person_id)
    for table in (help_requests, memberships, roles, conversations, addresses, watches):
        tx.execute(delete(table).where(table.c.person_id == person_id))
    for column in (
        answer_history.c.person_id,
        broadcasts.c.approved_by,
        broadcasts.c.author,
        consents.c.person_id,
        consents.c.recorded_by,
        field_checks.c.person_id,
        help_requests.c.answered_by,
        households.c.created_by,
        interviews.c.started_by,
        invites.c.created_by,
        reminders.c.person_id,
        roles.c.granted_by,
        visits.c.person_id,
    ):
        tx.execute(update(column.table).where(column == person_id).values({column.name: None}))


def _forget_places(tx: Tx, person_id: int) -> None:
    """Whoever has a place in a household's interview answers for it, or did so once."""
    theirs = select(memberships.c.household_id).where(memberships.c.person_id == person_id)
    left = without_entry(tx.dialect, interviews.c.places, literal(str(person_id)))
    held = and_(interviews.c.household_id.in_(theirs), interviews.c.places.is_not(None))
    tx.execute(update(interviews).where(held).values(places=left))


def _blank_audit(tx: Tx, kind: str, ids: Collection[int]) -> None:
    about = and_(audit.c.subject_kind == kind, audit.c.subject_id.in_(list(ids)))
    tx.execute(update(audit).where(about).values(detail={}))
