"""Scores of one interview: computed from its answers, kept as one wide row, compared with before."""

from dataclasses import dataclass
from datetime import datetime

from kkb_core.definitions import Definitions
from kkb_core.storage import Tx, interviews, scores
from kkb_core.storage.households import Household
from kkb_core.storage.interviews import StoredInterview
from kkb_core.storage.scores import StoredScore
from kkb_core.survey.packs import Pack
from kkb_core.survey.questionnaire import LocalText, Questionnaire
from kkb_core.survey.scoring import Score, score
from kkb_core.survey.telling import explained
from kkb_core.survey.worth import worth_of

EIGHT_FUNCTIONS = "delapan_fungsi"
IBANGGA = "ibangga"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one of a family is shown: this round's score, and the last completed one, if any.

    The band of a function would tell what another of the family answered in private there:
    `private` and `private_before` name the functions of which this reader is told no more than
    that they were answered.
    """

    now: Score
    before: Score | None
    private: frozenset[str] = frozenset()
    private_before: frozenset[str] = frozenset()


def result_of(tx: Tx, definitions: Definitions, stored: StoredInterview, *, reader: int) -> Result:
    """The result of an interview, complete or not, beside the round before, for one person."""
    earlier = completed_before(tx, stored)
    now = scored(definitions, stored, EIGHT_FUNCTIONS)
    private = _private_to_others(tx, definitions, stored, reader)
    if earlier is None:
        return Result(now=now, before=None, private=private)
    return Result(
        now=now,
        before=scored(definitions, earlier, EIGHT_FUNCTIONS),
        private=private,
        private_before=_private_to_others(tx, definitions, earlier, reader),
    )


def _private_to_others(
    tx: Tx, definitions: Definitions, stored: StoredInterview, reader: int
) -> frozenset[str]:
    asked = definitions.questionnaire(stored.questionnaire)
    private = [name for name in stored.answers if asked.questions[name].sensitive]
    if not private:
        return frozenset()
    gave = interviews.givers(tx, stored.id, private)
    return frozenset(asked.questions[name].section for name in private if gave.get(name) != reader)


def completed_before(tx: Tx, stored: StoredInterview) -> StoredInterview | None:
    """The household's interview completed last before this one began, if any."""
    return interviews.latest_completed(tx, stored.household_id, before=stored.started_at)


def scored(definitions: Definitions, stored: StoredInterview, pack: str) -> Score:
    """What *pack* says of an interview, by the version it began on."""
    questionnaire = definitions.questionnaire(stored.questionnaire)
    return score(definitions.pack(pack), questionnaire, stored.answers)


def keep_score(
    tx: Tx,
    definitions: Definitions,
    household: Household,
    stored: StoredInterview,
    *,
    now: datetime,
) -> None:
    """Score an interview by both packs and keep it in the place of an earlier score."""
    eight = scored(definitions, stored, EIGHT_FUNCTIONS)
    index = scored(definitions, stored, IBANGGA)
    scores.put_score(
        tx,
        StoredScore(
            interview_id=stored.id,
            household_id=household.id,
            round_id=stored.round_id,
            scope=household.scope,
            pack=EIGHT_FUNCTIONS,
            pack_version=definitions.pack(EIGHT_FUNCTIONS).version,
            functions={scale.name: scale.tenths for scale in eight.scales},
            total=eight.total.tenths,
            states={scale.name: scale.state.value for scale in (*eight.scales, eight.total)},
            ibangga=index.total.tenths,
            dimensions={scale.name: scale.tenths for scale in index.scales},
            krs=eight.krs.at_risk,
            parts={EIGHT_FUNCTIONS: explained(eight), IBANGGA: explained(index)},
            scored_at=now,
        ),
    )
    scores.count_again(tx, (household.id,))


def private_advice(
    definitions: Definitions, questionnaire: Questionnaire, question: str, value: str
) -> LocalText | None:
    """The advice for a low answer to a sensitive question: shown once, there and then, in private."""
    asked = questionnaire.questions[question]
    item = questionnaire.items[asked.item]
    if not asked.sensitive or item.advice is None or value in ("", "?"):
        return None
    pack = definitions.pack(EIGHT_FUNCTIONS)
    worth = _worth(pack, question, value)
    return item.advice if worth is not None and worth <= pack.advice_at_most else None


def _worth(pack: Pack, question: str, value: str) -> int | None:
    for scale in pack.scales:
        for item in scale.items:
            for points in item.parts:
                if points.question == question:
                    return worth_of(points, value, {})
    return None
