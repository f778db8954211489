"""A week in words: one phone screen of text, and the village's picture. Numbers come as they are told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kkb_core.i18n import catalogue, days, points, say
from kkb_core.messaging import Language, Picture, Span, Text, bold
from kkb_core.summary.changes import Change
from kkb_core.summary.week import AGES, COUNTS, Scale, Week
from kkb_core.survey.questionnaire import Questionnaire

Said = str | Span | Text
LEVELS = ("red", "orange")
OLD = 1  # a follow-up is old from AGES[1] days on
FALLS = 3  # that are told in words, the deepest first; all have their arrow
NAMED = 8  # households that are named before "and so many more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A week, where it was, in whose language. `spots` are (RW, RT); nothing is the whole village."""

    week: Week
    village: str
    questionnaire: Questionnaire
    language: Language
    spots: Sequence[tuple[int | None, int | None]] = ()

    def say(self, key: str, /, **values: object) -> str:
        """Interface words in the reader's language."""
        return say(key, self.language, **values)

    def name(self, function: str) -> str:
        """What the function is called."""
        return self.questionnaire.section(function).label[self.language]

    @property
    def period(self) -> str:
        """2-8 Maret 2026."""
        return days(self.week.monday, self.week.monday + timedelta(days=6), self.language)

    @property
    def place(self) -> str:
        """Jenggot · RW 2 RT 3."""
        parts = [
            self.say("summary.part_rw", rw=rw)
            if rt is None
            else self.say("summary.part_rt", rw=rw, rt=rt)
            for rw, rt in self.spots
            if rw is not None
        ]
        return self.village + "".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """Households of the reader's own that have not finished, in walking order; `more` are not named."""

    names: Sequence[tuple[str, int | None]]  # label and RT
    more: int = 0


# -- the screen --------------------------------------------------------------------------------


def screen(told: Told, unfinished: Unfinished | None = None) -> list[Said]:
    """One phone screen in the order of use: falls, who takes part, what to do, how it stands."""
    lines: list[Said] = [
        bold(told.say("summary.title", period=told.period)),
        told.place,
        *_falls(told),
        "",
        *_activity(told),
        "",
        *_tasks(told),
        *(_unfinished(told, unfinished) if unfinished is not None else ()),
        "",
        *_functions(told),
        *_help(told),
        "",
        *_health(told),
    ]
    if told.week.quality.skipped or told.week.quality.fast:
        quality = told.week.quality
        lines += ["", told.say("summary.quality", skipped=quality.skipped, fast=quality.fast)]
    return lines


def past_part(told: Told, functions: Sequence[Scale]) -> list[Said]:
    """What was kept of a part of a village: its means."""
    return [
        bold(told.say("summary.title", period=told.period)),
        told.place,
        "",
        *(_function(told, one) for one in functions),
        *(() if functions else (told.say("summary.part_not_kept"),)),
    ]


def _falls(told: Told) -> list[Said]:
    lines: list[Said] = []
    for one in told.week.falls[:FALLS]:
        assert one.change is not None
        fallen = points(-one.change.tenths, told.language)
        lines += [
            bold(told.say("summary.fell", function=told.name(one.name), points=fallen)),
            why(told, one.change),
        ]
    return ["", *lines] if lines else []


def why(told: Told, change: Change) -> str:
    """How much of a change is answers, and how much other households."""
    return told.say(
        "summary.why",
        answers=signed(change.answers, told.language),
        composition=signed(change.composition, told.language),
    )


def signed(tenths: int, language: Language) -> str:
    """+1,2, -0,8 or 0,0."""
    return f"+{points(tenths, language)}" if tenths > 0 else points(tenths, language)


def _activity(told: Told) -> list[str]:
    activity = told.week.activity
    every = activity.registered
    lines = [
        told.say(
            "summary.families",
            registered=every,
            begun=activity.begun,
            answered=activity.answered,
            percent=percent(activity.answered, every),
        ),
        told.say(
            "summary.progress",
            complete=activity.complete,
            registered=every,
            percent=percent(activity.complete, every),
        ),
    ]
    if activity.paused:
        lines.append(told.say("summary.paused", count=activity.paused))
    return lines


def percent(part: int, whole: int) -> int:
    """Whole percent; nought of nothing."""
    return round(100 * part / whole) if whole else 0


def _tasks(told: Told) -> list[Said]:
    lines: list[Said] = []
    for level in LEVELS:
        ages = told.week.tasks.get(level, ())
        if sum(ages):
            old = sum(ages[OLD + 1 :])
            told_old = told.say("summary.task_old", count=old, days=AGES[OLD]) if old else ""
            lines.append(told.say(f"summary.task_{level}", count=sum(ages), old=told_old))
    return [bold(told.say("summary.tasks")), *(lines or [told.say("summary.task_none")])]


def _unfinished(told: Told, unfinished: Unfinished) -> list[Said]:
    if not unfinished.names:
        return []
    names = [
        label if rt is None else told.say("summary.waiting_one", label=label, rt=rt)
        for label, rt in unfinished.names
    ]
    if unfinished.more:
        names.append(told.say("summary.waiting_more", count=unfinished.more))
    return ["", bold(told.say("summary.waiting")), ", ".join(names)]


