"""Sums of scores that can be added up: of households to an RT, of RTs to a kota.

Scores are tenths of a point (0 to 1000). Bands are those of the rounded score, as a family reads it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

SMALLEST = 5  # households: fewer are not shown (a proposal of the programme, domain rule 19)

Place = tuple[str, ...]  # the path from the top: ("33.75", "33.75.04", "33.75.04.1004", "2", "3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What the shown scores of some households add up to: tenths, their squares, and bands."""

    count: int = 0
    total: int = 0
    squares: int = 0
    low: int = 0
    high: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            count=self.count + other.count,
            total=self.total + other.total,
            squares=self.squares + other.squares,
            low=self.low + other.low,
            high=self.high + other.high,
        )

    @property
    def exact(self) -> Fraction:
        """The mean in tenths; there must be a score."""
        return Fraction(self.total, self.count)

    @property
    def mean(self) -> int | None:
        """The mean in tenths, rounded half to even; None for fewer than SMALLEST households."""
        return round(self.exact) if self.count >= SMALLEST else None

    @property
    def bands(self) -> tuple[int, int, int]:
        """How many are low, middle and high."""
        return self.low, self.count - self.low - self.high, self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a piece of the country adds up to in a round.

    `households` have a score and are counted; `scales` has a tally by function, for "total" and
    "ibangga"; `krs` are at risk of stunting.
    """

    households: int = 0
    krs: int = 0
    scales: Mapping[str, Tally] = field(default_factory=dict)

    def __add__(self, other: "Figures") -> "Figures":
        names = [*self.scales, *(name for name in other.scales if name not in self.scales)]
        return Figures(
            households=self.households + other.households,
            krs=self.krs + other.krs,
            scales={name: self.tally(name) + other.tally(name) for name in names},
        )

    def tally(self, name: str) -> Tally:
        """The tally of a function, "total" or "ibangga"; an empty one where nobody has a score."""
        return self.scales.get(name, Tally())


def added(parts: Iterable[Figures]) -> Figures:
    """All *parts* as one."""
    whole = Figures()
    for part in parts:
        whole += part
    return whole


def rolled_up(leaves: Mapping[Place, Figures], *, top: int = 1) -> dict[Place, Figures]:
    """*leaves* and every place above them, down from paths of *top* steps, in their order."""
    rolled: dict[Place, Figures] = {}
    for place, figures in leaves.items():
        for length in range(top, len(place) + 1):
            above = place[:length]
            rolled[above] = rolled[above] + figures if above in rolled else figures
    return dict(sorted(rolled.items()))
