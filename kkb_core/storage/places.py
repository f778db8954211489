"""What a segment says of one place: a household somebody belongs to, or an area somebody works in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Table,
    and_,
    cast,
    exists,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
)

from kkb_core.roles import Scope
from kkb_core.segments import (
    And,
    Answered,
    Everybody,
    HouseholdKind,
    InArea,
    InBand,
    InRt,
    InRw,
    Missed,
    Not,
    OfKind,
    Or,
    Segment,
    WithRole,
)
from kkb_core.storage.outcomes import outcome
from kkb_core.storage.statements import inside
from kkb_core.storage.tables import interviews, outbox, rounds, scores
from kkb_core.survey.scoring import Band

# What a household must have said, to one of these questions, to be of a kind; none is sensitive.
KINDS: Mapping[HouseholdKind, tuple[tuple[str, str], ...]] = {
    HouseholdKind.PREGNANT: (("pregnant", "ya"),),
    HouseholdKind.BADUTA: (("kids", "0_23m"),),
    HouseholdKind.BALITA: (("kids", "0_23m"), ("kids", "2_4")),
    HouseholdKind.SCHOOL: (("kids", "7_15"),),
    HouseholdKind.TEEN: (("teen10", "ya"), ("kids", "16_18"), ("kids", "19_24")),
    HouseholdKind.ELDER: (("elder", "ya"),),
    HouseholdKind.DISABILITY: (("disability", "ya"),),
}

Claim = ColumnElement[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The columns of a place: a household's, or those of an area somebody works in."""

    table: Table
    role: ColumnElement[Any]
    household: ColumnElement[Any] | None
    person: Column[int]
    bands: tuple[int, int]
    now: datetime

    def holds(self, segment: Segment) -> Claim:
        """Whether *segment* holds for the place; neither it nor its opposite where it is unknown."""
        match segment:
            case And(parts):
                return and_(*map(self.holds, parts))
            case Or(parts):
                return or_(*map(self.holds, parts))
            case Not(part):
                return not_(self.holds(part))
            case Everybody():
                return true()
            case InArea(code):
                return inside(self.table, Scope(code))
            case InRw(number):
                return self._is("rw", number)
            case InRt(number):
                return self._is("rt", number)
            case WithRole(role):
                return self.role == role.value
            case Missed(broadcast, missed):
                return self._missed(broadcast, missed.value)
            case _:
                return self._household(segment)

    def _is(self, column: str, number: int) -> Claim:
        claim: Claim = self.table.c[column] == number
        return claim

    def _missed(self, broadcast: int, missed: str) -> Claim:
        return exists(
            select(outbox.c.id)
            .where(
                outbox.c.broadcast_id == broadcast,
                outbox.c.person_id == self.person,
                outcome() == missed,
            )
            .correlate(self.person.table)
        )

    def _household(self, segment: Segment) -> Claim:
        if self.household is None:
            return cast(null(), Boolean)
        match segment:
            case Answered():
                return self._answered()
            case InBand(function, band):
                return self._in_band(function, band)
            case OfKind(kind):
                return or_(*(self._told(name, value) for name, value in KINDS[kind]))
        raise AssertionError(segment)

    def _answered(self) -> Claim:
        return exists(
            select(interviews.c.id)
            .where(
                interviews.c.household_id == self.household,
                interviews.c.completed_at.is_not(None),
                interviews.c.round_id == self._round(),
            )
            .correlate(self.table)
        )

    def _round(self) -> ColumnElement[Any]:
        """The open round nearest to the household, as `rounds.round_for` finds it."""
        code = self.table.c.area_code
        above = [func.substr(code, 1, length) for length in (2, 5, 8, 13)]
        nearest = (
            func.length(rounds.c.area_code).desc(),
            rounds.c.opens_at.desc(),
            rounds.c.id.desc(),
        )
        return (
            select(rounds.c.id)
            .where(
                rounds.c.area_code.in_(above),
                rounds.c.opens_at <= self.now,
                rounds.c.closes_at > self.now,
            )
            .order_by(*nearest)
            .limit(1)
            .correlate(self.table)
            .scalar_subquery()
        )

    def _in_band(self, function: str, band: Band) -> Claim:
        points = (
            select(scores.c[function])
            .where(scores.c.household_id == self.household)
            .order_by(scores.c.interview_id.desc())
            .limit(1)
            .correlate(self.table)
            .scalar_subquery()
        )
        low, high = self.bands
        match band:
            case Band.LOW:
                return points < low
            case Band.MIDDLE:
                return points.between(low, high)
            case Band.HIGH:
                return points > high

    def _told(self, question: str, value: str) -> Claim:
        """Whether the household's last answer to *question* is, or has, *value*."""
        answer = interviews.c.answers[question].as_string()
        last = (
            select(answer)
            .where(interviews.c.household_id == self.household, answer.is_not(None))
            .order_by(interviews.c.id.desc())
            .limit(1)
            .correlate(self.table)
            .scalar_subquery()
        )
        words = literal(" ").concat(func.coalesce(last, "")).concat(" ")
        return words.contains(f" {value} ", autoescape=True)
