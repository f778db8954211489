"""The cells of one column of a file of answers, as small numbers: each different cell is read once."""

import re
from datetime import date
from decimal import Decimal

from kkb_core.survey.questionnaire import Question, QuestionType

# Codes every column has; its own values follow.
NOT_APPLICABLE, UNANSWERED, SKIPPED, UNKNOWN = range(4)
FIRST_VALUE = 4
LONGEST_CELL = 4096
NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


class CellRefused(ValueError):
    """A cell is no answer to its question: what kind of thing it is, and the cure."""


class Vocabulary(dict[str, int]):
    """Cell → code, growing as cells are met. Raises CellRefused."""

    def __init__(self, question: Question) -> None:
        super().__init__({"": SKIPPED, "?": UNKNOWN})
        self.question = question
        self.answers: list[str | None] = [None, None, "", "?"]
        self._codes: dict[str | None, int] = {None: UNANSWERED, "": SKIPPED, "?": UNKNOWN}

    def __missing__(self, cell: str) -> int:
        stripped = cell.strip()
        value = stripped if stripped in ("", "?") else answer_in(self.question, stripped)
        self[cell] = self.code(value)
        return self[cell]

    def code(self, value: str | None) -> int:
        """The code of the answer *value*."""
        known = self._codes.get(value)
        if known is None:
            known = self._codes[value] = len(self.answers)
            self.answers.append(value)
        return known

    def without(self, choice: str) -> list[int]:
        """For each code, the code of the same answer without *choice*."""
        codes = list(range(FIRST_VALUE))
        for value in self.answers[FIRST_VALUE:]:
            left = [name for name in (value or "").split() if name != choice]
            codes.append(self.code(" ".join(left) or None))
        return codes


def answer_in(question: Question, cell: str) -> str:
    """The answer *cell* holds, written as an interview keeps it. Raises CellRefused."""
    match question.type:
        case QuestionType.SELECT_ONE:
            return _one(question, cell)
        case QuestionType.SELECT_MULTIPLE:
            return _several(question, cell)
        case QuestionType.INTEGER:
            return _number(cell, whole=True)
        case QuestionType.DECIMAL:
            return _number(cell, whole=False)
        case QuestionType.DATE:
            return _date(cell)
        case QuestionType.TEXT:
            return _text(cell)


def _one(question: Question, cell: str) -> str:
    if question.choice(cell) is None:
        raise CellRefused(f"{_kind(cell)} is not one of its choices; write {_choices(question)}")
    return cell


def _several(question: Question, cell: str) -> str:
    picked = cell.split()
    for name in picked:
        if question.choice(name) is None:
            what = f"{_kind(name)} is not one of its choices"
            raise CellRefused(f"{what}; write {_choices(question)}, several with spaces between")
    alone = [one.name for one in question.choices if one.exclusive and one.name in picked]
    if alone and len(set(picked)) > 1:
        raise CellRefused(f"{alone[0]} stands together with other choices; keep one or the other")
    return " ".join(one.name for one in question.choices if one.name in picked)


def _number(cell: str, *, whole: bool) -> str:
    written = cell if whole else cell.replace(",", ".")
    if not NUMBER.fullmatch(written):
        raise CellRefused(f"{_kind(cell)} is no number; write digits only")
    number = Decimal(written)
    if number == int(number):
        return str(int(number))
    if whole:
        raise CellRefused("a broken number where a whole one is asked; round it")
    return f"{number.normalize():f}"


def _date(cell: str) -> str:
    try:
        return date.fromisoformat(cell).isoformat()
    except ValueError as error:
        raise CellRefused(f"{_kind(cell)} is no date; write it as 2026-03-09") from error


def _text(cell: str) -> str:
    if len(cell) > LONGEST_CELL:
        raise CellRefused(f"{_kind(cell)} is too long; shorten it to {LONGEST_CELL}")
    return cell


def _kind(cell: str) -> str:
    """What sort of thing stands in a cell; never the thing itself, which may be private."""
    if cell.replace(".", "").replace(",", "").lstrip("-").isdigit():
        return "a number"
    return f"text of {len(cell)} characters" if len(cell) > 1 else "a single character"


def _choices(question: Question) -> str:
    names = ", ".join(choice.name for choice in question.choices)
    return f"{names}, nothing for skipped or ? for not known"
