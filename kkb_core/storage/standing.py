"""Everything a turn begins with, read at once: who writes, what about, and where they are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, select
from sqlalchemy.exc import IntegrityError

from kkb_core.messaging import Address
from kkb_core.storage.conversations import Conversation, conversation_from
from kkb_core.storage.households import Household, household_from
from kkb_core.storage.interviews import StoredInterview, interview_from
from kkb_core.storage.people import Person, PersonStatus, Relation, person_from
from kkb_core.storage.prepared import Prepared, Row
from kkb_core.storage.statements import add_row
from kkb_core.storage.tables import (
    addresses,
    conversations,
    help_requests,
    households,
    interviews,
    memberships,
    people,
)
from kkb_core.storage.transaction import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A person, what they talk about, and the household and interview they are in.

    `relation` is None when the person does not (or no longer) answer for the household.
    `households` counts their own. `answer_waits`: a cadre answered a call they have not seen.
    """

    address: Address
    person: Person
    conversation: Conversation
    household: Household | None = None
    relation: Relation | None = None
    interview: StoredInterview | None = None
    households: int = 0
    answer_waits: bool = False

    @property
    def several_households(self) -> bool:
        """Whether the person answers for more than one, so that each prompt must name it."""
        return self.households > 1


_HERE = and_(
    addresses.c.channel == bindparam("channel"), addresses.c.address == bindparam("address")
)

# PostgreSQL shows one statement one moment in time, even while it waits for a lock. So the person
# is locked by a statement of its own, and what is read after it is never older than the lock.
# NO KEY: other people's turns may still refer to the locked row.
LOCKING = (
    select(people.c.id).join(addresses).where(_HERE).with_for_update(of=people, key_share=True)
)
_LOCK = Prepared(LOCKING)


def _reading(*, lock: bool) -> tuple[Prepared, Any]:
    active = select(interviews).where(
        interviews.c.id
        == select(conversations.c.interview_id)
        .join(addresses, addresses.c.person_id == conversations.c.person_id)
        .where(_HERE)
        .scalar_subquery()
    )
    if lock:
        active = active.with_for_update(key_share=True)
    # An outer join cannot lock, a common table expression can.
    interview = active.cte("active")
    joined = (
        addresses.join(people)
        .join(conversations, conversations.c.person_id == people.c.id)
        .outerjoin(
            households,
            and_(
                households.c.id == conversations.c.household_id, households.c.erased_at.is_(None)
            ),
        )
        .outerjoin(
            memberships,
            and_(
                memberships.c.household_id == households.c.id,
                memberships.c.person_id == people.c.id,
                memberships.c.left_at.is_(None),
            ),
        )
        .outerjoin(interview, interview.c.id == conversations.c.interview_id)
    )
    others = memberships.alias()
    answering_for = (
        select(func.count())
        .select_from(others)
        .where(
            others.c.person_id == people.c.id,
            others.c.left_at.is_(None),
            others.c.relation == Relation.SELF.value,
        )
        .scalar_subquery()
    )
    told = help_requests.alias()
    answer_waits = exists().where(
        told.c.person_id == people.c.id, told.c.answer.is_not(None), told.c.told_at.is_(None)
    )
    wanted = select(
        people,
        conversations,
        households,
        memberships.c.relation,
        interview,
        answering_for.label("answering_for"),
        answer_waits.label("answer_waits"),
    )
    return Prepared(wanted.select_from(joined).where(_HERE)), interview.c


_READ, _READ_COLUMNS = _reading(lock=False)
_READ_LOCKED, _READ_LOCKED_COLUMNS = _reading(lock=True)


def standing(tx: Tx, address: Address) -> Standing | None:
    """Where the person at *address* is; None for somebody new.

    One statement. On PostgreSQL the person and the interview stay locked until the commit; that
    takes one statement more, unless `updates.done` has locked the person.
    """
    here = {"channel": address.channel.value, "address": address.id}
    if tx.locks_rows:
        if address not in tx.locked and _LOCK.one(tx, here) is None:
            return None
        row = _READ_LOCKED.one(tx, here)
        columns = _READ_LOCKED_COLUMNS
    else:
        row = _READ.one(tx, here)
        columns = _READ_COLUMNS
    return None if row is None else _standing_from(row, address, interview=columns)


def arrive(tx: Tx, address: Address, *, now: datetime) -> Standing:
    """Where the person at *address* is; somebody new is taken up first."""
    found = standing(tx, address)
    if found is None:
        # A second process may have taken the same person up a moment ago: then theirs counts.
        try:
            with tx.savepoint():
                _take_up(tx, address, now)
        except IntegrityError:
            tx.locked -= {address}  # there was nobody to lock before
        found = standing(tx, address)
    assert found is not None
    return found


def _take_up(tx: Tx, address: Address, now: datetime) -> None:
    person_id = add_row(tx, people, {"status": PersonStatus.NEW.value, "created_at": now})
    at = {"channel": address.channel.value, "address": address.id}
    tx.execute(addresses.insert().values(person_id=person_id, **at))
    begun = {"person_id": person_id, "topic": "", "state": {}, "updated_at": now}
    tx.execute(conversations.insert().values(begun))


def _standing_from(row: Row, address: Address, *, interview: Any) -> Standing:
    relation = row[memberships.c.relation]
    return Standing(
        address=address,
        person=person_from(row),
        conversation=conversation_from(row),
        household=None if row[households.c.id] is None else household_from(row),
        relation=None if relation is None else Relation(relation),
        interview=None
        if row[interview.id] is None
        else interview_from(row, of=interview, person_id=row[people.c.id]),
        households=row["answering_for"],
        answer_waits=bool(row["answer_waits"]),
    )
