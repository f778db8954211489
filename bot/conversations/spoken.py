"""Words people type instead of pressing a button, in any of the three languages."""

import re
from collections.abc import Iterable, Mapping

from kkb_core.i18n import say
from kkb_core.messaging import Language
from kkb_core.survey.spoken import NUMBERS, number_in

NOON = 12
WAKING = 8  # an hour below it, said without a part of the day, is one of the evening
YES = ("ya", "y", "iya", "iyo", "yo", "yes", "inggih", "nggih", "boleh", "setuju", "sarujuk", "ok", "oke", "sudah", "sampun", "kena", "aman", "mau", "1")  # fmt: skip
NO = ("tidak", "tdk", "no", "n", "ora", "mboten", "nggak", "enggak", "gak", "ga", "belum", "durung", "jangan", "ndak", "emoh", "moh", "tidak usah", "tdk usah", "gak usah", "ga usah", "nggak usah", "ora usah", "tidak mau", "gak mau", "ga mau", "nggak mau", "tidak boleh", "2")  # fmt: skip
YES_LABELS = ("consent.yes", "consent.contact_yes", "consent.may", "round.same_yes")
NO_LABELS = (
    "consent.no",
    "consent.contact_no",
    "consent.may_not",
    "round.same_no",
    "welcome.adult_no",
)
CRIES = (
    "tolong", "tolong saya", "minta tolong", "bantuan", "butuh bantuan", "butuh bantuan sekarang", "darurat",
    "tulung", "tulungi", "nyuwun tulung", "help me", "i need help", "emergency",
)  # fmt: skip
_IN_NEED = re.compile(
    r"\b(kdrt|dipukul\w*|dipukuli|dianiaya|disiksa|diperkosa|dilecehkan|dibunuh|bunuh diri"
    r"|digebugi|diantemi|beaten|raped|suicide|kill myself)\b"
)
WISHES = {
    "home.continue": ("on", ("lanjut", "lanjutkan", "terus", "teruskan", "nerusake", "next", "continue")),
    "home.result": ("result", ("hasil", "hasilnya", "result")),
    "home.edit": ("edit", ("ubah", "ganti", "ganti jawaban", "change")),
}  # fmt: skip
MOVES = {
    "ask.back": ("back", ("kembali", "balik", "mundur", "bali", "back")),
    "ask.skip": ("skip", ("lewati", "lewat", "skip", "liwati", "lanjut saja")),
    "ask.dont_know": ("dk", ("?", "tidak tahu", "tdk tahu", "gak tahu", "ga tau", "gak tau", "nggak tahu", "ora ngerti", "mboten ngertos", "embuh", "mbuh", "don't know", "dont know")),
    "ask.explain": ("why", ("jelaskan", "maksudnya", "apa maksudnya", "terangna", "explain", "help")),
    "ask.later": ("later", ("nanti", "nanti saja", "nanti dulu", "mengko", "mengko wae", "later", "istirahat", "tidak aman", "belum aman", "tdk aman", "gak aman", "ga aman", "nggak aman", "ora aman", "durung aman", "not safe")),
    "ask.help": ("help", ("bantu", "bantu kader", "kader", "minta bantuan")),
    "ask.keep": ("keep", ("biarkan", "biar", "tetap", "jarke", "tetep", "keep", "keep it")),
    "ask.done_picking": ("done", ("selesai", "selesai memilih", "rampung", "done", "sudah")),
    "ask.safe": ("safe", ("aman", "ya aman")),
}  # fmt: skip

_PLACE = re.compile(r"\b(rw|rt)(?![^\W\d_])")
_HOUR = re.compile(
    r"(?:(?:ya|ingatkan|elingke|elingna|remind me|nanti|mengko|ngko|besok|sesuk|later|tomorrow|saja|wae)\s+)*"
    r"(?:jam|pukul|tabuh|at)\s*(?P<half>setengah\s+)?"
    r"(?:(?P<hour>\d{1,2})(?:[.:](?P<minute>\d{2}))?|(?P<word>[a-z]+))"
    r"(?:\s+(?P<part>pagi|esuk|isuk|siang|awan|sore|malam|bengi|wengi|am|pm))?"
    r"(?:\s+(?:ya|saja|aja|wae|dulu))*"
)
_NOON = ("siang", "awan", "pm")
_MORNING = ("pagi", "esuk", "isuk", "am")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")


def plain(text: str) -> str:
    """*text* without case, doubled spaces, and signs at its ends; a lone "?" stays."""
    tight = " ".join(text.casefold().split())
    return _EDGES.sub("", tight) or tight[:1]


def yes_or_no(text: str) -> str | None:
    """Read as "yes" or "no", else None."""
    word = plain(text)
    return "yes" if _in(word, YES, YES_LABELS) else "no" if _in(word, NO, NO_LABELS) else None


def language(text: str) -> Language | None:
    """The language meant by its name, its code or its number."""
    word = plain(text)
    for number, one in enumerate(Language, start=1):
        name = say(f"language.{one.value}", one).casefold()
        if word in (one.value, str(number), name, name.split()[-1]):
            return one
    return None


def places(text: str, asked: str) -> dict[str, int]:
    """The RW and RT meant, as "rw" and "rt": "3" is what was *asked*, "RT 02/RW 05" is both."""
    before, *named = _PLACE.split(" ".join(text.casefold().split()))
    parts = list(zip(named[::2], named[1::2], strict=True)) or [(asked, before)]
    found = {which: number for which, part in parts if (number := _one_number(part)) is not None}
    return found if asked in found and len(found) == len(parts) else {}


def _one_number(text: str) -> int | None:
    digits = re.findall(r"\d+", text)
    if len(digits) > 1:
        return None
    number = int(digits[0][:4]) if digits else number_in(text)
    return None if number is None else int(number)


def move(text: str) -> str | None:
    """What a typed word asks of the question: "back", "skip", "dk", "why", "later", "help", "done", "safe"."""
    return _meant(text, MOVES)


def cries_for_help(text: str) -> bool:
    """Whether somebody writes that they are in need, wherever they are asked something else."""
    word = plain(text)
    return word in CRIES or _IN_NEED.search(word) is not None


def wish(text: str) -> str | None:
    """What a typed word asks for between questions: "on", "result", "edit"."""
    return _meant(text, WISHES)


def _meant(text: str, known: Mapping[str, tuple[str, tuple[str, ...]]]) -> str | None:
    word = plain(text)
    for key, (name, words) in known.items():
        if _in(word, words, (key,)):
            return name
    return None


def hour(text: str) -> int | None:
    """The time of day in "nanti jam 19.30", in minutes after midnight; None for other words.

    Without a part of the day, the reading in which people are awake: jam 7 is 19.00.
    """
    found = _HOUR.fullmatch(plain(text))
    if found is None:
        return None
    number = NUMBERS.get(found["word"]) if found["word"] else int(found["hour"])
    minute = int(found["minute"] or 0)
    if number is None or number > 2 * NOON or minute > 59:  # noqa: PLR2004  minutes
        return None
    number = _of_the_day(number, found["part"])
    return (number * 60 + minute - (30 if found["half"] else 0)) % (24 * 60)


def _of_the_day(number: int, part: str | None) -> int:
    if number >= NOON:
        return 0 if number == NOON and part not in (None, *_NOON) else number
    if part in _MORNING or (part in _NOON and number >= NOON - 2):
        return number
    return number + NOON if part or number < WAKING else number


def _in(word: str, words: Iterable[str], keys: Iterable[str]) -> bool:
    return word in words or any(
        word == say(key, language).casefold() for key in keys for language in Language
    )
