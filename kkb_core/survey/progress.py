"""What an interview shows: what applies, what is left, what may be marked beforehand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kkb_core.survey.place import UNKNOWN, Interview
from kkb_core.survey.questionnaire import Choice, Questionnaire, QuestionType
from kkb_core.survey.relevance import fitting, plan_of

SECONDS_FOR_ONE_TAP = 12  # a proposal, until real sittings have been timed
SECONDS_FOR_MORE = 20


@dataclass(frozen=True, slots=True)
class Progress:
    """What is relevant now in a section or the whole: *answered* of *total*, *seconds* left."""

    answered: int
    total: int
    seconds: int

    @property
    def left(self) -> int:
        """Relevant questions without an answer; a skipped one has been answered."""
        return self.total - self.answered


def suggestion(questionnaire: Questionnaire, interview: Interview, name: str) -> str | None:
    """The answer to mark when *name* is asked; never for sensitive questions.

    Its present answer, else the default's value, else last time's.
    """
    question = questionnaire.questions[name]
    if question.sensitive:
        return None
    if interview.answers.get(name) == UNKNOWN:
        return UNKNOWN
    default = plan_of(questionnaire).defaults.get(name)
    offered = choices_now(questionnaire, interview, name)
    for value in (
        interview.answers.get(name),
        default and default.value(interview.answers),
        interview.suggestions.get(name),
    ):
        if value and value != UNKNOWN and (fits := fitting(question, offered, value)):
            return fits
    return None


def choices_now(
    questionnaire: Questionnaire, interview: Interview, name: str
) -> tuple[Choice, ...]:
    """The choices that fit this household."""
    return plan_of(questionnaire).choices(name, interview.answers)


def relevant_questions(
    questionnaire: Questionnaire, answers: Mapping[str, str], section: str | None = None
) -> tuple[str, ...]:
    """Names of the questions that apply given *answers*, in order."""
    standing = plan_of(questionnaire).standing(answers)
    return standing.relevant if section is None else standing.sections.get(section, ())


def is_complete(questionnaire: Questionnaire, interview: Interview, section: str) -> bool:
    """Whether every relevant question of *section* has been answered, skipped or deferred."""
    return next(still_open(questionnaire, interview, section), None) is None


def progress(
    questionnaire: Questionnaire, interview: Interview, section: str | None = None
) -> Progress:
    """How far a section, or the whole, is; what was deferred is still left."""
    relevant = relevant_questions(questionnaire, interview.answers, section)
    left = [name for name in relevant if name not in interview.answers]
    seconds = sum(
        SECONDS_FOR_ONE_TAP
        if questionnaire.questions[name].type is QuestionType.SELECT_ONE
        else SECONDS_FOR_MORE
        for name in left
    )
    return Progress(len(relevant) - len(left), len(relevant), seconds)


def still_open(questionnaire: Questionnaire, interview: Interview, section: str) -> Iterator[str]:
    """The questions of *section* still to be asked."""
    for name in relevant_questions(questionnaire, interview.answers, section):
        if name not in interview.answers and name not in interview.deferred:
            yield name


def all_open(questionnaire: Questionnaire, interview: Interview) -> list[str]:
    """The questions still to be asked, in order."""
    return [
        name
        for section in questionnaire.sections
        for name in still_open(questionnaire, interview, section.name)
    ]
