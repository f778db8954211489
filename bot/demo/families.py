"""Made-up families: who lives there and how they are, drawn so that one thing fits the other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

BANDS = {  # the age bands of the profile, by full years
    "0_23m": range(2),
    "2_4": range(2, 5),
    "5_6": range(5, 7),
    "7_15": range(7, 16),
    "16_18": range(16, 19),
    "19_24": range(19, 25),
}
NAMES = (
    "Aminah", "Budi", "Casmi", "Darsono", "Eka", "Fatimah", "Ghofur", "Hartini",
    "Imron", "Jumiati", "Kasmuri", "Lestari", "Maryam", "Nurhadi", "Olifah", "Purwanti",
    "Qomariyah", "Rohmat", "Siti", "Tarmidi", "Umi", "Wahyudi", "Yulianti", "Zaenal",
)  # fmt: skip
KINDS = {"couple": 68, "mother": 9, "father": 3, "elder": 8, "generations": 9, "grandchild": 3}
MORE_CHILDREN = 0.55  # chance of one more, after each
YEARS_OLD = 60
OLDEST_PREGNANT = 42
PREGNANT, DISABLED = 0.1, 0.07  # chances


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One made-up family. `wellbeing` is what its answers have in common, 0 on average."""

    name: str
    rw: int
    rt: int
    profile: Mapping[str, str]  # answers to the profile block
    wellbeing: float


def families(draw: Random, count: int) -> Iterator[Family]:
    """*count* families, five or so to each of the RTs of four RWs."""
    for number in range(count):
        place = number * 12 // max(count, 12)
        yield Family(
            name=f"Keluarga {draw.choice(NAMES)}",
            rw=place // 3 + 1,
            rt=place % 3 + 1,
            profile=_profile(draw),
            wellbeing=draw.gauss(0, 1),
        )


def _profile(draw: Random) -> dict[str, str]:
    (kind,) = draw.choices(list(KINDS), list(KINDS.values()))
    couple = kind in {"couple", "generations"}
    mothers_age = draw.randint(19, 66) if couple else draw.randint(24, 52)
    ages = _children(draw, kind, mothers_age)
    adults = {"couple": 2, "generations": 3}.get(kind, 1)
    elder = kind in {"elder", "generations", "grandchild"} or mothers_age >= YEARS_OLD
    return {
        "members": str(adults + len(ages)),
        "couple": _yes(couple),
        "wife_age": str(mothers_age),
        "pregnant": _yes(couple and mothers_age < OLDEST_PREGNANT and draw.random() < PREGNANT),
        "elder": _yes(elder),
        "disability": _yes(draw.random() < DISABLED),
        "head_status": "kawin" if couple else draw.choice(("cerai_hidup", "cerai_mati")),
        **_bands(ages),
    }


def _children(draw: Random, kind: str, mothers_age: int) -> list[int]:
    """Ages of those at home, the youngest first."""
    if kind == "elder":
        return []
    if kind == "grandchild":
        return [draw.randint(5, 17)]
    ages = []
    age = mothers_age - draw.randint(18, 27)
    while age >= 0:
        ages.append(age)
        if draw.random() > MORE_CHILDREN:
            break
        age -= draw.choice((1, 2, 3, 3, 4, 5, 6))
    return sorted(age for age in ages if age in range(25))


def _bands(ages: Sequence[int]) -> dict[str, str]:
    counts = {band: sum(age in years for age in ages) for band, years in BANDS.items()}
    chosen = [band for band, count in counts.items() if count]
    known = {f"kids_{band}": str(counts[band]) for band in chosen}
    known["kids"] = " ".join(chosen) or "tidak_ada"
    known["teen10"] = _yes(any(age in range(10, 16) for age in ages))
    if len(ages) > 1:
        known["youngest_gap"] = str(ages[1] - ages[0])
    return known


def _yes(holds: bool) -> str:  # noqa: FBT001 - a claim made into an answer
    return "ya" if holds else "tidak"
