"""A household's scores worked out from its raw answers with nothing of the product's arithmetic.

What is asked and what it is worth is read from the definitions as data; conditions are Python's own,
sums are fractions, and there is no cleverness: it is to be read beside the rules of the packs.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from types import CodeType

from kkb_core import definitions

KNOWN = definitions.load()
ASKED = KNOWN.current.questions
EIGHT, IBANGGA = KNOWN.pack("delapan_fungsi"), KNOWN.pack("ibangga")
BLANK = ("", "?")


class _Value:
    """An answer in a condition: a comparison with what is not there is false."""

    def __init__(self, text: str | None) -> None:
        self.text = None if text in BLANK else text

    def __eq__(self, other: object) -> bool:
        return self.text == other

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: float) -> bool:
        return self.text is not None and float(self.text) < other

    def __le__(self, other: float) -> bool:
        return self.text is not None and float(self.text) <= other

    def __gt__(self, other: float) -> bool:
        return self.text is not None and float(self.text) > other

    def __ge__(self, other: float) -> bool:
        return self.text is not None and float(self.text) >= other


@cache
def _python(condition: str) -> CodeType:
    python = re.sub(r"\$\{(\w+)\}", r'v("\1")', condition)
    return compile(re.sub(r"(?<![<>=])=(?!=)", "==", python), condition, "eval")


def holds(condition: str | None, answers: Mapping[str, str]) -> bool:
    """Whether a condition of the questionnaire or a pack is true of *answers*."""
    if condition is None:
        return True
    names = {
        "v": lambda name: _Value(answers.get(name)),
        "selected": lambda value, choice: choice in (value.text or "").split(),
        "coalesce": lambda value, other: other if value.text is None else float(value.text),
    }
    return bool(eval(_python(condition), {"__builtins__": {}}, names))  # noqa: S307 - our own files


def that_apply(answers: Mapping[str, str]) -> dict[str, str | None]:
    """The questions that apply to the household, each with its answer or None."""
    found: dict[str, str | None] = {}
    for name, question in ASKED.items():
        known = {one: value for one, value in found.items() if value is not None}
        if holds(question.relevant, known):
            found[name] = answers.get(name)
            if found[name] not in (None, *BLANK):
                gone = {
                    one.name for one in question.choices if not holds(one.choice_filter, known)
                }
                found[name] = " ".join(
                    word for word in str(found[name]).split() if word not in gone
                )
    return found


@dataclass(frozen=True, slots=True)
class Scored:
    """Tenths by scale, "total" and "ibangga", None where nothing is shown; at risk of stunting."""

    tenths: Mapping[str, int | None]
    krs: bool


def scored(answers: Mapping[str, str]) -> Scored:
    """Both packs."""
    known = that_apply(answers)
    eight, index = _pack(EIGHT, known), _pack(IBANGGA, known)
    given = {name: value for name, value in known.items() if value is not None}
    risk = holds(EIGHT.krs.target, given) and any(
        holds(one.when, given) for one in EIGHT.krs.factors
    )
    return Scored({**eight, "ibangga": index["ibangga"]}, risk)


def _pack(pack, known):
    exact, applies = {}, 0
    for scale in pack.scales:
        items = [(item.weight, _item(item, known)) for item in scale.items if item.weight]
        counted = [(weight, worth) for weight, worth in items if worth != "out"]
        answered = [(weight, worth) for weight, worth in counted if worth != "missing"]
        applies += bool(counted)
        enough = 100 * sum(w for w, _ in answered) >= pack.minimum_coverage * sum(
            w for w, _ in counted
        )
        several = len(answered) >= min(pack.minimum_answered, len(counted))
        if counted and enough and several:
            exact[scale.name] = Fraction(
                sum(w * worth for w, worth in answered), sum(w for w, _ in answered)
            )
    shown = exact and 100 * len(exact) >= pack.minimum_shown * applies
    whole = {pack.total: sum(exact.values()) / len(exact)} if shown else {}
    names = [*(scale.name for scale in pack.scales), pack.total]
    return {
        name: round(10 * value) if (value := (exact | whole).get(name)) is not None else None
        for name in names
    }


def _item(item, known):
    """What an item is worth; "out" of the sum, or "missing" in it."""
    worths = [_part(part, known) for part in item.parts if part.question in known]
    if "missing" in worths:
        return "missing"
    given = [worth for worth in worths if worth != "out"]
    if not given:
        return "out"
    return min(given) if item.combine.value == "min" else Fraction(sum(given), len(given))


def _part(part, known):
    answer = known[part.question]
    if answer in BLANK and part.blank_is_not_scored:
        return "out"
    if answer is None or answer in BLANK:
        return "missing"
    if part.ratio is not None:
        many = known.get(part.ratio.divide_by)
        if many is None or many in BLANK:
            return "out"
        enough = Fraction(answer) >= Fraction(str(part.ratio.at_least)) * Fraction(many)
        return part.ratio.then if enough else part.ratio.otherwise
    worths = [part.choices[one] for one in answer.split() if part.choices[one] is not None]
    return min(worths) if worths else "out"
