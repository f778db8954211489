"""What a mean did since the round before: how much of it is other households, how much other answers.

A mean moves when the same households answer differently, and when others take part. Of a change

    now - before  =  (same households now - same households before)      answers
                   + (now - same households now) - (before - same before)  composition

the two parts add up exactly, here and in what is shown.
"""

from dataclasses import dataclass
from fractions import Fraction

from kkb_core.summary.tallies import SMALLEST, Tally

NOISE = 2  # standard errors: a change within them may be chance (19 times of 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """Households with a score in both rounds: their sums then and now, and of the products."""

    count: int = 0
    now: int = 0
    before: int = 0
    products: int = 0

    def __add__(self, other: "Both") -> "Both":
        return Both(
            count=self.count + other.count,
            now=self.now + other.now,
            before=self.before + other.before,
            products=self.products + other.products,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Tenths since the round before; `answers` and `composition` add up to `tenths`.

    `beyond_noise`: larger than chance alone would explain in samples of this size.
    """

    tenths: int
    answers: int
    composition: int
    beyond_noise: bool

    @property
    def is_fall(self) -> bool:
        """Whether people must be told plainly that it fell."""
        return self.tenths < 0 and self.beyond_noise


def change_of(now: Tally, before: Tally, both: Both) -> Change | None:
    """The change from *before* to *now*; None where either is of too few households to be shown.

    Means are rounded first, so that the change is the difference of what people read. The share
    of *answers* is only told for SMALLEST same households or more; below, all is composition.
    """
    if now.mean is None or before.mean is None:
        return None
    tenths = now.mean - before.mean
    told = both.count >= SMALLEST
    answers = round(Fraction(both.now - both.before, both.count)) if told else 0
    return Change(
        tenths=tenths,
        answers=answers,
        composition=tenths - answers,
        beyond_noise=_beyond_noise(now, before, both),
    )


def _beyond_noise(now: Tally, before: Tally, both: Both) -> bool:
    moved = now.exact - before.exact
    return moved * moved > NOISE * NOISE * variance(now, before, both)


def variance(now: Tally, before: Tally, both: Both) -> Fraction:
    """Of the difference of the two means: what each sample varies, less what the same share.

    A household that answered twice is no two independent households.
    """
    shared = (
        both.products
        - before.exact * both.now
        - now.exact * both.before
        + both.count * now.exact * before.exact
    )
    return max(
        _of_mean(now) + _of_mean(before) - 2 * shared / (now.count * before.count), Fraction(0)
    )


def _of_mean(tally: Tally) -> Fraction:
    spread = tally.squares - tally.exact * tally.total
    return spread / (tally.count * (tally.count - 1))
