"""What a household's answers score, and why: exact fractions, rounded only when written.

Not applicable, not scored, skipped, not known and unanswered are five different things: the first two
leave the sum, the others count as missing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from kkb_core.survey.applicable import Applicable, applicable
from kkb_core.survey.krs import Krs, krs
from kkb_core.survey.packs import Combine, Pack, Points, Ratio, Scale, ScoredItem
from kkb_core.survey.questionnaire import Questionnaire

FULL = 100


class State(StrEnum):
    """Whether a scale has a score to show."""

    SHOWN = "shown"
    TOO_FEW_ANSWERS = "too_few_answers"
    NOT_APPLICABLE = "not_applicable"


class Band(StrEnum):
    """Where a score lies; both limits belong to the middle."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


class AnswerState(StrEnum):
    """What became of one item."""

    ANSWERED = "answered"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    UNANSWERED = "unanswered"
    NOT_SCORED = "not_scored"
    NOT_APPLICABLE = "not_applicable"


MISSING = (AnswerState.UNANSWERED, AnswerState.UNKNOWN, AnswerState.SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one item gave: `points` of 100 when answered, and its `share` of the scale's score."""

    item: str
    weight: int
    state: AnswerState
    points: Fraction | None = None
    share: Fraction = Fraction(0)

    @property
    def counts(self) -> bool:
        """Whether it belongs to the weight that should be answered."""
        return self.weight > 0 and (self.state is AnswerState.ANSWERED or self.state in MISSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleScore:
    """The score of one function, one dimension or the whole. The contributions' shares add up to `exact`."""

    name: str
    state: State
    exact: Fraction | None = None  # 0 to 100; None unless shown
    band: Band | None = None
    contributions: tuple[Contribution, ...] = ()

    @property
    def tenths(self) -> int | None:
        """0 to 1000, rounded half to even; None unless shown."""
        return None if self.exact is None else round(self.exact * 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Everything one pack says about one household."""

    pack: str  # "delapan_fungsi.v1"
    scales: tuple[ScaleScore, ...]  # in the order they are shown
    total: ScaleScore
    krs: Krs

    def scale(self, name: str) -> ScaleScore:
        """The score of the scale *name*, or of the whole; KeyError if there is none."""
        for one in (*self.scales, self.total):
            if one.name == name:
                return one
        raise KeyError(name)


def score(pack: Pack, questionnaire: Questionnaire, answers: Mapping[str, str]) -> Score:
    """Score *answers*; those that do not apply to this household are left out."""
    known = applicable(questionnaire, answers)
    scales = tuple(_scale(pack, scale, known) for scale in pack.scales)
    return Score(
        pack=pack.id,
        scales=scales,
        total=_total(pack, scales),
        krs=krs(pack.krs, questionnaire, known),
    )


def written(tenths: int | None) -> str:
    """888 as "88.8"; nothing for a score that is not shown."""
    return "" if tenths is None else f"{tenths // 10}.{tenths % 10}"


def header(pack: Pack) -> list[str]:
    """The columns of a table of scores: a score and its state for each scale and the whole, then krs."""
    names = [*(scale.name for scale in pack.scales), pack.total]
    return [column for name in names for column in (name, f"{name}_state")] + ["krs"]


def as_row(scored: Score) -> list[str]:
    """The score as a row under `header`."""
    cells = []
    for scale in (*scored.scales, scored.total):
        cells += [written(scale.tenths), scale.state.value]
    return [*cells, "yes" if scored.krs.at_risk else "no"]


def next_steps(
    pack: Pack, questionnaire: Questionnaire, scored: Score, *, limit: int = 3
) -> tuple[str, ...]:
    """Items whose advice helps most: what was lost times its weight, then the order of asking.

    Never a skipped, unscored or sensitive one.
    """
    low = [
        one
        for scale in scored.scales
        for one in scale.contributions
        if one.points is not None
        and one.points <= pack.advice_at_most
        and _has_public_advice(questionnaire, one.item)
    ]
    place = {item: number for number, item in enumerate(questionnaire.items)}
    low.sort(key=lambda one: (-one.weight * (FULL - (one.points or 0)), place[one.item]))
    return tuple(one.item for one in low[:limit])


def _has_public_advice(questionnaire: Questionnaire, name: str) -> bool:
    item = questionnaire.items.get(name)
    return item is not None and item.advice is not None and not item.sensitive


def strong(scored: Score) -> tuple[str, ...]:
    """Names of the scales in the best band, in the order they are shown."""
    return tuple(scale.name for scale in scored.scales if scale.band is Band.HIGH)


def explained(scored: Score) -> dict[str, Any]:
    """The score and its parts as JSON-safe values: a score is an integer in tenths, the rest text."""
    return {
        "pack": scored.pack,
        "scales": [_explained_scale(scale) for scale in scored.scales],
        "total": _explained_scale(scored.total),
        "krs": {
            "at_risk": scored.krs.at_risk,
            "target": scored.krs.target,
            "factors": list(scored.krs.factors),
            "extra": list(scored.krs.extra),
            "missing": list(scored.krs.missing),
        },
    }


def _explained_scale(scale: ScaleScore) -> dict[str, Any]:
    return {
        "name": scale.name,
        "state": scale.state.value,
        "tenths": scale.tenths,
        "band": scale.band and scale.band.value,
        "contributions": [
            {
                "item": one.item,
                "weight": one.weight,
                "state": one.state.value,
                "points": None if one.points is None else str(one.points),
                "share": str(one.share),
            }
            for one in scale.contributions
        ],
    }


def _scale(pack: Pack, scale: Scale, known: Applicable) -> ScaleScore:
    found = [_contribution(item, known) for item in scale.items]
    counted = [one for one in found if one.counts]
    answered = [one for one in counted if one.state is AnswerState.ANSWERED]
    weight = sum(one.weight for one in answered)
    shares = tuple(_with_share(one, weight) for one in found)
    state = _state(pack, counted, answered)
    if state is not State.SHOWN:
        return ScaleScore(name=scale.name, state=state, contributions=shares)
    exact = sum((one.share for one in shares), Fraction(0))
    return ScaleScore(
        name=scale.name,
        state=state,
        exact=exact,
        band=_band(pack, exact),
        contributions=shares,
    )


def _with_share(one: Contribution, weight: int) -> Contribution:
    if one.points is None or not one.weight:
        return one
    return Contribution(
        item=one.item,
        weight=one.weight,
        state=one.state,
        points=one.points,
        share=one.points * one.weight / weight,
    )


def _state(pack: Pack, counted: list[Contribution], answered: list[Contribution]) -> State:
    if not counted:
        return State.NOT_APPLICABLE
    covered = FULL * sum(one.weight for one in answered)
    enough = covered >= pack.minimum_coverage * sum(one.weight for one in counted)
    if enough and len(answered) >= min(pack.minimum_answered, len(counted)):
        return State.SHOWN
    return State.TOO_FEW_ANSWERS


def _band(pack: Pack, exact: Fraction) -> Band:
    low, high = pack.bands
    if exact < low:
        return Band.LOW
    return Band.MIDDLE if exact <= high else Band.HIGH


def _total(pack: Pack, scales: Iterable[ScaleScore]) -> ScaleScore:
    counted = [scale for scale in scales if scale.state is not State.NOT_APPLICABLE]
    shown = [scale.exact for scale in counted if scale.exact is not None]
    if not counted:
        return ScaleScore(name=pack.total, state=State.NOT_APPLICABLE)
    if not shown or FULL * len(shown) < pack.minimum_shown * len(counted):
        return ScaleScore(name=pack.total, state=State.TOO_FEW_ANSWERS)
    exact = sum(shown, Fraction(0)) / len(shown)
    return ScaleScore(name=pack.total, state=State.SHOWN, exact=exact, band=_band(pack, exact))


def _contribution(item: ScoredItem, known: Applicable) -> Contribution:
    parts = [part_of(points, known) for points in item.parts]
    states: set[AnswerState] = {
        state for state, _ in parts if state is not AnswerState.NOT_APPLICABLE
    }
    points = [worth for _, worth in parts if worth is not None]
    state = _joined(states)
    combined = _combined(item.combine, points) if state is AnswerState.ANSWERED else None
    return Contribution(item=item.name, weight=item.weight, state=state, points=combined)


def _joined(states: set[AnswerState]) -> AnswerState:
    """An item is answered when every part that applies is; a part not scored is left out."""
    if not states:
        return AnswerState.NOT_APPLICABLE
    for missing in MISSING:
        if missing in states:
            return missing
    return AnswerState.ANSWERED if AnswerState.ANSWERED in states else AnswerState.NOT_SCORED


def _combined(combine: Combine, points: list[int]) -> Fraction:
    match combine:
        case Combine.MEAN:
            return Fraction(sum(points), len(points))
        case Combine.MIN:
            return Fraction(min(points))


def part_of(points: Points, known: Applicable) -> tuple[AnswerState, int | None]:
    """What became of one question, and its points of 100 if they count."""
    if points.question not in known.names:
        return AnswerState.NOT_APPLICABLE, None
    match known.answers.get(points.question):
        case None:
            return AnswerState.UNANSWERED, None
        case "" | "?" if points.blank_is_not_scored:
            return AnswerState.NOT_SCORED, None
        case "":
            return AnswerState.SKIPPED, None
        case "?":
            return AnswerState.UNKNOWN, None
        case answer:
            worth = worth_of(points, answer, known.answers)
    return (AnswerState.NOT_SCORED if worth is None else AnswerState.ANSWERED), worth


def worth_of(points: Points, answer: str, answers: Mapping[str, str]) -> int | None:
    """Points of *answer*, 0 to 100; None is not scored. Of several choices the lowest counts."""
    if points.ratio is not None:
        return _ratio(points.ratio, answer, answers.get(points.ratio.divide_by))
    worths = [points.choices[name] for name in answer.split()]
    return min((worth for worth in worths if worth is not None), default=None)


def _ratio(ratio: Ratio, answer: str, divisor: str | None) -> int | None:
    if divisor in ("", "?", None):
        return None
    enough = Decimal(answer) >= ratio.at_least * Decimal(str(divisor))
    return ratio.then if enough else ratio.otherwise
