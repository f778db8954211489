"""One line for one paper form: `RT03-12: 1A 2B 3C`, where 3C is the third choice of question 3.

Questions are numbered in the order they are asked and choices lettered in the order they are
printed, whatever applies to this household. Several choices are letters together (`5AC`), numbers
follow an equals sign (`1=4`), and `?` says that the family does not know.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from string import ascii_uppercase

from kkb_core.survey.accepting import accept
from kkb_core.survey.events import SectionCompleted
from kkb_core.survey.place import UNKNOWN, Interview, Turn
from kkb_core.survey.progress import is_complete, relevant_questions
from kkb_core.survey.questionnaire import Question, Questionnaire, QuestionType
from kkb_core.survey.relevance import plan_of
from kkb_core.survey.replies import Refused, read
from kkb_core.survey.steps import between

_HEAD = re.compile(r"\s*RT\s*0*(\d{1,3})\s*-\s*(\d{1,18})\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)
_ENTRY = re.compile(r"(\d{1,3})(?:=([^\s=]{1,20})|([A-Za-z]{1,26}|\?))")
LONGEST = 2000  # characters of a line


class Mistake(StrEnum):
    """What is wrong with one entry."""

    UNREADABLE = "unreadable"
    NO_QUESTION = "no_question"
    TWICE = "twice"
    NO_CHOICE = "no_choice"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    NOT_ASKED = "not_asked"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """The entry as it was typed, and what is wrong with it."""

    entry: str
    mistake: Mistake
    question: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form: the household's number with its RT, and the entries as typed."""

    rt: int
    household: int
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What the entries say, or all that is wrong with them: then nothing is taken."""

    values: Mapping[str, str]
    wrong: tuple[Wrong, ...] = ()


def form_in(line: str) -> Form | None:
    """The form in a line; None when it does not begin as one."""
    found = _HEAD.fullmatch(line[:LONGEST])
    if found is None:
        return None
    return Form(
        rt=int(found.group(1)),
        household=int(found.group(2)),
        entries=tuple(re.split(r"[\s,;]+", found.group(3).strip())),
    )


def form_number(rt: int | None, household: int) -> str:
    """What stands on top of a paper form and before its entries: RT03-12."""
    return f"RT{rt or 0:02d}-{household}"


def numbered(questionnaire: Questionnaire) -> Mapping[int, Question]:
    """The number of each question on paper."""
    return dict(enumerate(questionnaire.questions.values(), start=1))


def letters(question: Question) -> str:
    """The letters of a question's choices: ABC."""
    return ascii_uppercase[: len(question.choices)]


def read_form(
    questionnaire: Questionnaire, entries: tuple[str, ...], answers: Mapping[str, str]
) -> Read:
    """What *entries* say, beside the *answers* there are. Every mistake is named, none is guessed."""
    values: dict[str, str] = {}
    wrong: list[Wrong] = []
    questions = numbered(questionnaire)
    typed: dict[str, str] = {}
    for entry in entries:
        question, value = _entry(questions, entry)
        if isinstance(value, Mistake):
            wrong.append(Wrong(entry=entry, mistake=value, question=question))
        elif question in values:
            wrong.append(Wrong(entry=entry, mistake=Mistake.TWICE, question=question))
        elif question is not None:
            values[question], typed[question] = value, entry
    wrong += _not_fitting(questionnaire, {**answers, **values}, typed)
    return Read(values={} if wrong else values, wrong=tuple(wrong))


def _entry(questions: Mapping[int, Question], entry: str) -> tuple[str | None, str | Mistake]:
    found = _ENTRY.fullmatch(entry)
    if found is None:
        return None, Mistake.UNREADABLE
    question = questions.get(int(found.group(1)))
    if question is None:
        return None, Mistake.NO_QUESTION
    if question.sensitive:
        return question.name, Mistake.PRIVATE
    said = found.group(2) or found.group(3)
    if said == UNKNOWN:
        return question.name, UNKNOWN
    return question.name, _choices(question, said) if question.choices else _written(
        question, said
    )


def _choices(question: Question, said: str) -> str | Mistake:
    places = [letters(question).find(letter) for letter in said.upper()]
    alone = question.type is QuestionType.SELECT_ONE
    if -1 in places or len(set(places)) != len(places) or (alone and len(places) > 1):
        return Mistake.NO_CHOICE
    chosen = [question.choices[place] for place in sorted(places)]
    if len(chosen) > 1 and any(choice.exclusive for choice in chosen):
        return Mistake.NO_CHOICE
    return " ".join(choice.name for choice in chosen)


def _written(question: Question, said: str) -> str | Mistake:
    try:
        return read(question, (), said)
    except Refused:
        return Mistake.NOT_A_NUMBER


def _not_fitting(
    questionnaire: Questionnaire, answers: Mapping[str, str], typed: Mapping[str, str]
) -> list[Wrong]:
    """Entries that do not apply to this household, or break a rule of their question."""
    plan = plan_of(questionnaire)
    applying = set(relevant_questions(questionnaire, answers))
    wrong = []
    for name, entry in typed.items():
        offered = {choice.name for choice in plan.choices(name, answers)}
        constraint = plan.constraints.get(name)
        value = answers[name]
        if name not in applying or (
            offered and value != UNKNOWN and not offered.issuperset(value.split())
        ):
            wrong.append(Wrong(entry=entry, mistake=Mistake.NOT_ASKED, question=name))
        elif constraint and value != UNKNOWN and not constraint.holds(answers, value):
            wrong.append(Wrong(entry=entry, mistake=Mistake.OUT_OF_RANGE, question=name))
    return wrong


def key_in(questionnaire: Questionnaire, interview: Interview, values: Mapping[str, str]) -> Turn:
    """Take the answers of a form at once; the person stands between sittings afterwards."""
    before = {
        one.name for one in questionnaire.sections if _done(questionnaire, interview, one.name)
    }
    here = replace(
        interview,
        section=questionnaire.sections[0].name,
        waiting_for=None,
        editing=False,
        follow_up=(),
        return_to=None,
    )
    ordered = dict(sorted(values.items(), key=lambda one: questionnaire.order[one[0]]))
    turn = accept(questionnaire, here, ordered)
    events = [event for event in turn.events if not isinstance(event, SectionCompleted)]
    completed = [
        SectionCompleted(one.name)
        for one in questionnaire.sections
        if one.name not in before and _done(questionnaire, turn.interview, one.name)
    ]
    return between(Turn(turn.interview, (*events, *completed)))


def _done(questionnaire: Questionnaire, interview: Interview, section: str) -> bool:
    return is_complete(questionnaire, interview, section)
