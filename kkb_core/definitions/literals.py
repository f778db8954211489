"""Conditions compare with choices that exist: a slip of the pen would be false for ever, unnoticed."""

import re
from collections.abc import Mapping

from kkb_core.errors import DefinitionError
from kkb_core.survey.questionnaire import Question

COMPARED = re.compile(
    r"""\$\{\s*(?P<one>[\w.-]+)\s*\}\s*!?=\s*(?:'(?P<a>[^']*)'|"(?P<b>[^"]*)")
      | selected\(\s*\$\{\s*(?P<several>[\w.-]+)\s*\}\s*,\s*(?:'(?P<c>[^']*)'|"(?P<d>[^"]*)")""",
    re.VERBOSE,
)


def check_literals(where: str, source: str | None, questions: Mapping[str, Question]) -> None:
    """Refuse *source* if it compares a question with a choice the question does not have."""
    for found in COMPARED.finditer(source or ""):
        question = questions[found["one"] or found["several"]]
        literal = found["a"] or found["b"] or found["c"] or found["d"]
        if literal and question.choices and question.choice(literal) is None:
            known = ", ".join(choice.name for choice in question.choices)
            raise DefinitionError(
                f"{where}: {question.name} has no choice {literal!r}; correct it to one of {known}"
            )


def check_conditions(file: str, questions: Mapping[str, Question]) -> None:
    """Check every expression of a questionnaire."""
    for question in questions.values():
        where = f"{file}: {question.name}"
        check_literals(f"{where}: relevant", question.relevant, questions)
        check_literals(f"{where}: constraint", question.constraint, questions)
        when = question.flag.when if question.flag else None
        check_literals(f"{where}: flag.when", when, questions)
        for choice in question.choices:
            check_literals(
                f"{where}: {choice.name}: choice_filter", choice.choice_filter, questions
            )
