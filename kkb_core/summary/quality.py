"""Which answers need a second look: many skipped, or given faster than one can read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from kkb_core.summary.week import Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What one household answered of a function in a week: how much, skipped, and in how long."""

    answers: int
    skipped: int
    took: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRule:
    """Limits are the programme's proposal (domain section 7); `sections` has the questions that count."""

    sections: tuple[tuple[str, tuple[str, ...]], ...]
    skipped_share: float = 0.3
    fast: timedelta = timedelta(seconds=20)
    at_least: int = 4  # answers, before anything is said of them

    def judged(self, given: Sequence[Given]) -> Quality:
        """One household's week, a function each."""
        answers, skipped = sum(one.answers for one in given), sum(one.skipped for one in given)
        if answers < self.at_least:
            return Quality()
        return Quality(
            answered=1,
            skipped=int(skipped > self.skipped_share * answers),
            fast=int(any(one.answers >= self.at_least and one.took < self.fast for one in given)),
        )
