"""What a score says: to a family its strong sides and next steps, to a table a row, to an auditor its parts."""

from collections.abc import Mapping
from typing import Any

from kkb_core.survey.packs import Pack
from kkb_core.survey.questionnaire import Level, Questionnaire
from kkb_core.survey.relevance import plan_of
from kkb_core.survey.scoring import FULL, Band, ScaleScore, Score

URGENT = (Level.RED, Level.ORANGE)  # what a family cannot wait with


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
    pack: Pack,
    questionnaire: Questionnaire,
    scored: Score,
    answers: Mapping[str, str],
    *,
    limit: int = 3,
) -> tuple[str, ...]:
    """Items whose advice helps most: hunger, illness and the like before habits.

    First what raised a red or orange flag, then what was lost times its weight, then the order of
    asking. Never a skipped, unscored or sensitive one.
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
    urgent = _urgency(questionnaire, answers)
    low.sort(
        key=lambda one: (
            urgent.get(one.item, len(URGENT)),
            -one.weight * (FULL - (one.points or 0)),
            place[one.item],
        )
    )
    return tuple(one.item for one in low[:limit])


def _urgency(questionnaire: Questionnaire, answers: Mapping[str, str]) -> dict[str, int]:
    """Items whose answers raised an urgent flag, the gravest being 0."""
    found: dict[str, int] = {}
    for name, when in plan_of(questionnaire).flags.items():
        question = questionnaire.questions[name]
        flag = question.flag
        if flag is None or flag.level not in URGENT or answers.get(name, "") in ("", "?"):
            continue
        if when.holds(answers):
            here = URGENT.index(flag.level)
            found[question.item] = min(here, found.get(question.item, here))
    return found


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
