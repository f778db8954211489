"""Keluarga berisiko stunting: computed from answers, never asked; an estimate that TPK must verify."""

from dataclasses import dataclass

from kkb_core.survey.applicable import Applicable, names_behind
from kkb_core.survey.expressions import compiled
from kkb_core.survey.packs import Factor, KrsRule
from kkb_core.survey.questionnaire import Questionnaire


@dataclass(frozen=True, slots=True, kw_only=True)
class Krs:
    """Whether a family is at risk, and why. What nobody answered makes no risk: it is `missing`.

    `missing` are questions whose answer could still change the verdict or its reasons.
    """

    target: bool
    factors: tuple[str, ...]
    extra: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def at_risk(self) -> bool:
        """A family of the target with any factor."""
        return self.target and bool(self.factors)


def krs(rule: KrsRule, questionnaire: Questionnaire, known: Applicable) -> Krs:
    """Apply *rule* to what is *known* of a household."""
    target = compiled(rule.target).holds(known.answers)
    asked = [factor.when for factor in rule.factors] if target else [rule.target]
    behind = frozenset[str]().union(*(names_behind(questionnaire, source) for source in asked))
    return Krs(
        target=target,
        factors=_holding(rule.factors, known) if target else (),
        extra=_holding(rule.extra, known),
        missing=tuple(sorted(behind & known.unanswered(), key=questionnaire.order.__getitem__)),
    )


def _holding(factors: tuple[Factor, ...], known: Applicable) -> tuple[str, ...]:
    return tuple(one.name for one in factors if compiled(one.when).holds(known.answers))
