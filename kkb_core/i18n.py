"""Interface words from the gettext catalogues in `locales/`; Javanese falls back to Indonesian, then English.

A language has one catalogue for each kind of reader: `family.po`, `cadre.po`, ... Questionnaire texts do not come from here: they exist in every language or do not load.
"""

from datetime import date
from functools import cache, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from io import BytesIO

from babel.dates import format_date
from babel.messages.pofile import read_po

from kkb_core.errors import DefinitionError
from kkb_core.messaging import Language

HOME_ZONE = "Asia/Jakarta"  # of a person with neither household nor role
ZONE_NAMES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}

FALLBACK: dict[Language, tuple[Language, ...]] = {
    Language.ID: (Language.ID, Language.EN),
    Language.JV: (Language.JV, Language.ID, Language.EN),
    Language.EN: (Language.EN, Language.ID),
}


@cache
def catalogue(language: Language) -> dict[str, str]:
    """Every translated key of one language; drafts ("fuzzy") are words too.

    Raises DefinitionError for a key that two catalogues have.
    """
    words: dict[str, str] = {}
    for file in sorted(_folder(language).iterdir(), key=lambda file: file.name):
        read = read_po(BytesIO(file.read_bytes()), locale=language.value)
        for message in (one for one in read if one.id and one.string):
            if str(message.id) in words:
                raise DefinitionError(f"{file.name}: {message.id} is in two catalogues; keep one")
            words[str(message.id)] = str(message.string)
    return words


def _folder(language: Language) -> Traversable:
    return resources.files("kkb_core").joinpath("locales", language.value)


@cache
def _template(key: str, language: Language) -> str:
    for candidate in FALLBACK[language]:
        found = catalogue(candidate).get(key)
        if found is not None:
            return found
    raise KeyError(key)


def say(key: str, language: Language, /, **values: object) -> str:
    """The words for *key*, with `{name}` places filled from *values*.

    Raises KeyError for a key no catalogue has: a mistake in our code, found by the tests.
    """
    template = _template(key, language)
    return template.format(**values) if values else template


def weekday(when: date, language: Language) -> str:
    """Senin, 9 Maret 2026."""
    return format_date(when, "EEEE, d MMMM y", locale=language.value)


def months(first: date, last: date, language: Language) -> str:
    """The months from one day to another: "Maret–September 2026"."""
    begin, end = (format_date(day, "LLLL y", locale=language.value) for day in (first, last))
    if begin == end:
        return end
    if first.year == last.year:
        begin = format_date(first, "LLLL", locale=language.value)
    return f"{begin}–{end}"


def day(when: date, language: Language) -> str:
    """9 Maret 2026."""
    return format_date(when, "d MMMM y", locale=language.value)


@lru_cache(maxsize=64)
def days(first: date, last: date, language: Language) -> str:
    """9-15 Maret 2026, or 30 Maret - 5 April 2026; a stretch is said in full (domain section 13)."""
    pattern = "d" if (first.year, first.month) == (last.year, last.month) else "d MMMM"
    if first.year != last.year:
        pattern = "d MMMM y"
    dash = "\u2013" if pattern == "d" else " \u2013 "
    return f"{format_date(first, pattern, locale=language.value)}{dash}{day(last, language)}"


def points(tenths: int, language: Language) -> str:
    """Tenths of a point as 71,2 (71.2 in English)."""
    whole, rest = divmod(abs(tenths), 10)
    mark = "." if language is Language.EN else ","
    return f"{'-' if tenths < 0 else ''}{whole}{mark}{rest}"
