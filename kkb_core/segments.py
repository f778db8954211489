"""Who an announcement is for: conditions joined by and, or, not; as values and as text.

The text form, for `kkb broadcast --segment` and for typing:

    area:33.75.04.1004 and (rw:2 or rw:3) and not answered and kind:pregnant

A condition about a household holds for nobody without one, and neither does its opposite. Without
a role a segment means families. The protection function is no condition, and no sensitive answer
is one.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from itertools import chain
from typing import TypeVar

from kkb_core.broadcast import REACHABLE_AGAIN, Outcome
from kkb_core.errors import InputRefused
from kkb_core.roles import Role
from kkb_core.survey.scoring import Band

LONGEST = 1_000  # characters
DEEPEST = 12  # parentheses and nots inside each other
HIGHEST = 99  # RW and RT have two digits on the official forms
FUNCTIONS = ("agama", "sosbud", "cinta", "repro", "didik", "ekonomi", "lingkungan")


class HouseholdKind(StrEnum):
    """What a household said about itself in the profile."""

    PREGNANT = "pregnant"
    BADUTA = "baduta"  # a child under two
    BALITA = "balita"  # a child under five
    SCHOOL = "school"  # a child of 7 to 15
    TEEN = "teen"  # a youth of 10 to 24
    ELDER = "elder"
    DISABILITY = "disability"


@dataclass(frozen=True, slots=True)
class Everybody:
    """No condition."""


@dataclass(frozen=True, slots=True)
class InArea:
    """Lives, or works, inside a Kemendagri code."""

    code: str


@dataclass(frozen=True, slots=True)
class InRw:
    """Lives, or works, in this RW of any area."""

    number: int


@dataclass(frozen=True, slots=True)
class InRt:
    """Lives, or works, in this RT of any RW."""

    number: int


@dataclass(frozen=True, slots=True)
class WithRole:
    """What the person is in the programme."""

    role: Role


@dataclass(frozen=True, slots=True)
class Answered:
    """The household has answered all of the round that is open."""


@dataclass(frozen=True, slots=True)
class InBand:
    """Where the household's last score of a function lies; never the protection function."""

    function: str
    band: Band


@dataclass(frozen=True, slots=True)
class OfKind:
    """What the household said about itself last."""

    kind: HouseholdKind


@dataclass(frozen=True, slots=True)
class Missed:
    """Was not reached by an earlier broadcast, and how that came."""

    broadcast: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more."""

    parts: "tuple[Segment, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of two or more."""

    parts: "tuple[Segment, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: "Segment"


Condition = Everybody | InArea | InRw | InRt | WithRole | Answered | InBand | OfKind | Missed
Segment = Condition | And | Or | Not

Named = TypeVar("Named", bound=StrEnum)


# -- values ------------------------------------------------------------------------------------


def conditions(segment: Segment) -> Iterator[Condition]:
    """Every condition in *segment*, from left to right."""
    match segment:
        case And(parts) | Or(parts):
            for part in parts:
                yield from conditions(part)
        case Not(part):
            yield from conditions(part)
        case _:
            yield segment


def areas_named(segment: Segment) -> tuple[str, ...]:
    """The areas *segment* speaks of, whether it means them or all but them."""
    return tuple(one.code for one in conditions(segment) if isinstance(one, InArea))


def confined_to(segment: Segment) -> tuple[str, ...] | None:
    """Areas nobody in *segment* is outside of; None when it names no such areas."""
    match segment:
        case InArea(code):
            return (code,)
        case And(parts):
            return next((here for part in parts if (here := confined_to(part))), None)
        case Or(parts):
            each = [confined_to(part) for part in parts]
            known = [here for here in each if here is not None]
            return tuple(chain.from_iterable(known)) if len(known) == len(each) else None
        case _:
            return None


def means_staff(segment: Segment) -> bool:
    """Whether people with work are meant too, and not families alone."""
    return any(isinstance(one, WithRole | Missed) for one in conditions(segment))


def joined(segment: Segment, more: Segment, *, by: "type[And | Or]") -> Segment:
    """*segment* with one more condition; nobody is asked to add to Everybody."""
    match segment:
        case Everybody():
            return more
        case And(parts) if by is And:
            return And((*parts, more))
        case Or(parts) if by is Or:
            return Or((*parts, more))
        case _:
            return by((segment, more))


def without_last(segment: Segment) -> Segment:
    """*segment* without what was joined last."""
    match segment:
        case And(parts) | Or(parts):
            left = parts[:-1]
            return left[0] if len(left) == 1 else type(segment)(left)
        case _:
            return Everybody()


# -- text --------------------------------------------------------------------------------------


def written(segment: Segment) -> str:
    """The text that `read` reads back."""
    match segment:
        case And(parts):
            return " and ".join(_part(one, And, Or) for one in parts)
        case Or(parts):
            return " or ".join(_part(one, Or) for one in parts)
        case Not(part):
            return f"not {_part(part, And, Or)}"
        case _:
            return _condition_text(segment)


