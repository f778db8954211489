"""What answers are worth: one version of a scoring pack, as published.

Points, weights and shares are whole numbers in hundredths, so that sums are exact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kkb_core.survey.questionnaire import LocalText


class Combine(StrEnum):
    """How the parts of an item become one."""

    MEAN = "mean"
    MIN = "min"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A number is good when, divided by the number answered to `divide_by`, it is `at_least` so much."""

    divide_by: str
    at_least: int
    then: int
    otherwise: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """What the answers to one question are worth, 0 to 100; None is "not scored".

    Of several choices the lowest counts. A number has a `ratio` instead of choices.
    """

    question: str
    choices: Mapping[str, int | None]
    ratio: Ratio | None = None
    blank_is_not_scored: bool = False  # skipping is invited: it does not count as missing


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredItem:
    """One row of a scale: an item of the questionnaire, or a variable made of several questions."""

    name: str
    weight: int  # hundredths; 0 is shown and never counts
    combine: Combine
    parts: tuple[Points, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What gets a score of its own: a function, or a dimension."""

    name: str
    label: LocalText
    items: tuple[ScoredItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One reason for risk: `when` is an expression over the answers."""

    name: str
    label: LocalText
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KrsRule:
    """Keluarga berisiko stunting: a family of the `target` with any factor. `extra` is only shown."""

    target: str
    factors: tuple[Factor, ...]
    extra: tuple[Factor, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One version of a way to score; its limits are here and nowhere else."""

    name: str
    version: int
    digest: str  # sha256 of the file, hex
    questionnaire: str  # the version it scores, "kkb.v1"
    title: LocalText
    total: str  # the name of the whole: "total", "ibangga"
    total_label: LocalText
    scales: tuple[Scale, ...]  # in the order they are shown
    bands: tuple[int, int]  # both limits belong to the middle
    minimum_coverage: int  # hundredths of the applicable weight that must be answered
    minimum_answered: int  # items, or all there are
    minimum_shown: int  # hundredths of the applicable scales a total needs
    advice_at_most: int  # points at or below which an answer gets its advice
    krs: KrsRule

    @property
    def id(self) -> str:
        """`delapan_fungsi.v1`."""
        return f"{self.name}.v{self.version}"
