"""The page's own words, and how it writes days and times; the chat's words are the conversations'."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from babel.dates import format_time

from kkb_core.errors import DefinitionError
from kkb_core.i18n import ZONE_NAMES, weekday
from kkb_core.messaging import Language


@cache
def labels(language: Language) -> Mapping[str, str]:
    """Every label in *language*; raises DefinitionError where one is missing."""
    read = tomllib.loads(resources.files("bot.web").joinpath("labels.toml").read_text("utf-8"))
    for key, texts in read.items():
        if language not in texts:
            raise DefinitionError(f"labels.toml: [{key}] has no text in {language.value}; add it")
    return {key: texts[language] for key, texts in read.items()}


def preferred(wish: str | None, accepted: str = "") -> Language:
    """The language asked for, else the first one the browser accepts, else Indonesian."""
    wishes = [wish or "", *(part.split(";")[0].strip()[:2] for part in accepted.split(","))]
    known = [Language(wish) for wish in wishes if wish in set(Language)]
    return known[0] if known else Language.ID


def day(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """`Selasa, 10 Maret 2026`."""
    return weekday(at.astimezone(zone), language)


def clock_time(at: datetime, zone: ZoneInfo) -> str:
    """`09.14`, the way Indonesia writes it."""
    return format_time(at.astimezone(zone), "HH.mm", locale="id")


def zone_name(zone: ZoneInfo) -> str:
    """WIB, WITA or WIT."""
    return ZONE_NAMES.get(zone.key, zone.key)
