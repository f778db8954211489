"""What the answers of households add up to beside their scores: items, and who the services are for."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from kkb_core.summary.tallies import SMALLEST
from kkb_core.survey.packs import Combine, Pack, Points, ScoredItem
from kkb_core.survey.questionnaire import Questionnaire
from kkb_core.survey.worth import worth_of

NO_ANSWER = ("", "?", None)
OFTEN = frozenset({"selalu", "sering"})
YES = frozenset({"ya"})
BANDS = "kids"

# What is counted: a question, the answers that count as yes, and those that say "not for us".
QUESTIONS: Mapping[str, tuple[str, frozenset[str], frozenset[str]]] = {
    "pregnant": ("pregnant", YES, frozenset()),
    "elder": ("elder", YES, frozenset()),
    "marriage_book": ("LIN3", YES, frozenset()),
    "birth_certificates": ("LIN4", YES, frozenset()),
    "insurance": ("LIN5", YES, frozenset()),
    "worship": ("AGM1", YES, frozenset()),
    "community_work": ("SOS1", YES, frozenset()),
    "organisers": ("SOS2", YES, frozenset()),
    "shared_care": ("CIN2", YES, frozenset()),
    "play_with_child": ("PEN2", OFTEN, frozenset()),
    "talk_with_teen": ("REP4", OFTEN, frozenset()),
    "care_for_elder": ("CIN7", OFTEN, frozenset()),
    "plan_spending": ("EKO5", OFTEN, frozenset()),
    "savings": ("EKO4", YES, frozenset()),
    "in_school": ("PEN1", YES, frozenset()),
    "posyandu": ("REP6", YES, frozenset()),
    "antenatal": ("REP1a", YES, frozenset()),
    "immunised": ("REP7c", YES, frozenset()),
    "family_planning": (
        "REP2",
        frozenset({"suntik_pil_kondom", "mkjp"}),
        frozenset({"hamil", "ingin_nanti"}),
    ),
    "safe_water": (
        "LGK1",
        frozenset({"kemasan", "ledeng", "sumur_bor", "sumur_terlindung"}),
        frozenset(),
    ),
    "toilet": ("LGK2", frozenset({"septik"}), frozenset()),
    "sound_house": ("LGK3", YES, frozenset()),
    "waste": ("LGK5", OFTEN, frozenset()),
    "drained_tub": ("LGK6", OFTEN, frozenset()),
}

# Families with children of these ages: (bands of the profile, the answer that says so as well).
AGES: Mapping[str, tuple[frozenset[str], str]] = {
    "baduta": (frozenset({"0_23m"}), ""),
    "bkb": (frozenset({"0_23m", "2_4", "5_6"}), ""),
    "bkr": (frozenset({"16_18", "19_24"}), "teen10"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of those it applies to say yes."""

    of: int = 0
    yes: int = 0

    def __add__(self, other: "Share") -> "Share":
        return Share(of=self.of + other.of, yes=self.yes + other.yes)

    @property
    def percent(self) -> int | None:
        """Whole percent; None where either side would be a cell of too few households."""
        if self.of < SMALLEST or any(0 < one < SMALLEST for one in (self.yes, self.of - self.yes)):
            return None
        return round(Fraction(100 * self.yes, self.of))


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Sums over households: `shares` by the names above, `items` (how many, points) by item."""

    shares: Mapping[str, Share] = field(default_factory=dict)
    items: Mapping[str, tuple[int, Fraction | int]] = field(default_factory=dict)

    def __add__(self, other: "Readings") -> "Readings":
        return Readings(
            shares={
                name: self.share(name) + other.share(name)
                for name in self.shares.keys() | other.shares.keys()
            },
            items={
                name: _plus(self.items.get(name, NOTHING), other.items.get(name, NOTHING))
                for name in self.items.keys() | other.items.keys()
            },
        )

    def share(self, name: str) -> Share:
        """The share called *name*; nobody of nobody where nothing was read."""
        return self.shares.get(name, Share())

    def lowest_item(self, names: Iterable[str]) -> str | None:
        """The one of *names* with the lowest mean, of those that SMALLEST households answered."""
        means = [
            (Fraction(points, count), at, name)
            for at, name in enumerate(names)
            for count, points in (self.items.get(name, NOTHING),)
            if count >= SMALLEST
        ]
        return min(means)[2] if means else None


NOTHING = (0, 0)


def _plus(
    one: tuple[int, Fraction | int], other: tuple[int, Fraction | int]
) -> tuple[int, Fraction | int]:
    return one[0] + other[0], one[1] + other[1]


class Reader:
    """Reads answers to one version by one pack; private questions are not looked at."""

    def __init__(self, pack: Pack, questionnaire: Questionnaire) -> None:
        private = {name for name, one in questionnaire.questions.items() if one.sensitive}
        self.items: dict[str, tuple[ScoredItem, ...]] = {
            scale.name: tuple(
                item
                for item in scale.items
                if item.weight and not any(part.question in private for part in item.parts)
            )
            for scale in pack.scales
        }
        every = [item for items in self.items.values() for item in items]
        # The answers of most items are counted first and weighed once for all households.
        self._simple = [one for one in every if len(one.parts) == 1 and one.parts[0].ratio is None]
        self._others = [one for one in every if one not in self._simple]
        self._asked = {one.parts[0].question for one in self._simple} | {
            question for question, _, _ in QUESTIONS.values()
        }

    def read(self, households: Iterable[Mapping[str, str]]) -> Readings:
        """What the answers of *households* add up to."""
        every = list(households)
        # A column at a time: a tenth of the time that looking at each household takes.
        said = {
            question: Counter([answers.get(question) for answers in every])
            for question in self._asked
        }
        items = {item.name: _counted(item, said) for item in self._simple}
        for item in self._others:
            items[item.name] = _weighed(item, every)
        shares = {name: _share(said, *rule) for name, rule in QUESTIONS.items()}
        shares |= {name: _with_ages(every, *rule) for name, rule in AGES.items()}
        return Readings(
            shares={name: share for name, share in shares.items() if share.of},
            items={name: sums for name, sums in items.items() if sums[0]},
        )


def _share(
    said: Mapping[str, Mapping[str | None, int]],
    question: str,
    yes: frozenset[str],
    not_for_us: frozenset[str],
) -> Share:
    counts = {
        answer: count
        for answer, count in said.get(question, {}).items()
        if answer not in NO_ANSWER and answer not in not_for_us
    }
    return Share(
        of=sum(counts.values()), yes=sum(count for one, count in counts.items() if one in yes)
    )


def _with_ages(households: Sequence[Mapping[str, str]], ages: frozenset[str], also: str) -> Share:
    known = [answers for answers in households if answers.get("members") not in NO_ANSWER]
    return Share(
        of=len(known),
        yes=sum(
            not ages.isdisjoint(answers.get(BANDS, "").split())
            or (bool(also) and answers.get(also) == "ya")
            for answers in known
        ),
    )


def _counted(
    item: ScoredItem, said: Mapping[str, Mapping[str | None, int]]
) -> tuple[int, Fraction | int]:
    """How many answers an item of one question has that count, and their points."""
    (part,) = item.parts
    weighed = [
        (count, worth)
        for answer, count in said.get(part.question, {}).items()
        if answer and answer != "?" and (worth := _points(part, answer)) is not None
    ]
    return sum(count for count, _ in weighed), sum(count * worth for count, worth in weighed)


def _points(part: Points, answer: str) -> int | None:
    return part.choices[answer] if answer in part.choices else worth_of(part, answer, {})


def _weighed(
    item: ScoredItem, households: Iterable[Mapping[str, str]]
) -> tuple[int, Fraction | int]:
    worths = [worth for one in households if (worth := _worth(item, one)) is not None]
    return len(worths), sum(worths)


def _worth(item: ScoredItem, answers: Mapping[str, str]) -> Fraction | int | None:
    """What the household's answers to *item* are worth, as its score counts them."""
    found = []
    for part in item.parts:
        answer = answers.get(part.question)
        if answer is None:
            continue
        if answer in ("", "?"):
            if part.blank_is_not_scored:
                continue
            return None
        worth = worth_of(part, answer, answers)
        if worth is not None:
            found.append(worth)
    if not found:
        return None
    if item.combine is Combine.MIN:
        return min(found)
    return found[0] if len(found) == 1 else Fraction(sum(found), len(found))
