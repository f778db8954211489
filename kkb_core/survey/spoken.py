"""Numbers and dates as people write them in Indonesian, Javanese and English."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

LONGEST_NUMBER = 15  # digits
YEARS = range(1900, 2200)
PIVOT = 69  # two-digit years: 69-99 are 19xx, 00-68 are 20xx


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


WORDS_FOR_NUMBERS = (
    "nol kosong enol zero",
    "satu siji setunggal one",
    "dua loro kalih two",
    "tiga telu three",
    "empat papat sekawan four",
    "lima gangsal five",
    "enam enem six",
    "tujuh pitu seven",
    "delapan wolu eight",
    "sembilan sanga songo nine",
    "sepuluh sedasa ten",
    "sebelas sewelas eleven",
    "dua_belas rolas kalih_welas twelve",
    "tiga_belas telulas tiga_welas thirteen",
    "empat_belas patbelas fourteen",
    "lima_belas limalas gangsal_welas fifteen",
    "enam_belas nembelas sixteen",
    "tujuh_belas pitulas seventeen",
    "delapan_belas wolulas eighteen",
    "sembilan_belas sangalas nineteen",
    "dua_puluh rong_puluh kalih_dasa twenty",
)
NUMBERS = {
    word.replace("_", " "): number
    for number, words in enumerate(WORDS_FOR_NUMBERS)
    for word in words.split()
}
# Before "puluh" or "dasa", and what says its tens alone; a unit may follow: "tiga puluh dua".
WORDS_BEFORE_TENS = {
    2: "dua rong kalih",
    3: "tiga telung tigang",
    4: "empat patang sekawan",
    5: "lima limang gangsal",
    6: "enam nem enem",
    7: "tujuh pitung",
    8: "delapan wolung",
    9: "sembilan sangang",
}
TENS = {word: 10 * ten for ten, words in WORDS_BEFORE_TENS.items() for word in words.split()}
WHOLE_TENS = {
    "kawandasa": 40, "seket": 50, "sewidak": 60, "suwidak": 60,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
# What may stand around a number without changing it. "kurang dari 5" is not among it.
AROUND_NUMBERS = _words(
    "orang org jiwa anak wong bocah tiyang lare people person persons child children kids",
    "tahun taun thn th bulan wulan sasi bln years year old months month meter persegi kali ping",
    "times ada ana wonten cuma hanya mung namung only kira sekitar kurleb udakara about",
    "bu pak ibu bapak kak mas mbak min ya",
)
WORDS_FOR_MONTHS = (
    "januari january jan",
    "februari pebruari febuari february feb peb",
    "maret march mar mrt",
    "april apr",
    "mei may",
    "juni june jun",
    "juli july jul",
    "agustus august agu agt ags agst aug",
    "september sep sept",
    "oktober october okt oct",
    "november nopember nov nop",
    "desember dhesember december des dec",
)
MONTHS = {word: month for month, words in enumerate(WORDS_FOR_MONTHS, 1) for word in words.split()}
AROUND_DATES = _words(
    "tanggal tgl hari dina on the of st nd rd th",
    "senin selasa rabu kamis jumat sabtu minggu senen rebo kemis jemuwah setu ahad",
    "monday tuesday wednesday thursday friday saturday sunday",
)

NUMBER_OR_WORD = re.compile(r"(?<![\w.,])-?\d+(?:[.,]\d+)*|\d+(?:[.,]\d+)*|[^\W\d_]+")
SQUARE_METRES = re.compile(r"(?<![^\W\d_])m ?2(?!\w)")
UNDECIDED = re.compile(r"[1-9]\d{0,2},\d{3}")  # a thousand in English, one and a bit in Indonesian
THOUSANDS = re.compile(r"[1-9]\d{0,2}(\.\d{3})+")


def plain(text: str) -> str:
    """Lower case, one kind of digit, dash and space; nothing invisible, no emoji."""
    return " ".join("".join(map(_plain, unicodedata.normalize("NFKC", text).casefold())).split())


def _plain(char: str) -> str:
    if char.isascii():
        return char if char.isprintable() else " " if char.isspace() else ""
    match unicodedata.category(char):
        case "Nd":
            return str(unicodedata.decimal(char))
        case "Pd":
            return "-"
        case "Sm":
            return "-" if char == "\N{MINUS SIGN}" else char
        case "Pi" | "Pf":
            return "'"
        case "Zs" | "Zl" | "Zp":
            return " "
        case "Cc" | "Cf" | "Cs" | "Co" | "Cn" | "So" | "Sk" | "Me":
            return ""
        case "Mn" if "\ufe00" <= char <= "\ufe0f":  # asks for the emoji form of what precedes
            return ""
    return char


def number_in(text: str) -> Decimal | None:
    """The one number in *text*, in digits or (0 to 99) words; None if there is none or several.

    A comma is the decimal sign, as is a dot, except before exactly three digits: 1.000 is a
    thousand, the Indonesian way, 0.500 is a half and 1,000 could be either, so it is none. Where
    both signs stand, the last one is the decimal sign.
    """
    found = list(_numbers(SQUARE_METRES.sub(" meter", plain(text))))
    return found[0] if len(found) == 1 else None


def _numbers(text: str) -> Iterator[Decimal | None]:
    """Each number in *text*; None for a word that may change its meaning."""
    words = NUMBER_OR_WORD.findall(text)
    at = 0
    while at < len(words):
        both, word = " ".join(words[at : at + 2]), words[at]
        if tens := _tens(words[at : at + 3]):
            number, length = tens
            yield Decimal(number)
            at += length - 1
        elif both in NUMBERS:
            yield Decimal(NUMBERS[both])
            at += 1
        elif word in NUMBERS:
            yield Decimal(NUMBERS[word])
        elif word[-1].isdecimal():
            yield _decimal(word)
        elif word not in AROUND_NUMBERS:
            yield None
            return
        at += 1


def _tens(words: list[str]) -> tuple[int, int] | None:
    """The number that *words* begin with, from twenty up, and how many words say it."""
    length = 2 if words[1:2] in (["puluh"], ["dasa"]) else 1
    tens = (TENS if length > 1 else WHOLE_TENS).get(words[0])
    if tens is None:
        return None
    unit = NUMBERS.get(words[length], 0) if len(words) > length else 0
    return (tens + unit, length + 1) if 0 < unit < 10 else (tens, length)  # noqa: PLR2004


def _decimal(digits: str) -> Decimal | None:
    if sum(map(str.isdecimal, digits)) > LONGEST_NUMBER:
        return None
    sign, bare = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    if UNDECIDED.fullmatch(bare):
        return None
    if THOUSANDS.fullmatch(bare):
        bare = bare.replace(".", "")
    whole, _, fraction = bare.replace(",", ".").rpartition(".")
    if not whole:
        return Decimal(sign + bare)
    if bare.count(".") + bare.count(",") > 1 and not _grouped(bare):
        return None
    return Decimal(f"{sign}{whole.replace('.', '')}.{fraction}")


def _grouped(bare: str) -> bool:
    """Whether `1.234.567,8` or `1,234,567.8` has its thousands in groups of three."""
    return bool(re.fullmatch(r"\d{1,3}((\.\d{3})+,\d+|(,\d{3})+\.\d+)", bare))


def date_in(text: str) -> date | None:
    """The date in *text*: 2026-03-09, 9/3/2026, 9-3-26, 9 Maret 2026, March 9, 2026.

    Day before month, except after a year. A date without its year is none: nobody here knows today.
    """
    written = unicodedata.normalize("NFKD", plain(text))
    bare = "".join(char for char in written if not unicodedata.combining(char) and char != "'")
    parts = [part for part in re.findall(r"\d+|[^\W\d_]+", bare) if part not in AROUND_DATES]
    if len(parts) != 3 or any(len(part) > 9 for part in parts):  # noqa: PLR2004  day, month, year
        return None
    return _date(*parts)


def _date(first: str, second: str, third: str) -> date | None:
    if first in MONTHS:
        first, second = second, first
    if second in MONTHS:
        second = str(MONTHS[second])
    if not (first.isdigit() and second.isdigit() and third.isdigit()):
        return None
    day, year = (third, first) if len(first) == 4 else (first, third)  # noqa: PLR2004  2026-03-09
    try:
        found = date(_year(year), int(second), int(day))
    except ValueError:
        return None
    return found if found.year in YEARS else None


def _year(digits: str) -> int:
    year = int(digits)
    match len(digits):
        case 2:
            return year + (1900 if year >= PIVOT else 2000)
        case 4:
            return year
    raise ValueError(digits)
