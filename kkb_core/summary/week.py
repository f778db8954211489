"""A week of a village, or of a cadre's part of it, as it is told: no cell of fewer than five households.

What a cadre must do (follow-ups, who has not answered) is no statistic and is counted as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Self

from kkb_core.summary.changes import Both, Change, change_of
from kkb_core.summary.readings import Readings
from kkb_core.summary.tallies import SMALLEST, Figures, Tally

AGES = (3, 7, 30)  # days: the follow-up is younger than the first, ..., or older than the last
COUNTS = ("krs", "pregnant", "baduta", "posyandu_missed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Households of a place: all, those that rest, and how far each has come in a round."""

    registered: int = 0
    paused: int = 0
    begun: int = 0
    answered: int = 0  # in the week
    complete: int = 0

    def __add__(self, other: "Activity") -> "Activity":
        return Activity(
            registered=self.registered + other.registered,
            paused=self.paused + other.paused,
            begun=self.begun + other.begun,
            answered=self.answered + other.answered,
            complete=self.complete + other.complete,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Households whose answers of a week need a second look."""

    answered: int = 0
    skipped: int = 0  # many questions
    fast: int = 0  # through a whole function

    def __add__(self, other: "Quality") -> "Quality":
        return Quality(
            answered=self.answered + other.answered,
            skipped=self.skipped + other.skipped,
            fast=self.fast + other.fast,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Everything known of some households, before small cells are hidden. It adds up."""

    activity: Activity = field(default_factory=Activity)
    now: Figures = field(default_factory=Figures)
    before: Figures = field(default_factory=Figures)
    both: Mapping[str, Both] = field(default_factory=dict)
    readings: Readings = field(default_factory=Readings)
    tasks: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # by level, an age each
    quality: Quality = field(default_factory=Quality)

    def __add__(self, other: "Gathered") -> "Gathered":
        return Gathered(
            activity=self.activity + other.activity,
            now=self.now + other.now,
            before=self.before + other.before,
            both=both_added(self.both, other.both),
            readings=self.readings + other.readings,
            tasks=_tasks_added(self.tasks, other.tasks),
            quality=self.quality + other.quality,
        )


NONE_OPEN = (0,) * (len(AGES) + 1)


def _tasks_added(
    one: Mapping[str, tuple[int, ...]], other: Mapping[str, tuple[int, ...]]
) -> dict[str, tuple[int, ...]]:
    return {
        level: tuple(
            a + b
            for a, b in zip(one.get(level, NONE_OPEN), other.get(level, NONE_OPEN), strict=True)
        )
        for level in one.keys() | other.keys()
    }


def both_added(one: Mapping[str, Both], other: Mapping[str, Both]) -> dict[str, Both]:
    """The sums of two groups of households that answered in both rounds."""
    return {
        name: one.get(name, Both()) + other.get(name, Both()) for name in one.keys() | other.keys()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A function, or the whole, of the households that have a score in it.

    Tenths. `bands` are low, middle, high; None where one would be too small to show.
    `since_week` is what the mean did since a week ago, `change` since the round before.
    """

    name: str
    households: int
    mean: int
    bands: tuple[int, int, int] | None = None
    since_week: int | None = None
    change: Change | None = None

    @property
    def fell(self) -> bool:
        """Whether it fell by more than chance since the round before."""
        return self.change is not None and self.change.is_fall


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What is told of a week (its Monday is `monday`).

    `functions` has those that enough households answered, in the order they are asked; `counts` is
    None where fewer than five households, but not none, would be seen.
    """

    monday: date
    activity: Activity
    tasks: Mapping[str, tuple[int, ...]]
    functions: tuple[Scale, ...]
    ibangga: Scale | None
    item: str | None  # the lowest of the function that is talked about
    counts: Mapping[str, int | None]
    quality: Quality

    @property
    def falls(self) -> tuple[Scale, ...]:
        """Functions that fell by more than chance, the deepest fall first."""
        fallen = [one for one in self.functions if one.fell]
        return tuple(sorted(fallen, key=lambda one: one.change.tenths if one.change else 0))

    @property
    def weakest(self) -> Scale | None:
        """The function to talk about: the deepest fall, else the lowest mean."""
        return next(iter(self.falls), min(self.functions, key=lambda one: one.mean, default=None))

    def as_json(self) -> dict[str, Any]:
        """A JSON value that `from_json` reads back."""
        return {
            "monday": self.monday.isoformat(),
            "activity": asdict(self.activity),
            "tasks": dict(self.tasks),
            "functions": [_scale_as_json(one) for one in self.functions],
            "ibangga": None if self.ibangga is None else _scale_as_json(self.ibangga),
            "item": self.item,
            "counts": dict(self.counts),
            "quality": asdict(self.quality),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        return cls(
            monday=date.fromisoformat(value["monday"]),
            activity=Activity(**value["activity"]),
            tasks={level: tuple(ages) for level, ages in value["tasks"].items()},
            functions=tuple(map(_scale_from, value["functions"])),
            ibangga=None if value["ibangga"] is None else _scale_from(value["ibangga"]),
            item=value["item"],
            counts=value["counts"],
            quality=Quality(**value["quality"]),
        )


def _scale_as_json(one: Scale) -> dict[str, Any]:
    # By hand: dataclasses.asdict would copy every number, ten times slower.
    change = one.change
    return {
        "name": one.name,
        "households": one.households,
        "mean": one.mean,
        "bands": one.bands,
        "since_week": one.since_week,
        "change": None
        if change is None
        else {
            "tenths": change.tenths,
            "answers": change.answers,
            "composition": change.composition,
            "beyond_noise": change.beyond_noise,
        },
    }


def _scale_from(value: Mapping[str, Any]) -> Scale:
    bands, change = value["bands"], value["change"]
    return Scale(
        **{
            **value,
            "bands": None if bands is None else tuple(bands),
            "change": None if change is None else Change(**change),
        }
    )


def week_of(
    gathered: Gathered,
    *,
    monday: date,
    functions: Mapping[str, Sequence[str]],
    last_week: Mapping[str, int] | None = None,
    whole: Figures | None = None,
) -> Week:
    """Put a week together. *functions* are in the order they are asked, each with its items.

    *last_week* has the means (tenths) the same round had a week ago. Of a part of a *whole* that
    its reader sees as well, nothing is shown that would give the rest of the whole away.
    """
    scales = {
        name: scale
        for name in (*functions, "ibangga")
        if not _gives_away(name, gathered.now, whole)
        and (scale := _scale(gathered, name, (last_week or {}).get(name))) is not None
    }
    shown = tuple(scales[name] for name in functions if name in scales)
    week = Week(
        monday=monday,
        activity=gathered.activity,
        tasks=dict(gathered.tasks),
        functions=shown,
        ibangga=scales.get("ibangga"),
        item=None,
        counts=_counts(gathered),
        quality=gathered.quality,
    )
    if week.weakest is None:
        return week
    item = gathered.readings.lowest_item(functions[week.weakest.name])
    return replace(week, item=item)


def _gives_away(name: str, part: Figures, whole: Figures | None) -> bool:
    if whole is None:
        return False
    return 0 < whole.tally(name).count - part.tally(name).count < SMALLEST


def _scale(gathered: Gathered, name: str, week_ago: int | None) -> Scale | None:
    now = gathered.now.tally(name)
    if now.mean is None:
        return None
    return Scale(
        name=name,
        households=now.count,
        mean=now.mean,
        bands=bands_of(now),
        since_week=None if week_ago is None else now.mean - week_ago,
        change=change_of(now, gathered.before.tally(name), gathered.both.get(name, Both())),
    )


def bands_of(tally: Tally) -> tuple[int, int, int] | None:
    """Low, middle and high; None where one of them is of fewer than five households, but not none.

    Hiding the small one alone would give it away: the three add up to what is shown.
    """
    return None if any(0 < count < SMALLEST for count in tally.bands) else tally.bands


def _counts(gathered: Gathered) -> dict[str, int | None]:
    share = gathered.readings.share
    posyandu = share("posyandu")
    found = {
        "krs": gathered.now.krs,
        "pregnant": share("pregnant").yes,
        "baduta": share("baduta").yes,
        "posyandu_missed": posyandu.of - posyandu.yes,
    }
    return {name: None if 0 < found[name] < SMALLEST else found[name] for name in COUNTS}


def age_of(raised_at: datetime, now: datetime) -> int:
    """Which of AGES a follow-up is in: its place."""
    days = (now - raised_at) / timedelta(days=1)
    return sum(days >= limit for limit in AGES)


def figures_shown(figures: Figures) -> dict[str, Any]:
    """The means of *figures* as JSON values, without a cell of fewer than five households."""
    if figures.households < SMALLEST:
        return {}
    scales = {
        name: {"n": tally.count, "mean": tally.mean, "bands": bands_of(tally)}
        for name, tally in figures.scales.items()
        if tally.mean is not None
    }
    return {"n": figures.households, "scales": scales}
