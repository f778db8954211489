"""What happened in a turn of an interview, in the past tense. The engine says it; it does nothing."""

from dataclasses import dataclass
from enum import StrEnum


class Refusal(StrEnum):
    """Why a reply was not taken as an answer."""

    NOT_A_CHOICE = "not_a_choice"
    AMBIGUOUS = "ambiguous"
    NOT_A_NUMBER = "not_a_number"
    NOT_WHOLE = "not_whole"
    NOT_A_DATE = "not_a_date"
    NOTHING_CHOSEN = "nothing_chosen"
    EXCLUSIVE = "exclusive"  # "none of these" together with something else
    TOO_LONG = "too_long"
    CONSTRAINT = "constraint"
    REQUIRED = "required"  # a required question cannot be skipped


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """*name* is being asked now."""

    name: str


@dataclass(frozen=True, slots=True)
class SafetyAsked:
    """Whether it is safe to answer now was asked, before the sensitive question *name*."""

    name: str


@dataclass(frozen=True, slots=True)
class AnswerAccepted:
    """*name* has a new answer: a value, "" for skipped or "?" for not known. *previous* as before."""

    name: str
    value: str
    previous: str | None


@dataclass(frozen=True, slots=True)
class AnswerDropped:
    """*name* is no longer relevant; its answer left the interview and stays in the history."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class AnswerRefused:
    """The reply to *name* could not be taken; the question stands."""

    name: str
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class ChoicePicked:
    """A choice of the select_multiple *name* was ticked or unticked; not yet an answer."""

    name: str
    choice: str
    on: bool


@dataclass(frozen=True, slots=True)
class FlagRaised:
    """The answer just accepted to *name* raises its flag."""

    name: str


@dataclass(frozen=True, slots=True)
class QuestionsDeferred:
    """It was not safe now: the sensitive questions of this run wait for another time."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SectionCompleted:
    """Every relevant question of the section has been answered, skipped or deferred."""

    section: str


@dataclass(frozen=True, slots=True)
class InterviewCompleted:
    """Every section is complete."""


@dataclass(frozen=True, slots=True)
class InterviewPaused:
    """The person asked to go on later; the same question waits."""


@dataclass(frozen=True, slots=True)
class ReplyOutdated:
    """A tap on an old, doubled or foreign button; nothing changed."""


Event = (
    QuestionAsked
    | SafetyAsked
    | AnswerAccepted
    | AnswerDropped
    | AnswerRefused
    | ChoicePicked
    | FlagRaised
    | QuestionsDeferred
    | SectionCompleted
    | InterviewCompleted
    | InterviewPaused
    | ReplyOutdated
)