def _functions(told: Told) -> list[Said]:
    functions = told.week.functions
    if not functions:
        return [told.say("summary.empty")]
    fallen = [one.name for one in told.week.falls]
    order = sorted(functions, key=lambda one: one.name not in fallen)  # falls are named first
    lines: list[Said] = [bold(told.say("summary.functions"))]
    lines += [_function(told, one) for one in order]
    if len(functions) < len(told.questionnaire.functions):
        lines.append(told.say("summary.few"))
    lines.append(told.say("summary.legend"))
    return lines


def _function(told: Told, one: Scale) -> Text:
    parts = [f" {points(one.mean, told.language)}"]
    if one.bands is None:
        parts.append(told.say("summary.households", count=one.households))
    else:
        low, middle, high = one.bands
        parts.append(f"●{high} ◐{middle} ○{low}")
    if one.change is not None and one.change.tenths:
        arrow = "↑" if one.change.tenths > 0 else "↓"
        parts.append(f"{arrow}{points(abs(one.change.tenths), told.language)}")
    return Text.of(bold(told.name(one.name)), " · ".join(parts))


def _help(told: Told) -> list[Said]:
    weakest = told.week.weakest
    if weakest is None:
        return []
    lines: list[Said] = [
        "",
        bold(told.say("summary.weakest", function=told.name(weakest.name))),
    ]
    item = told.week.item and told.questionnaire.items.get(told.week.item)
    if item:
        lines.append(told.say("summary.item", item=item.label[told.language]))
    return [*lines, told.say("summary.try", activity=activity(told))]


def activity(told: Told) -> str:
    """One activity for the Pokja to try: for the lowest item, else for the function."""
    weakest = told.week.weakest
    assert weakest is not None
    known = catalogue(Language.ID)
    key = f"activity.{told.week.item}"
    return told.say(key if key in known else f"activity.{weakest.name}")


def _health(told: Told) -> list[Said]:
    counts = [told.say(f"summary.count_{name}", count=count_said(told, name)) for name in COUNTS]
    lines: list[Said] = [
        bold(told.say("summary.health")),
        " · ".join(counts),
        told.say("summary.krs_note"),
    ]
    if told.week.ibangga is not None:
        lines.append(ibangga(told, told.week.ibangga))
    return lines


def count_said(told: Told, name: str) -> str:
    """A count of households, or that it is too small to show."""
    count = told.week.counts.get(name)
    return told.say("summary.below_five") if count is None else str(count)


def ibangga(told: Told, scale: Scale) -> str:
    """The iBangga-like mean with its caveat."""
    return told.say(
        "summary.ibangga",
        points=points(scale.mean, told.language),
        households=scale.households,
    )


# -- the picture -------------------------------------------------------------------------------


def picture(told: Told, bands: tuple[int, int]) -> Picture:
    """The village's week as a picture; *bands* are the limits of the middle band, in points."""
    week = told.week
    activity_ = week.activity
    return Picture(
        "village",
        {
            "title": told.say("summary.card_title"),
            "village": told.place,
            "period": told.period,
            "response": told.say(
                "summary.response",
                count=activity_.begun,
                registered=activity_.registered,
                percent=percent(activity_.begun, activity_.registered),
            ),
            "share": percent(activity_.begun, activity_.registered),
            "falls": [_fall_drawn(told, one) for one in week.falls],
            "functions": [_drawn(told, one, bands) for one in week.functions],
            "empty": "" if week.functions else told.say("summary.empty"),
            "try_title": told.say("summary.try_title"),
            "try": "" if week.weakest is None else activity(told),
            "notes": [
                *([ibangga(told, week.ibangga)] if week.ibangga else []),
                *([told.say("summary.few")] if _some_hidden(told) else []),
                told.say("summary.own_past"),
                told.say("summary.not_official"),
            ],
        },
    )


def _some_hidden(told: Told) -> bool:
    return 0 < len(told.week.functions) < len(told.questionnaire.functions)


def _fall_drawn(told: Told, one: Scale) -> Mapping[str, str]:
    assert one.change is not None
    fallen = points(-one.change.tenths, told.language)
    words = told.say("summary.fell", function=told.name(one.name), points=fallen)
    return {"what": words.removeprefix("⚠ "), "why": why(told, one.change)}


def _drawn(told: Told, one: Scale, bands: tuple[int, int]) -> dict[str, Any]:
    low, high = bands
    band = "low" if one.mean < low * 10 else "high" if one.mean > high * 10 else "middle"
    changes = []
    if one.since_week is not None:
        changes.append(told.say("summary.since_week", change=_moved(told, one.since_week)))
    if one.change is not None:
        changes.append(told.say("summary.since_round", change=_moved(told, one.change.tenths)))
    return {
        "name": told.name(one.name),
        "band": band,
        "value": one.mean / 10,
        "score": points(one.mean, told.language),
        "households": told.say("summary.households", count=one.households),
        "change": " · ".join(changes),
    }


def _moved(told: Told, tenths: int) -> str:
    return signed(tenths, told.language) if tenths else told.say("summary.same")


def change_said(told: Told, tenths: int) -> str:
    """Up, down or the same, by how much."""
    if not tenths:
        return told.say("summary.same")
    return told.say(
        "summary.up" if tenths > 0 else "summary.down", points=points(abs(tenths), told.language)
    )
