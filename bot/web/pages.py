"""From what a phone shows to HTML. Everything is escaped; only our templates write markup."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.web import labels
from bot.web.phones import Phone, Shown
from kkb_core.messaging import Language

NAMES = {Language.ID: "Indonesia", Language.JV: "Jawa", Language.EN: "English"}
LINKABLE = frozenset({"https", "http", "tel", "mailto"})


def safe_link(url: str | None) -> str | None:
    """*url* if a tap on it can only open a page, call or write."""
    try:
        return url if url and urlsplit(url).scheme.lower() in LINKABLE else None
    except ValueError:
        return None


TEMPLATES = Environment(
    loader=PackageLoader("bot.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters["safe_link"] = safe_link


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How this browser wants its page, and when it is."""

    language: Language
    zone: ZoneInfo
    now: datetime
    bot_name: str

    @property
    def say(self) -> dict[str, str]:
        """The page's own words."""
        return dict(labels.labels(self.language))

    @property
    def today(self) -> str:
        """The day it is on the phones."""
        return labels.day(self.now, self.zone, self.language)

    @property
    def clock(self) -> str:
        """The time it is on the phones."""
        return labels.clock_time(self.now, self.zone)

    @property
    def zone_name(self) -> str:
        """The zone it is told in."""
        return labels.zone_name(self.zone)

    def time(self, shown: Shown) -> str:
        """When a message came."""
        return labels.clock_time(shown.at, self.zone)

    def days(self, messages: Sequence[Shown]) -> list[tuple[str, list[Shown]]]:
        """The messages of a screen under the day they came."""
        grouped = groupby(messages, lambda shown: shown.at.astimezone(self.zone).date())
        return [
            (labels.day(found[0].at, self.zone, self.language), found)
            for found in (list(group) for _, group in grouped)
        ]


def seen(phone: Phone, look: Look) -> str:
    """What a browser has on display: changes of the screen, and the minute."""
    return f"{phone.changes}.{look.clock}"


def page(phones: Sequence[Phone], look: Look, *, village_code: str, movable: bool) -> str:
    """The whole page; *movable* when the clock can be moved forward."""
    return _render("page.html", look, phones=phones, village_code=village_code, movable=movable)


def screen(phone: Phone, look: Look) -> str:
    """What changes with a turn: a phone's messages, and the clock."""
    return _render("screen.html", look, phone=phone)


def clock(look: Look) -> str:
    """The clock alone."""
    return _render("clock.html", look)


def menu(phone: Phone, look: Look, commands: Sequence[tuple[str, str]]) -> str:
    """The command menu of a phone: each command, and what it does."""
    return _render("menu.html", look, phone=phone, commands=commands)


def _render(template: str, look: Look, **values: object) -> str:
    return TEMPLATES.get_template(template).render(
        look=look, say=look.say, seen=seen, languages=NAMES, **values
    )