def _part(segment: Segment, *closed: type) -> str:
    inside = written(segment)
    return f"({inside})" if isinstance(segment, closed) else inside


def _condition_text(condition: Condition) -> str:
    match condition:
        case Everybody():
            return "all"
        case InArea(code):
            return f"area:{code}"
        case InRw(number):
            return f"rw:{number}"
        case InRt(number):
            return f"rt:{number}"
        case WithRole(role):
            return f"role:{role.value}"
        case Answered():
            return "answered"
        case InBand(function, band):
            return f"band:{function}={band.value}"
        case OfKind(kind):
            return f"kind:{kind.value}"
        case Missed(broadcast, outcome):
            return f"missed:{broadcast}={outcome.value}"


def read(text: str) -> Segment:
    """The segment *text* writes down. Raises InputRefused with the place and the cure."""
    if len(text) > LONGEST:
        raise InputRefused(f"segment: longer than {LONGEST} characters; say less, or send twice")
    return _Reading(text).whole()


_TOKEN = re.compile(r"\s*([()]|[^\s()]+)")
_AREA = re.compile(r"\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?")
_NUMBER = re.compile(r"[1-9]\d{0,17}")
WORDS = ("all", "area", "rw", "rt", "role", "answered", "band", "kind", "missed")


class _Reading:
    """One text being read, token by token."""

    def __init__(self, text: str) -> None:
        self._tokens = [(found.start(1) + 1, found[1]) for found in _TOKEN.finditer(text)]
        self._tokens.append((len(text) + 1, ""))
        self._at = 0
        self._depth = 0

    def whole(self) -> Segment:
        segment = self._either()
        if self._word:
            raise self._refused('join conditions with "and" or "or"')
        return segment

    @property
    def _word(self) -> str:
        return self._tokens[self._at][1]

    def _next(self) -> str:
        word = self._word
        self._at += 1
        return word

    def _either(self) -> Segment:
        parts = [self._all()]
        while self._word == "or":
            self._next()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self) -> Segment:
        parts = [self._one()]
        while self._word == "and":
            self._next()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self) -> Segment:
        match self._word:
            case "not" | "(" if self._depth >= DEEPEST:
                raise self._refused(f"no more than {DEEPEST} inside each other; simplify it")
            case "not":
                return Not(self._inside(self._one))
            case "(":
                segment = self._inside(self._either)
                self._close()
                return segment
            case "" | ")" | "and" | "or":
                raise self._refused("a condition is missing here, as in area:33.75.04.1004")
            case _:
                return self._condition()

    def _inside(self, reading: Callable[[], Segment]) -> Segment:
        self._next()
        self._depth += 1
        segment = reading()
        self._depth -= 1
        return segment

    def _close(self) -> None:
        if self._word != ")":
            raise self._refused('close the parenthesis with ")"')
        self._next()

    def _condition(self) -> Segment:
        name, _, value = self._word.partition(":")
        match name:
            case "all" if not value:
                found: Segment = Everybody()
            case "answered" if not value:
                found = Answered()
            case "area":
                found = InArea(self._area(value))
            case "rw":
                found = InRw(self._number(value))
            case "rt":
                found = InRt(self._number(value))
            case "role":
                found = WithRole(self._one_of(Role, value))
            case "kind":
                found = OfKind(self._one_of(HouseholdKind, value))
            case "band":
                found = self._band(value)
            case "missed":
                found = self._missed(value)
            case _:
                raise self._refused(f"there is no such condition; {_cure(name, WORDS)}")
        self._next()
        return found

    def _area(self, value: str) -> str:
        if not _AREA.fullmatch(value):
            raise self._refused("use a Kemendagri code, as in area:33.75.04.1004")
        return value

    def _number(self, value: str) -> int:
        if not _NUMBER.fullmatch(value) or int(value) > HIGHEST:
            raise self._refused(f"give a number from 1 to {HIGHEST}")
        return int(value)

    def _one_of(self, known: Iterable[Named], value: str) -> Named:
        found = {one.value: one for one in known}
        if value not in found:
            raise self._refused(_cure(value, found))
        return found[value]

    def _band(self, value: str) -> InBand:
        function, _, band = value.partition("=")
        if function not in FUNCTIONS:
            raise self._refused(_cure(function, FUNCTIONS))
        return InBand(function, self._one_of(Band, band))

    def _missed(self, value: str) -> Missed:
        number, _, outcome = value.partition("=")
        if not _NUMBER.fullmatch(number):
            raise self._refused("give the announcement's number, as in missed:12=failed")
        return Missed(int(number), self._one_of(REACHABLE_AGAIN, outcome))

    def _refused(self, cure: str) -> InputRefused:
        place, word = self._tokens[self._at]
        shown = f"{word!r}" if word else "the end"
        return InputRefused(f"segment, character {place}: {shown}: {cure}")


def _cure(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]}?" if near else f"say one of {', '.join(known)}"
