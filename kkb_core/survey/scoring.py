"""What a household's answers score, and why: exact fractions, rounded only when written.

Not applicable, not scored, skipped, not known and unanswered are five different things: the first two
leave the sum, the others count as missing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cache
from math import lcm

from kkb_core.survey.applicable import Applicable, applicable
from kkb_core.survey.krs import Krs, krs
from kkb_core.survey.packs import Combine, Pack, Scale, ScoredItem
from kkb_core.survey.questionnaire import Questionnaire
from kkb_core.survey.worth import AnswerState, part_of

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


def _scale(pack: Pack, scale: Scale, known: Applicable) -> ScaleScore:
    found = [_contribution(item, known) for item in scale.items]
    counted = [one for one in found if one.counts]
    answered = [one for one in counted if one.state is AnswerState.ANSWERED]
    weight = sum(one.weight for one in answered)
    shares = tuple([_with_share(one, weight) for one in found])
    state = _state(pack, counted, answered)
    if state is not State.SHOWN:
        return ScaleScore(name=scale.name, state=state, contributions=shares)
    exact = _mean(answered, weight)
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
        share=Fraction(one.points.numerator * one.weight, one.points.denominator * weight),
    )


def _mean(answered: list[Contribution], weight: int) -> Fraction:
    """What all shares add up to, with one division: fractions are dear to add."""
    points = [(one.points, one.weight) for one in answered if one.points is not None]
    over = lcm(*(worth.denominator for worth, _ in points))
    total = sum(worth.numerator * (over // worth.denominator) * of for worth, of in points)
    return Fraction(total, over * weight)


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
            return _fraction(sum(points), len(points))
        case Combine.MIN:
            return _fraction(min(points), 1)


@cache
def _fraction(numerator: int, denominator: int) -> Fraction:
    """Of points there are few: they are written down in the packs."""
    return Fraction(numerator, denominator)
