"""What a person wrote, read as an answer to one question."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import lru_cache

from kkb_core.survey.events import Refusal
from kkb_core.survey.questionnaire import Choice, Question, QuestionType
from kkb_core.survey.spoken import NUMBERS, date_in, number_in, plain

LONGEST_TEXT = 1000  # characters of an answer in words
LONGEST_PHRASE = 200  # characters of anything that is matched, counted or dated
LONGEST_PLACE = 3  # digits
SHORTEST_PREFIX = 3
MOST_WORDS = 12  # of one choice's label

BETWEEN_CHOICES = re.compile(r"[,;/&+\n]|\b(?:dan|lan|and|karo|serta|sarta|kaliyan|kalihan)\b")
SPAN = re.compile(r"(\d{1,3}) (\d{1,3}) ([^\W\d_]+)\b")  # "7-15 tahun" as it is compared
MONTHS = frozenset({"bulan", "bln", "wulan", "wln", "sasi", "month", "months"})
YEARS = frozenset({"tahun", "thn", "th", "taun", "year", "years"})
BEFORE_AGES = frozenset({"umur", "usia", "yuswa", "age", "aged"})
MONTHS_A_YEAR = 12
BEFORE_PLACES = frozenset({"no", "nomor", "nomer", "number", "pilihan", "jawaban", "option"})
POLITE = frozenset({"bu", "pak", "ibu", "bapak", "kak", "mas", "mbak", "min", "dong", "kok"})
JOINERS = "\u200c\u200d"  # invisible, and part of how emoji and some scripts are written


class Refused(Exception):
    """The reply is not an answer to the question."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


def read(question: Question, choices: Sequence[Choice], reply: str) -> str:
    """The coded value of typed words; *choices* are those on offer. Raises Refused."""
    match question.type:
        case QuestionType.TEXT:
            return _text(reply)
        case QuestionType.SELECT_ONE:
            return _one(choices, _short(reply, Refusal.NOT_A_CHOICE))
        case QuestionType.SELECT_MULTIPLE:
            return _several(choices, _short(reply, Refusal.NOT_A_CHOICE))
        case QuestionType.DATE:
            return _date(_short(reply, Refusal.NOT_A_DATE))
        case QuestionType.INTEGER | QuestionType.DECIMAL:
            return _number(question, _short(reply, Refusal.NOT_A_NUMBER))


def read_tap(question: Question, choices: Sequence[Choice], reply: str) -> str:
    """The coded value of a tap, which names choices exactly. Raises Refused."""
    if question.type not in (QuestionType.SELECT_ONE, QuestionType.SELECT_MULTIPLE):
        return read(question, choices, reply)
    named = {choice.name: choice for choice in choices}
    if any(name not in named for name in reply.split()):
        raise Refused(Refusal.NOT_A_CHOICE)
    if question.type is QuestionType.SELECT_MULTIPLE:
        return together(choices, [named[name] for name in reply.split()])
    if reply not in named:
        raise Refused(Refusal.NOT_A_CHOICE)
    return reply


def together(choices: Sequence[Choice], picked: Iterable[Choice]) -> str:
    """Several choices as one answer, in the order shown. Raises Refused."""
    names = {choice.name for choice in picked}
    chosen = [choice for choice in choices if choice.name in names]
    if not chosen:
        raise Refused(Refusal.NOTHING_CHOSEN)
    if len(chosen) > 1 and any(choice.exclusive for choice in chosen):
        raise Refused(Refusal.EXCLUSIVE)
    return " ".join(choice.name for choice in chosen)


def _short(reply: str, refusal: Refusal) -> str:
    """*reply* made plain; nobody needs that many characters to say one thing."""
    if len(reply) > LONGEST_PHRASE:
        raise Refused(refusal)
    return plain(reply.replace("\n", ","))


def _text(reply: str) -> str:
    shown = "".join(filter(_is_shown, unicodedata.normalize("NFC", reply))).strip()
    if not shown.strip(JOINERS):
        raise Refused(Refusal.NOTHING_CHOSEN)
    if len(shown) > LONGEST_TEXT:
        raise Refused(Refusal.TOO_LONG)
    return shown


def _is_shown(char: str) -> bool:
    """Not a control, half a character, or a mark that turns the direction of writing."""
    return char in JOINERS or char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Cs")


def _number(question: Question, reply: str) -> str:
    for word in plain(question.unit or "").split():
        reply = re.sub(rf"(?<![^\W\d_]){re.escape(word)}(?!\w)", " ", reply)
    number = number_in(reply)
    if number is None:
        raise Refused(Refusal.NOT_A_NUMBER)
    if question.type is QuestionType.INTEGER and number != int(number):
        raise Refused(Refusal.NOT_WHOLE)
    return _digits(number)


def _digits(number: Decimal) -> str:
    if number == int(number):
        return str(int(number))
    return f"{number:f}".rstrip("0")


