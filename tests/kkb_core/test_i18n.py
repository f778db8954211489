"""Interface words: every language has every key, with the same places to fill; code uses no other."""

import re
import string
from datetime import date
from pathlib import Path

import pytest

from kkb_core.i18n import catalogue, months, say
from kkb_core.messaging import Language

ROOT = Path(__file__).parents[2]
USED = sorted(
    {
        key
        for file in (ROOT / "bot").rglob("*.py")
        for key in re.findall(
            r'(?:words|button|say)\(\s*"([a-z_]+\.[a-z_0-9]+)"', file.read_text()
        )
    }
)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", Language)
def test_every_language_has_every_key(language):
    assert catalogue(language).keys() == catalogue(Language.ID).keys()


def test_the_places_to_fill_are_the_same_in_every_language():
    to_fill = [
        {key: places(words) for key, words in catalogue(language).items()} for language in Language
    ]

    assert all(one == to_fill[0] for one in to_fill)


def test_what_the_code_says_exists():
    assert [key for key in USED if key not in catalogue(Language.ID)] == []


def test_javanese_stays_marked_as_a_draft():
    files = (ROOT / "kkb_core/locales/jv").iterdir()
    drafts = sum(file.read_text(encoding="utf-8").count("#, fuzzy") for file in files)

    assert drafts == len(catalogue(Language.JV))


def test_a_persons_braces_are_words_and_no_template():
    assert "{x}" in say("home.at", Language.ID, household="{x}")


@pytest.mark.parametrize(
    ("first", "last", "language", "said"),
    [
        (date(2026, 3, 9), date(2026, 3, 31), Language.ID, "Maret 2026"),
        (date(2026, 3, 9), date(2026, 9, 8), Language.ID, "Maret–September 2026"),
        (date(2026, 3, 9), date(2026, 9, 8), Language.EN, "March–September 2026"),
        (date(2026, 10, 1), date(2027, 3, 31), Language.ID, "Oktober 2026–Maret 2027"),
    ],
)
def test_months_are_said_once_and_the_year_where_it_changes(first, last, language, said):
    assert months(first, last, language) == said
