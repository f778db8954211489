"""How far answers and what is seen at the door agree: the figure of a field check."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from kkb_core.summary.tallies import SMALLEST


class Verdict(StrEnum):
    """What became of one answer that was to be looked at."""

    AGREES = "agrees"
    DIFFERS = "differs"
    AWAY = "away"  # nobody was at home
    REFUSED = "refused"  # the family would rather not


CHECKED = frozenset({Verdict.AGREES, Verdict.DIFFERS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Answers that agree and that differ; households that were asked, not met, and not tried yet.

    Who was away and who would rather not are one number, so that a refusal gives nobody away.
    """

    agrees: int = 0
    differs: int = 0
    asked: int = 0
    not_met: int = 0
    left: int = 0

    @property
    def percent(self) -> int | None:
        """Whole percent of the answers that agree; None for fewer than SMALLEST households."""
        if self.asked < SMALLEST:
            return None
        return round(Fraction(100 * self.agrees, self.agrees + self.differs))


def match_of(households: Iterable[Collection[Verdict | None]]) -> Match:
    """What the verdicts of each household add up to; None is an answer nobody looked at yet."""
    found = [[one for one in verdicts if one is not None] for verdicts in households]
    every = [verdict for verdicts in found for verdict in verdicts]
    asked = sum(not CHECKED.isdisjoint(verdicts) for verdicts in found)
    left = sum(not verdicts for verdicts in found)
    return Match(
        agrees=every.count(Verdict.AGREES),
        differs=every.count(Verdict.DIFFERS),
        asked=asked,
        not_met=len(found) - asked - left,
        left=left,
    )
