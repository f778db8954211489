"""The weekly figures of a village worked out from raw answers, household by household, in the open.

Nothing is summed by the database and nothing of the product's summing is used.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kkb_core.storage import Tx
from kkb_core.storage.tables import (
    answer_history,
    consents,
    flags,
    households,
    interviews,
    memberships,
    scores,
)
from tests.year.recomputed import ASKED, BLANK, EIGHT, IBANGGA, KNOWN, Scored, _part, scored

ZONE = ZoneInfo("Asia/Jakarta")
FEW = 5
FUNCTIONS = {one.name: one for one in KNOWN.current.functions}
PRIVATE = {name for name, one in ASKED.items() if one.sensitive}
Spot = tuple[int | None, int | None]
Spots = Iterable[Spot]


@dataclass
class Home:
    """A household in one round: raw answers now and at its last score, and what these score."""

    id: int
    spot: Spot
    lived: Spot  # where they were last scored in this round
    answers: dict[str, str]
    rows: list[Any]
    completed: bool
    counted: bool = True
    score: Scored | None = None

    def value(self, name: str) -> int | None:
        return None if self.score is None or not self.counted else self.score.tenths[name]


@dataclass
class Reckoner:
    """Works a week out; remembers scores it has worked out, and last week's means."""

    _scored: dict[tuple[int, datetime], Scored] = field(default_factory=dict)
    _means: dict[tuple[date, int, Spot], dict[str, int]] = field(default_factory=dict)

    def read(self, tx: Tx, monday: date, now: datetime) -> "Reckoned":
        """The village as it is."""
        living = {
            row.id: row
            for row in tx.execute(select(households))
            if row.erased_at is None and row.merged_into is None
        }
        return Reckoned(self, tx, living, monday, now)

    def score(self, interview: int, at: datetime, rows: list[Any]) -> Scored:
        key = (interview, at)
        if key not in self._scored:
            self._scored[key] = scored(_told(row for row in rows if row.at <= at))
        return self._scored[key]


def _told(rows: Iterable[Any]) -> dict[str, str]:
    answers: dict[str, str] = {}
    for row in rows:
        if row.value is None:
            answers.pop(row.question, None)
        else:
            answers[row.question] = row.value
    return answers


