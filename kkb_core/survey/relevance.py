"""Which questions and choices fit a household, worked out once for each set of facts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kkb_core.survey.expressions import NO_VALUE, Expression, compiled
from kkb_core.survey.questionnaire import Choice, Question, Questionnaire, QuestionType

REMEMBERED = 1024  # households' facts kept per questionnaire, about 10 kB each


@dataclass(frozen=True, slots=True)
class Standing:
    """What applies to one household.

    `trimmed` has the answers that lost choices which are no longer offered; None where none is left.
    """

    relevant: tuple[str, ...]  # in the order of asking
    names: frozenset[str]
    sections: Mapping[str, tuple[str, ...]]  # the relevant questions of each section
    trimmed: Mapping[str, str | None]


def _expression(source: str | None) -> Expression | None:
    return None if source is None else compiled(source)


@dataclass(frozen=True, eq=False)
class Plan:
    """A questionnaire's expressions, compiled, and what is remembered about them."""

    questionnaire: Questionnaire
    conditions: tuple[tuple[Question, Expression | None], ...]
    filters: Mapping[str, tuple[tuple[Choice, Expression | None], ...]]  # where a choice has one
    flags: Mapping[str, Expression]
    constraints: Mapping[str, Expression]
    defaults: Mapping[str, Expression]
    facts: tuple[str, ...]  # the questions that `conditions` and `filters` rest on
    _known: dict[tuple[str | None, ...], Standing] = field(default_factory=dict)

    def standing(self, answers: Mapping[str, str]) -> Standing:
        """What applies, given *answers*; an answer that does not itself apply counts for nothing."""
        key = tuple(map(answers.get, self.facts))
        known = self._known.get(key)
        if known is None:
            known = self._worked_out(dict(zip(self.facts, key, strict=True)))
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[key] = known
        return known

    def choices(self, name: str, answers: Mapping[str, str]) -> tuple[Choice, ...]:
        """The choices of *name* that are offered, given *answers*."""
        filtered = self.filters.get(name)
        if filtered is None:
            return self.questionnaire.questions[name].choices
        return tuple(choice for choice, fits in filtered if fits is None or fits.holds(answers))

    def _worked_out(self, facts: Mapping[str, str | None]) -> Standing:
        kept = {name: value for name, value in facts.items() if value is not None}
        trimmed: dict[str, str | None] = {}
        while True:
            size = (len(kept), len(trimmed))
            relevant = tuple(self._pass(kept, trimmed))
            if (len(kept), len(trimmed)) == size:
                break
        names = frozenset(relevant)
        sections = {
            section.name: tuple(name for name in section.questions if name in names)
            for section in self.questionnaire.sections
        }
        return Standing(relevant, names, sections, trimmed)

    def _pass(self, kept: dict[str, str], trimmed: dict[str, str | None]) -> Iterator[str]:
        """Each relevant question in turn; what does not apply leaves *kept* before the next."""
        for question, condition in self.conditions:
            name = question.name
            if condition is not None and not condition.holds(kept):
                kept.pop(name, None)
                continue
            yield name
            if name in self.filters and kept.get(name) not in NO_VALUE:
                self._trim(name, kept, trimmed)

    def _trim(self, name: str, kept: dict[str, str], trimmed: dict[str, str | None]) -> None:
        offered = {choice.name for choice in self.choices(name, kept)}
        left = " ".join(word for word in kept[name].split() if word in offered)
        if not left:
            del kept[name]
            trimmed[name] = None
        elif left != kept[name]:
            kept[name] = trimmed[name] = left


def plan_of(questionnaire: Questionnaire) -> Plan:
    """The plan of *questionnaire*, made once. Raises ExpressionError for one it cannot read."""
    kept = vars(
        questionnaire
    )  # it lives as long as the questionnaire, as its cached properties do
    plan = kept.get("_plan")
    if not isinstance(plan, Plan):
        plan = kept["_plan"] = _made(questionnaire)
    return plan


def _made(questionnaire: Questionnaire) -> Plan:
    questions = questionnaire.questions.values()
    conditions = tuple((question, _expression(question.relevant)) for question in questions)
    filters = {
        question.name: tuple(
            (choice, _expression(choice.choice_filter)) for choice in question.choices
        )
        for question in questions
        if any(choice.choice_filter for choice in question.choices)
    }
    used = [condition for _, condition in conditions]
    used += [fits for choices in filters.values() for _, fits in choices]
    facts = set(filters).union(*(expression.names for expression in used if expression))
    return Plan(
        questionnaire=questionnaire,
        conditions=conditions,
        filters=filters,
        flags={q.name: compiled(q.flag.when) for q in questions if q.flag},
        constraints={q.name: compiled(q.constraint) for q in questions if q.constraint},
        defaults={q.name: compiled(q.default) for q in questions if q.default},
        facts=tuple(sorted(facts)),
    )


def fitting(question: Question, choices: tuple[Choice, ...], value: str) -> str:
    """As much of *value* as is offered now; "" for nothing. Numbers, dates and text always fit."""
    match question.type:
        case QuestionType.SELECT_ONE | QuestionType.SELECT_MULTIPLE:
            offered = {choice.name for choice in choices}
            return " ".join(word for word in value.split() if word in offered)
    return value
