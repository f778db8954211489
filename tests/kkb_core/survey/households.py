"""Households written the way the golden table writes them, and what would be their best answers."""

from pathlib import Path

from kkb_core.survey.packs import Pack, Points

TABLE = Path(__file__).parent / "golden_scores.md"
BIG_HOUSE, SMALL_HOUSE = "240", "4"


def tables() -> list[list[dict[str, str]]]:
    """Every table of the golden file, a dictionary a row."""
    found: list[list[list[str]]] = [[]]
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [
        [dict(zip(head, row, strict=True)) for row in rows]
        for head, _, *rows in filter(None, found)
    ]


def profiles() -> dict[str, dict[str, str]]:
    """The profile of each kind of household."""
    return {row["household"]: written(row["profile"]) for row in tables()[0]}


def written(words: str) -> dict[str, str]:
    """`A=ya B=blank kids=a+b` as answers."""
    pairs = (word.split("=") for word in words.split())
    return {name: "" if value == "blank" else value.replace("+", " ") for name, value in pairs}


def answered(pack: Pack, household: str, answers: str) -> dict[str, str]:
    """All answers of a household of the table, to every question *pack* scores."""
    first, *differing = answers.split()
    scored = [points for scale in pack.scales for item in scale.items for points in item.parts]
    given = {points.question: _answer(points, first) for points in scored}
    return given | profiles()[household] | written(" ".join(differing))


def _answer(points: Points, which: str) -> str:
    if which == "blank":
        return ""
    if points.ratio is not None:
        return BIG_HOUSE if which == "best" else SMALL_HOUSE
    worth = {name: found for name, found in points.choices.items() if found is not None}
    return (max if which == "best" else min)(worth, key=lambda name: worth[name])