class Reckoned:
    """One Monday of a village."""

    def __init__(
        self, by: Reckoner, tx: Tx, living: Mapping[int, Any], monday: date, now: datetime
    ) -> None:
        self.by, self.tx, self.living, self.monday, self.now = by, tx, living, monday, now
        self.start = datetime.combine(monday, time(), ZONE)
        self.end = self.start + timedelta(days=7)
        self._homes: dict[int, list[Home]] = {}
        self._flags = tx.execute(select(flags)).all()
        self._agreed = self._who_agreed()

    def _who_agreed(self) -> set[int]:
        """Households of which somebody said yes to anonymous statistics last."""
        last: dict[int, bool] = {}
        asked = select(consents).where(consents.c.kind == "statistics").order_by(consents.c.id)
        for row in self.tx.execute(asked):
            last[row.person_id] = row.given
        mine = select(memberships).where(
            memberships.c.relation == "self", memberships.c.left_at.is_(None)
        )
        return {row.household_id for row in self.tx.execute(mine) if last.get(row.person_id)}

    def homes(self, round_id: int | None) -> list[Home]:
        """The households that have begun a round."""
        if round_id is None:
            return []
        if round_id not in self._homes:
            self._homes[round_id] = list(self._read(round_id))
        return self._homes[round_id]

    def _read(self, round_id: int) -> Iterable[Home]:
        rows = defaultdict(list)
        for row in self.tx.execute(select(answer_history).order_by(answer_history.c.id)):
            rows[row.interview_id].append(row)
        kept = {row.interview_id: row for row in self.tx.execute(select(scores))}
        for one in self.tx.execute(select(interviews).where(interviews.c.round_id == round_id)):
            home = self.living.get(one.household_id)
            if home is None:
                continue
            made = kept.get(one.id)
            yield Home(
                id=home.id,
                spot=(home.rw, home.rt),
                lived=(home.rw, home.rt) if made is None else (made.rw, made.rt),
                answers=_told(rows[one.id]),
                rows=rows[one.id],
                completed=one.completed_at is not None,
                counted=home.id in self._agreed,
                score=None
                if made is None
                else self.by.score(one.id, made.scored_at, rows[one.id]),
            )

    # -- a part of it ------------------------------------------------------------------------

    def week(self, spots: Spots, round_id: int, before: int | None) -> dict[str, Any]:
        """What is told of the households in *spots*: by where they live, and before, where they lived."""
        wanted = tuple(spots)
        inside = _inside(wanted)
        now = [one for one in self.homes(round_id) if inside(one.spot)]
        then = [one for one in self.homes(before) if inside(one.lived)]
        rest = [one for one in self.homes(round_id) if not inside(one.spot)]
        shown = {}
        means: dict[str, int] = {}
        for name in (*FUNCTIONS, "ibangga"):
            scale = self._scale(name, now, then)
            means |= {} if scale is None else {name: scale["mean"]}
            hides = 0 < sum(one.value(name) is not None for one in rest) < FEW
            if scale is not None and not hides:
                shown[name] = scale
        self._since(wanted, round_id, shown)
        functions = [shown[name] for name in FUNCTIONS if name in shown]
        return {
            "monday": self.monday.isoformat(),
            "activity": self._activity(inside, now),
            "tasks": self._tasks(inside),
            "functions": functions,
            "ibangga": shown.get("ibangga"),
            "item": _item(functions, [one for one in now if one.score and one.counted]),
            "counts": _counts([one for one in now if one.score and one.counted]),
            "quality": self._quality(now),
        }

    def remember(self, round_id: int, spots: Spots) -> None:
        """Keep this week's means of each place, for the next one."""
        for spot in spots:
            homes = [one for one in self.homes(round_id) if _inside((spot,))(one.spot)]
            counted = [one for one in homes if one.score is not None and one.counted]
            if len(counted) >= FEW:
                self.by._means[self.monday, round_id, spot] = {
                    name: round(Fraction(sum(values), len(values)))
                    for name in (*FUNCTIONS, "ibangga")
                    if len(values := _values(name, counted)) >= FEW
                }

    def _since(self, spots: tuple[Spot, ...], round_id: int, shown: dict[str, Any]) -> None:
        ago: dict[str, int] = {}
        if len(spots) == 1:
            ago = self.by._means.get((self.monday - timedelta(days=7), round_id, spots[0]), {})
        for name, scale in shown.items():
            scale["since_week"] = scale["mean"] - ago[name] if name in ago else None

    def _scale(self, name: str, now: list[Home], then: list[Home]) -> dict[str, Any] | None:
        mine, theirs = _values(name, now), _values(name, then)
        if len(mine) < FEW:
            return None
        low, high = (IBANGGA if name == "ibangga" else EIGHT).bands
        below = sum(one < 10 * low for one in mine)
        above = sum(one > 10 * high for one in mine)
        bands = [below, len(mine) - below - above, above]
        mean = Fraction(sum(mine), len(mine))
        change = None
        if len(theirs) >= FEW:
            was = Fraction(sum(theirs), len(theirs))
            earlier = {one.id: one.value(name) for one in then}
            pairs = [
                (one.value(name), earlier[one.id])
                for one in now
                if one.value(name) is not None and earlier.get(one.id) is not None
            ]
            moved = round(mean) - round(was)
            answers = 0
            if len(pairs) >= FEW:
                answers = round(Fraction(sum(a - b for a, b in pairs), len(pairs)))
            shared = sum((a - mean) * (b - was) for a, b in pairs) / (len(mine) * len(theirs))
            noise = max(_of_mean(mine) + _of_mean(theirs) - 2 * shared, Fraction(0))
            change = {
                "tenths": moved,
                "answers": answers,
                "composition": moved - answers,
                "beyond_noise": (mean - was) ** 2 > 4 * noise,
            }
        return {
            "name": name,
            "households": len(mine),
            "mean": round(mean),
            "bands": None if any(0 < one < FEW for one in bands) else bands,
            "since_week": None,
            "change": change,
        }

    def _activity(self, inside: Callable[[Spot], bool], begun: list[Home]) -> dict[str, int]:
        here = [one for one in self.living.values() if inside((one.rw, one.rt))]
        return {
            "registered": len(here),
            "paused": sum(
                one.paused_until is not None and one.paused_until > self.now for one in here
            ),
            "begun": len(begun),
            "answered": sum(any(self._in_week(row.at) for row in one.rows) for one in begun),
            "complete": sum(one.completed for one in begun),
        }

    def _in_week(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def _tasks(self, inside: Callable[[Spot], bool]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for row in self._flags:
            home = self.living.get(row.household_id)
            waits = row.state in ("open", "seen", "visited", "referred")
            public = row.route in ("survival", "cadre") and row.question not in PRIVATE
            if home is None or not inside((home.rw, home.rt)) or not (waits and public):
                continue
            if row.level in ("red", "orange"):
                days = (self.now - row.raised_at) / timedelta(days=1)
                ages = found.setdefault(row.level, [0, 0, 0, 0])
                ages[(days >= 3) + (days >= 7) + (days >= 30)] += 1
        return found

    def _quality(self, begun: list[Home]) -> dict[str, int]:
        found = {"answered": 0, "skipped": 0, "fast": 0}
        for one in begun:
            parts = [
                [
                    row
                    for row in one.rows
                    if row.question in section.questions
                    and row.question not in PRIVATE
                    and row.value is not None
                    and row.via == "self"
                    and self._in_week(row.at)
                ]
                for section in FUNCTIONS.values()
            ]
            every = [row for part in parts for row in part]
            if len(every) >= 4:
                found["answered"] += 1
                found["skipped"] += sum(row.value == "" for row in every) > 0.3 * len(every)
                found["fast"] += any(
                    len(part) >= 4
                    and max(r.at for r in part) - min(r.at for r in part) < timedelta(seconds=20)
                    for part in parts
                )
        return found


def _values(name: str, homes: Iterable[Home]) -> list[int]:
    return [value for one in homes if (value := one.value(name)) is not None]


def _of_mean(values: list[int]) -> Fraction:
    mean = Fraction(sum(values), len(values))
    return sum((one - mean) ** 2 for one in values) / (len(values) * (len(values) - 1))


def _inside(spots: tuple[Spot, ...]) -> Callable[[Spot], bool]:
    return lambda spot: any(
        rw is None or (rw == spot[0] and (rt is None or rt == spot[1])) for rw, rt in spots
    )


def _counts(homes: list[Home]) -> dict[str, int | None]:
    def said(name: str) -> list[str]:
        return [value for one in homes if (value := one.answers.get(name, "")) not in BLANK]

    found = {
        "krs": sum(one.score.krs for one in homes if one.score),
        "pregnant": said("pregnant").count("ya"),
        "baduta": sum(
            "0_23m" in one.answers.get("kids", "").split()
            for one in homes
            if one.answers.get("members", "") not in BLANK
        ),
        "posyandu_missed": sum(value != "ya" for value in said("REP6")),
    }
    return {name: None if 0 < count < FEW else count for name, count in found.items()}


def _item(functions: list[dict[str, Any]], homes: list[Home]) -> str | None:
    """The lowest item of the function that is talked about: the deepest fall, else the lowest."""
    if not functions:
        return None
    fallen = [
        one
        for one in functions
        if one["change"] and one["change"]["beyond_noise"] and one["change"]["tenths"] < 0
    ]
    about = (
        min(fallen, key=lambda one: one["change"]["tenths"])
        if fallen
        else min(functions, key=lambda one: one["mean"])
    )
    scale = next(one for one in EIGHT.scales if one.name == about["name"])
    means = []
    for place, item in enumerate(scale.items):
        if item.weight and not any(part.question in PRIVATE for part in item.parts):
            worths = [worth for one in homes if (worth := _worth(item, one.answers)) is not None]
            if len(worths) >= FEW:
                means.append((Fraction(sum(worths), 1) / len(worths), place, item.name))
    return min(means)[2] if means else None


def _worth(item: Any, answers: Mapping[str, str]) -> Fraction | int | None:
    found = [_part(part, answers) for part in item.parts if part.question in answers]
    given = [one for one in found if one != "out"]
    if "missing" in found or not given:
        return None
    return min(given) if item.combine.value == "min" else Fraction(sum(given), len(given))
