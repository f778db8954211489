"""Two records of one family become one, and can become two again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select, update

from kkb_core.storage.households import Household, household_from
from kkb_core.storage.interviews import StoredInterview, interviews_of
from kkb_core.storage.people import Relation, join, leave
from kkb_core.storage.scores import count_again
from kkb_core.storage.tables import (
    conversations,
    flags,
    help_requests,
    households,
    interviews,
    memberships,
    scores,
)
from kkb_core.storage.transaction import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What went over to the record that stays: enough to take it back."""

    people: tuple[int, ...]
    interviews: tuple[int, ...]


def merge(tx: Tx, gone: int, kept: int, *, now: datetime) -> Merged:
    """The record *gone* is the same family as *kept*; its people and their rounds go over.

    A round both have answered stays with *kept* as *kept* answered it; the other is put aside.
    """
    tx.execute(update(households).where(households.c.id == gone).values(merged_into=kept))
    known = {one.round_id for one in interviews_of(tx, kept)}
    moved = tuple(one.id for one in interviews_of(tx, gone) if one.round_id not in known)
    _move(tx, moved, kept)
    tx.execute(delete(scores).where(scores.c.household_id == gone))
    for table in (flags, help_requests):
        tx.execute(update(table).where(table.c.household_id == gone).values(household_id=kept))
    newcomers = sorted(_own_people(tx, gone) - _own_people(tx, kept))
    for person_id in newcomers:
        join(tx, person_id, kept, relation=Relation.SELF, now=now)
    _turn(tx, conversations.c.household_id == gone, kept)
    count_again(tx, (kept,))
    return Merged(people=tuple(newcomers), interviews=moved)


def unmerge(
    tx: Tx, gone: int, kept: int, merged: Merged, *, now: datetime
) -> Sequence[StoredInterview]:
    """Two families after all; the interviews of *gone*, whose scores are to be made anew."""
    tx.execute(update(households).where(households.c.id == gone).values(merged_into=None))
    _move(tx, merged.interviews, gone)
    theirs = select(interviews.c.id).where(interviews.c.household_id == gone)
    for table in (flags, help_requests):
        back = table.c.interview_id.in_(theirs)
        tx.execute(update(table).where(back).values(household_id=gone))
    for person_id in merged.people:
        leave(tx, person_id, kept, now=now)
    gone_over = and_(
        conversations.c.household_id == kept, conversations.c.person_id.in_(merged.people)
    )
    _turn(tx, gone_over, gone)
    count_again(tx, (kept,))
    return interviews_of(tx, gone)


def merged_into(tx: Tx, kept: int) -> tuple[Household, ...]:
    """The records that were merged into this one."""
    asked = select(households).where(
        households.c.merged_into == kept, households.c.erased_at.is_(None)
    )
    rows = tx.execute(asked.order_by(households.c.id)).mappings()
    return tuple(map(household_from, rows))


def _move(tx: Tx, moved: Collection[int], household_id: int) -> None:
    for table, column in ((interviews, interviews.c.id), (scores, scores.c.interview_id)):
        tx.execute(update(table).where(column.in_(moved)).values(household_id=household_id))


def _own_people(tx: Tx, household_id: int) -> set[int]:
    asked = select(memberships.c.person_id).where(
        memberships.c.household_id == household_id,
        memberships.c.relation == Relation.SELF.value,
        memberships.c.left_at.is_(None),
    )
    return set(tx.execute(asked).scalars())


def _turn(tx: Tx, whose: ColumnElement[bool], household_id: int) -> None:
    """Their talk goes on at the other record."""
    values: dict[str, Any] = {
        "household_id": household_id,
        "interview_id": None,
        "topic": "rest",
        "state": {},
    }
    tx.execute(update(conversations).where(whose).values(values))
