import re
import string
import tomllib
from datetime import UTC, datetime
from importlib import resources
from zoneinfo import ZoneInfo

import pytest

from bot.web import labels
from bot.web.phones import Kind
from kkb_core.messaging import Language

JENGGOT = ZoneInfo("Asia/Jakarta")
EVENING = datetime(2026, 3, 10, 20, 5, tzinfo=UTC)  # already the 11th in Jenggot


@pytest.mark.parametrize("language", Language)
def test_every_label_exists_in_every_language(language):
    assert all(text.strip() for text in labels.labels(language).values())


def test_labels_are_plain_words_without_places_to_fill():
    read = tomllib.loads(resources.files("bot.web").joinpath("labels.toml").read_text("utf-8"))
    texts = [text for each in read.values() for text in each.values()]

    assert all(name is None for text in texts for _, name, _, _ in string.Formatter().parse(text))


def test_every_label_is_used_by_the_page():
    folder = resources.files("bot.web").joinpath("templates")
    templates = "".join(file.read_text("utf-8") for file in folder.iterdir())
    used = set(re.findall(r"say\.(\w+)", templates)) | set(re.findall(r'"(try_\w+)"', templates))
    used |= {f"kind_{kind.value}" for kind in Kind}

    assert used == set(labels.labels(Language.ID))


@pytest.mark.parametrize(
    ("wish", "accepted", "language"),
    [
        ("jv", "en-US,en;q=0.9", Language.JV),
        (None, "en-US,en;q=0.9,id;q=0.8", Language.EN),
        (None, "fr-FR,jv;q=0.5", Language.JV),
        ("xx", "", Language.ID),
        (None, ";;,,q=", Language.ID),
    ],
)
def test_the_page_speaks_the_language_wished_for(wish, accepted, language):
    assert labels.preferred(wish, accepted) is language


@pytest.mark.parametrize(
    ("language", "day"),
    [
        (Language.ID, "Rabu, 11 Maret 2026"),
        (Language.JV, "Rabu, 11 Maret 2026"),
        (Language.EN, "Wednesday, 11 March 2026"),
    ],
)
def test_a_day_is_the_day_where_the_family_lives(language, day):
    assert labels.day(EVENING, JENGGOT, language) == day


def test_a_time_is_written_as_in_indonesia():
    assert labels.clock_time(EVENING, JENGGOT) == "03.05"


@pytest.mark.parametrize(
    ("zone", "name"),
    [("Asia/Jakarta", "WIB"), ("Asia/Makassar", "WITA"), ("Asia/Jayapura", "WIT")],
)
def test_zones_have_their_indonesian_names(zone, name):
    assert labels.zone_name(ZoneInfo(zone)) == name
