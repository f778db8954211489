"""People, the addresses they write from, and the households they answer for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, and_, case, exists, select, update

from kkb_core.messaging import Address, Channel, Language
from kkb_core.storage.households import Household, household_from
from kkb_core.storage.prepared import Row
from kkb_core.storage.statements import add_row, insert_into
from kkb_core.storage.tables import (
    address_moves,
    addresses,
    households,
    memberships,
    people,
)
from kkb_core.storage.transaction import Tx


class PersonStatus(StrEnum):
    """How a person stands towards us."""

    NEW = "new"
    ACTIVE = "active"
    PAUSED = "paused"
    STOPPED = "stopped"
    REFUSED = "refused"


class Relation(StrEnum):
    """Why a person may answer for a household."""

    SELF = "self"  # a member of the family
    CADRE = "cadre"  # fills in for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who writes to us. `language` is None until chosen."""

    id: int
    language: Language | None
    status: PersonStatus
    adult_confirmed_at: datetime | None
    paused_until: datetime | None
    blocked_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person who may answer for a household, and since when."""

    person: Person
    relation: Relation
    joined_at: datetime


def person_from(row: Row) -> Person:
    """The person in a row that selects the table's columns."""
    of = people.c
    language = row[of.language]
    return Person(
        id=row[of.id],
        language=None if language is None else Language(language),
        status=PersonStatus(row[of.status]),
        adult_confirmed_at=row[of.adult_confirmed_at],
        paused_until=row[of.paused_until],
        blocked_at=row[of.blocked_at],
        created_at=row[of.created_at],
    )


def columns_of_person() -> tuple[Column[Any], ...]:
    """The columns that `person_at` reads, in its order."""
    of = people.c
    return (
        of.id, of.language, of.status, of.adult_confirmed_at, of.paused_until, of.blocked_at,
        of.created_at,
    )  # fmt: skip


def person_at(row: Sequence[Any]) -> Person:
    """`person_from` for many: the person in the values of `columns_of_person`."""
    number, language, status, adult_confirmed_at, paused_until, blocked_at, created_at = row
    return Person(
        id=number,
        language=None if language is None else Language(language),
        status=PersonStatus(status),
        adult_confirmed_at=adult_confirmed_at,
        paused_until=paused_until,
        blocked_at=blocked_at,
        created_at=created_at,
    )


def person(tx: Tx, person_id: int) -> Person | None:
    """The person, unless they erased themselves."""
    wanted = and_(people.c.id == person_id, people.c.erased_at.is_(None))
    row = tx.execute(select(people).where(wanted)).mappings().one_or_none()
    return None if row is None else person_from(row)


def set_language(tx: Tx, person_id: int, language: Language) -> None:
    """The person chose a language."""
    _set(tx, person_id, {"language": language.value})


def set_status(
    tx: Tx, person_id: int, status: PersonStatus, *, paused_until: datetime | None = None
) -> None:
    """The person stands so from now on; *paused_until* goes with PAUSED."""
    _set(tx, person_id, {"status": status.value, "paused_until": paused_until})


def confirm_adult(tx: Tx, person_id: int, *, now: datetime) -> None:
    """The person said that they are an adult."""
    _set(tx, person_id, {"adult_confirmed_at": now})


def mark_blocked(tx: Tx, address: Address, *, now: datetime) -> None:
    """The person blocked us: nothing is sent until they write again."""
    _set_at(tx, address, {"blocked_at": now})


def mark_unblocked(tx: Tx, address: Address) -> None:
    """The person wrote again."""
    _set_at(tx, address, {"blocked_at": None})


def addresses_of(tx: Tx, person_id: int) -> tuple[Address, ...]:
    """Where the person is reached, the oldest address first."""
    asked = select(addresses).where(addresses.c.person_id == person_id).order_by(addresses.c.id)
    return tuple(Address(Channel(row.channel), row.address) for row in tx.execute(asked))


