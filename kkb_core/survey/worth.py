"""What one answer is worth, and what becomes of one that is worth nothing."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from kkb_core.survey.applicable import Applicable
from kkb_core.survey.packs import Points, Ratio


class AnswerState(StrEnum):
    """What became of one item."""

    ANSWERED = "answered"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    UNANSWERED = "unanswered"
    NOT_SCORED = "not_scored"
    NOT_APPLICABLE = "not_applicable"


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
