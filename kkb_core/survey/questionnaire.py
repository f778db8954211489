"""What is asked: one published version of a questionnaire, in XLSForm's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from kkb_core.messaging import Language

LocalText = Mapping[Language, str]  # one text in every language


class QuestionType(StrEnum):
    """The XLSForm types a family can answer in chat."""

    SELECT_ONE = "select_one"
    SELECT_MULTIPLE = "select_multiple"
    INTEGER = "integer"
    DECIMAL = "decimal"
    TEXT = "text"
    DATE = "date"


class Level(StrEnum):
    """How urgent a flag is."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"


class Route(StrEnum):
    """Who a flag goes to; `protection` reaches the protection officer and nobody else."""

    PROTECTION = "protection"
    SURVIVAL = "survival"
    CADRE = "cadre"
    COORDINATOR = "coordinator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer a family may pick. `choice_filter` hides it where it does not fit."""

    name: str
    label: LocalText
    hint: LocalText | None = None
    aliases: tuple[str, ...] = ()  # words people type for it, lower case
    exclusive: bool = False  # picked alone ("none of these")
    choice_filter: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A follow-up that an answer itself raises, never a score."""

    level: Level
    route: Route
    due_hours: int
    when: str  # an expression over the answers
    follow_up: str  # what the protocol asks for, for the person who follows up


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question as it is asked: one message in the chat, one column in a file.

    `item` is the question of the paper form this one is a part of; for most, its own name.
    `status` is "O" official meaning, "A" adapted, "N" new, "" for the profile block.
    """

    name: str
    section: str
    item: str
    type: QuestionType
    label: LocalText
    hint: LocalText | None = None  # what "Jelaskan" says
    choices: tuple[Choice, ...] = ()
    relevant: str | None = None
    constraint: str | None = None
    constraint_message: LocalText | None = None
    required: bool = False
    default: str | None = None  # an expression whose value is suggested, never taken unasked
    unit: str | None = None
    sensitive: bool = False
    flag: Flag | None = None
    status: str = ""
    source: str = ""

    def choice(self, name: str) -> Choice | None:
        """The choice called *name*, if this question has it."""
        return next((choice for choice in self.choices if choice.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A question of the paper form: what is scored, advised and reported as one.

    `advice` is one sentence for an answer that scored low; private advice never stands on a card.
    """

    name: str
    section: str
    label: LocalText
    questions: tuple[str, ...]
    advice: LocalText | None = None
    sensitive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The profile block, or one of the eight functions: what is answered in one sitting."""

    name: str
    label: LocalText
    questions: tuple[str, ...]
    items: tuple[str, ...]
    tip: LocalText | None = None
    is_profile: bool = False


@dataclass(frozen=True, kw_only=True)
class Questionnaire:
    """One version, as published; never changed afterwards (its digest is pinned).

    `draft` names the languages nobody has proofread yet.
    """

    name: str
    version: int
    digest: str  # sha256 of the file, hex
    title: LocalText
    sections: tuple[Section, ...]  # in the order they are asked: the profile first
    items: Mapping[str, Item]
    questions: Mapping[str, Question]  # in the order they are asked
    draft: frozenset[Language] = field(default_factory=frozenset)

    @property
    def id(self) -> str:
        """`kkb.v1`."""
        return f"{self.name}.v{self.version}"

    @cached_property
    def functions(self) -> tuple[Section, ...]:
        """The sections that are scored, in the order they are asked."""
        return tuple(section for section in self.sections if not section.is_profile)

    def section(self, name: str) -> Section:
        """The section called *name*; KeyError if there is none."""
        return self._sections[name]

    @cached_property
    def _sections(self) -> dict[str, Section]:
        return {section.name: section for section in self.sections}

    @cached_property
    def order(self) -> Mapping[str, int]:
        """Where each question stands in the order of asking."""
        return {name: place for place, name in enumerate(self.questions)}