def _date(reply: str) -> str:
    found = date_in(reply)
    if found is None:
        raise Refused(Refusal.NOT_A_DATE)
    return found.isoformat()


def _one(choices: Sequence[Choice], reply: str) -> str:
    words = _key(reply).split()
    found = _match(choices, reply, whole=False)
    while found is None and len(words) > 1 and words[-1] in POLITE:
        words.pop()
        found = _match(choices, " ".join(words), whole=False)
    if found is None:
        raise Refused(Refusal.NOT_A_CHOICE)
    return found.name


def _several(choices: Sequence[Choice], reply: str) -> str:
    one = _match(choices, reply, whole=True)
    if one is not None:
        return one.name
    picked: list[Choice] = []
    for part in BETWEEN_CHOICES.split(reply):
        picked += _in_a_row(choices, [word for word in part.split() if _key(word)])
    if not picked:
        raise Refused(Refusal.NOT_A_CHOICE)
    return together(choices, picked)


def _in_a_row(choices: Sequence[Choice], words: list[str]) -> list[Choice]:
    """The choices in words with only spaces between them, the longest first."""
    picked: list[Choice] = []
    while words:
        size, found = _longest(choices, words)
        picked.append(found)
        words = words[size:]
    return picked


def _longest(choices: Sequence[Choice], words: list[str]) -> tuple[int, Choice]:
    for size in range(min(len(words), MOST_WORDS), 0, -1):
        found = _match(choices, " ".join(words[:size]), whole=size < len(words) and size > 1)
        if found is not None:
            return size, found
    raise Refused(Refusal.NOT_A_CHOICE)


def _match(choices: Sequence[Choice], reply: str, *, whole: bool) -> Choice | None:
    """The choice meant: its label or alias, its place, its name, or (unless *whole*) its beginning.

    What a person sees comes first: where the second choice says "1", typing 1 means that one.
    """
    said = _key(reply)
    if not said:
        return None
    found = _only(choices, lambda choice: said in _said_for(choice))
    if found is None:
        found = _aged(choices, said) if any(map(_span, choices)) else _placed(choices, said)
    if found is None:
        found = _only(choices, lambda choice: said == _kept_key(choice.name))
    if found is None and not whole and len(said) >= SHORTEST_PREFIX:
        found = _only(choices, lambda choice: _begins(choice, said))
    return found


def _only(choices: Sequence[Choice], fits: Callable[[Choice], bool]) -> Choice | None:
    found = [choice for choice in choices if fits(choice)]
    if len(found) > 1:
        raise Refused(Refusal.AMBIGUOUS)
    return found[0] if found else None


def _placed(choices: Sequence[Choice], said: str) -> Choice | None:
    """The choice at the place said: "2", "no 2", "dua"."""
    before, _, place = said.rpartition(" ")
    if before and before not in BEFORE_PLACES:
        return None
    number = (
        int(place) if place.isdecimal() and len(place) <= LONGEST_PLACE else NUMBERS.get(place)
    )
    return choices[number - 1] if number is not None and 0 < number <= len(choices) else None


def _aged(choices: Sequence[Choice], said: str) -> Choice | None:
    """The choice an age falls in: "7", "umur 7", "7 tahun", "8 bulan". It is never a place.

    Where choices are spans of ages, somebody who types 7 has a child of seven.
    """
    words = [word for word in said.split() if word not in BEFORE_AGES]
    number, *unit = words or [""]
    if not number.isdecimal() or len(number) > LONGEST_PLACE or len(unit) > 1:
        return None
    if unit and unit[0] not in MONTHS | YEARS:
        return None
    months = int(number) * (1 if MONTHS.issuperset(unit or YEARS) else MONTHS_A_YEAR)
    spans = ((choice, _span(choice)) for choice in choices)
    return next((one for one, span in spans if span and months in span), None)


def _span(choice: Choice) -> range | None:
    """The ages a choice stands for, in months; None for one that is no span of ages."""
    for words in _said_for(choice):
        found = SPAN.match(words)
        if found and found[3] in MONTHS:
            return range(int(found[1]), int(found[2]) + 1)
        if found and found[3] in YEARS:
            return range(int(found[1]) * MONTHS_A_YEAR, (int(found[2]) + 1) * MONTHS_A_YEAR)
    return None


def _said_for(choice: Choice) -> list[str]:
    return [_kept_key(words) for words in (*choice.label.values(), *choice.aliases)]


def _begins(choice: Choice, said: str) -> bool:
    return any(words.startswith(said) for words in (*_said_for(choice), _kept_key(choice.name)))


def _key(text: str) -> str:
    """What is compared: letters and digits, one space wherever something else stood."""
    return " ".join(re.findall(r"[^\W_]+", plain(text)))


_kept_key = lru_cache(maxsize=8192)(
    _key
)  # for the questionnaire's words; never for what people say