def move_address(tx: Tx, old: Address, new: Address, *, now: datetime) -> bool:
    """The chat lives on under *new*; says False, and changes nothing, when *new* is taken."""
    if tx.execute(select(exists().where(_at(new)))).scalar_one():
        return False
    moved = tx.execute(update(addresses).where(_at(old)).values(address=new.id))
    kept = {"channel": old.channel.value, "old": old.id, "new": new.id, "at": now}
    tx.execute(address_moves.insert().values(kept))
    return moved.rowcount == 1


def join(tx: Tx, person_id: int, household_id: int, *, relation: Relation, now: datetime) -> None:
    """The person answers for the household from now on; saying it twice changes nothing.

    Who is of the family stays so, also while filling in for it as its cadre.
    """
    made = {"person_id": person_id, "household_id": household_id}
    new = insert_into(tx.dialect, memberships).values(
        relation=relation.value, joined_at=now, **made
    )
    own = and_(memberships.c.relation == Relation.SELF.value, memberships.c.left_at.is_(None))
    becomes = case((own, Relation.SELF.value), else_=relation.value)
    again = new.on_conflict_do_update(
        index_elements=list(made), set_={"relation": becomes, "left_at": None}
    )
    tx.execute(again)


def add_without_address(tx: Tx, language: Language, *, now: datetime) -> int:
    """Somebody who takes part through another's phone; an adult, as that other one says."""
    made = {
        "language": language.value,
        "status": PersonStatus.ACTIVE.value,
        "adult_confirmed_at": now,
        "created_at": now,
    }
    return add_row(tx, people, made)


def without_address(tx: Tx, household_id: int) -> int | None:
    """The household's member who has no phone, if there is one."""
    reached = select(addresses.c.person_id).where(addresses.c.person_id == people.c.id)
    asked = (
        select(people.c.id)
        .join(memberships)
        .where(
            memberships.c.household_id == household_id,
            memberships.c.relation == Relation.SELF.value,
            memberships.c.left_at.is_(None),
            people.c.erased_at.is_(None),
            ~exists(reached),
        )
        .order_by(people.c.id)
        .limit(1)
    )
    found: int | None = tx.execute(asked).scalar_one_or_none()
    return found


def leave(tx: Tx, person_id: int, household_id: int, *, now: datetime) -> None:
    """The person no longer answers for the household."""
    mine = and_(memberships.c.person_id == person_id, memberships.c.household_id == household_id)
    tx.execute(update(memberships).where(mine).values(left_at=now))


def memberships_of(tx: Tx, person_id: int) -> tuple[Household, ...]:
    """The person's own households, in the order of joining; not those a cadre fills in for."""
    asked = (
        select(households)
        .join(memberships)
        .where(
            memberships.c.person_id == person_id,
            memberships.c.left_at.is_(None),
            memberships.c.relation == Relation.SELF.value,
            households.c.erased_at.is_(None),
            households.c.merged_into.is_(None),
        )
        .order_by(memberships.c.joined_at, households.c.id)
    )
    return tuple(map(household_from, tx.execute(asked).mappings()))


def members_of(tx: Tx, household_id: int) -> tuple[Member, ...]:
    """Who answers for the household, in the order of joining."""
    asked = (
        select(people, memberships.c.relation, memberships.c.joined_at)
        .join(memberships)
        .where(memberships.c.household_id == household_id, memberships.c.left_at.is_(None))
        .order_by(memberships.c.joined_at, people.c.id)
    )
    return tuple(
        Member(
            person=person_from(row),
            relation=Relation(row[memberships.c.relation]),
            joined_at=row[memberships.c.joined_at],
        )
        for row in tx.execute(asked).mappings()
    )


def _at(address: Address) -> Any:
    return and_(addresses.c.channel == address.channel.value, addresses.c.address == address.id)


def _set(tx: Tx, person_id: int, values: Mapping[str, Any]) -> None:
    tx.execute(update(people).where(people.c.id == person_id).values(values))


def _set_at(tx: Tx, address: Address, values: Mapping[str, Any]) -> None:
    whose = select(addresses.c.person_id).where(_at(address)).scalar_subquery()
    tx.execute(update(people).where(people.c.id == whose).values(values))
