"""What counts of a household's answers: those to questions that apply to it, now."""

from collections.abc import Mapping
from dataclasses import dataclass

from kkb_core.survey.expressions import NO_VALUE, compiled
from kkb_core.survey.questionnaire import Questionnaire
from kkb_core.survey.relevance import plan_of


@dataclass(frozen=True, slots=True)
class Applicable:
    """The names of the questions that apply, and the answers to them."""

    names: frozenset[str]
    answers: Mapping[str, str]

    def unanswered(self) -> frozenset[str]:
        """Those that apply and have no answer."""
        return frozenset(name for name in self.names if self.answers.get(name) in NO_VALUE)


def applicable(questionnaire: Questionnaire, answers: Mapping[str, str]) -> Applicable:
    """Leave out of *answers* what does not apply, choices that are not offered too."""
    standing = plan_of(questionnaire).standing(answers)
    kept = {name: answers[name] for name in standing.names & answers.keys()}
    for name, left in standing.trimmed.items():
        if left is None:
            kept.pop(name, None)
        elif name in kept:
            kept[name] = left
    return Applicable(standing.names, kept)


def names_behind(questionnaire: Questionnaire, source: str) -> frozenset[str]:
    """Every question the expression *source* rests on, and those that decide whether they are asked."""
    found: set[str] = set()
    waiting = list(compiled(source).names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            relevant = questionnaire.questions[name].relevant
            waiting.extend(compiled(relevant).names if relevant else ())
    return frozenset(found)
