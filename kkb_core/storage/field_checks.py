"""Households drawn for a jury to visit, and what they said about a few of their answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update

from kkb_core.roles import Scope
from kkb_core.storage.consents import ConsentKind, counts_in_statistics, said_no
from kkb_core.storage.households import Household, household_from
from kkb_core.storage.people import Relation
from kkb_core.storage.statements import insert_unless, inside
from kkb_core.storage.tables import (
    field_checks,
    field_samples,
    households,
    interviews,
    memberships,
)
from kkb_core.storage.transaction import Tx
from kkb_core.summary.match import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSample:
    """A draw of a village's households in a round, out of how many, and by which seed."""

    round_id: int
    area_code: str
    seed: int
    drawn_from: int
    drawn_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample(NewSample):
    """A draw that is kept."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One answer to be looked at, and what became of it."""

    id: int
    question: str
    verdict: Verdict | None
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A household of a sample, and what is looked at there."""

    household: Household
    checks: tuple[Check, ...]

    @property
    def is_tried(self) -> bool:
        """Whether somebody has been at the door."""
        return any(one.verdict is not None for one in self.checks)


def visitable(
    tx: Tx, scope: Scope, round_id: int, *, now: datetime
) -> tuple[tuple[Household, Mapping[str, str]], ...]:
    """Households that may be visited about the round, with their answers to it.

    Those in the figures that nobody of asked to be left alone and that take no rest.
    """
    rests = households.c.paused_until
    asked = (
        select(households, interviews.c.answers)
        .join(interviews, interviews.c.household_id == households.c.id)
        .where(
            interviews.c.round_id == round_id,
            inside(households, scope),
            _agrees_to_a_visit(),
            or_(rests.is_(None), rests <= now),
        )
        .order_by(households.c.public_id)
    )
    return tuple(
        (household_from(row), row[interviews.c.answers]) for row in tx.execute(asked).mappings()
    )


def keep_sample(tx: Tx, new: NewSample, questions: Mapping[int, Iterable[str]]) -> Sample:
    """The sample of that round, village and seed: *new*, or the one that was kept before.

    *questions* are what is looked at, by household.
    """
    row = {
        "round_id": new.round_id,
        "area_code": new.area_code,
        "seed": new.seed,
        "drawn_from": new.drawn_from,
        "drawn_at": new.drawn_at,
    }
    once = insert_unless(tx.dialect, field_samples, ("round_id", "area_code", "seed"))
    made = tx.execute(once.returning(field_samples.c.id), row).scalar_one_or_none()
    rows = [
        {"sample_id": made, "household_id": household_id, "question": name}
        for household_id, names in questions.items()
        for name in names
    ]
    if made is not None and rows:
        tx.execute(field_checks.insert(), rows)
    kept = sample_by(tx, new.round_id, new.area_code, seed=new.seed)
    assert kept is not None
    return kept


def sample_called(tx: Tx, sample_id: int) -> Sample | None:
    """The sample with this id."""
    return _sample(tx, field_samples.c.id == sample_id)


def sample_by(tx: Tx, round_id: int, area_code: str, *, seed: int | None) -> Sample | None:
    """The village's sample of a round with this seed; without one, the sample drawn last."""
    of = field_samples.c
    which = and_(of.round_id == round_id, of.area_code == area_code)
    return _sample(tx, which if seed is None else and_(which, of.seed == seed))


def _sample(tx: Tx, which: ColumnElement[bool]) -> Sample | None:
    newest = field_samples.c.id.desc()
    asked = select(field_samples).where(which).order_by(newest).limit(1)
    row = tx.execute(asked).mappings().one_or_none()
    return None if row is None else Sample(**row)


def drawn_in(tx: Tx, sample_id: int) -> tuple[Drawn, ...]:
    """The sample's households in walking order: RW, RT, name; not those that have left since."""
    of = field_checks.c
    asked = (
        select(households, of.id.label("check_id"), of.question, of.verdict, of.at)
        .join(field_checks, of.household_id == households.c.id)
        .where(of.sample_id == sample_id, _agrees_to_a_visit())
        .order_by(of.id)
    )
    found: dict[int, Drawn] = {}
    for row in tx.execute(asked).mappings():
        home = household_from(row)
        check = Check(
            id=row["check_id"],
            question=row[of.question],
            verdict=None if row[of.verdict] is None else Verdict(row[of.verdict]),
            at=row[of.at],
        )
        before = found.get(home.id, Drawn(household=home, checks=()))
        found[home.id] = replace(before, checks=(*before.checks, check))
    # Not by the database: the two sort names and unknown places differently.
    return tuple(sorted(found.values(), key=_as_walked))


def _as_walked(one: Drawn) -> tuple[int, int, str, str]:
    home = one.household
    return home.rw or 0, home.rt or 0, home.label.casefold(), home.public_id


def put_verdict(
    tx: Tx, check_ids: Iterable[int], verdict: Verdict | None, *, by: int, now: datetime
) -> None:
    """Keep what became of these answers; None: nobody has looked, after all."""
    values: dict[str, Any] = {"verdict": verdict and verdict.value, "person_id": by, "at": now}
    which = field_checks.c.id.in_(sorted(check_ids))
    tx.execute(update(field_checks).where(which).values(values))


def _agrees_to_a_visit() -> ColumnElement[bool]:
    of = households.c
    not_to_be_contacted = (
        select(memberships.c.person_id)
        .where(
            memberships.c.household_id == of.id,
            memberships.c.relation == Relation.SELF.value,
            memberships.c.left_at.is_(None),
            said_no(memberships.c.person_id, ConsentKind.CONTACT),
        )
        .exists()
    )
    there = and_(of.erased_at.is_(None), of.merged_into.is_(None))
    return and_(there, counts_in_statistics(of.id), ~not_to_be_contacted)
