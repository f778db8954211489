"""At what hour a family wants to be reminded: three buttons, or "nanti jam 19.30"."""

from datetime import datetime

from babel.dates import format_date

from bot.conversations.exchange import Exchange, Rows
from kkb_core.messaging import QuickReply
from kkb_core.services import reminding

OFFERED = (8 * 60, 13 * 60, 19 * 60)
DAY = 24 * 60


def hours_buttons(exchange: Exchange) -> Rows:
    """Go on now, or be reminded at one of three hours."""
    hours = tuple(QuickReply(clock(minute), f"hour:{minute}") for minute in OFFERED)
    return ((exchange.button("home.continue", "home:on"),), hours)


def clock(minute: int) -> str:
    """A minute after midnight as it is written: 19.30."""
    return f"{minute // 60:02d}.{minute % 60:02d}"


def tapped(exchange: Exchange, minute: str) -> None:
    """One of the hours."""
    if not minute.isdecimal() or int(minute) not in OFFERED:
        exchange.outdated()
        return
    wish(exchange, int(minute))


def wish(exchange: Exchange, minute: int) -> None:
    """Keep the hour, and say when the reminder comes; the question stays where it is."""
    if exchange.household is None:
        exchange.where()
        return
    at = reminding.wish(
        exchange.tx,
        exchange.definitions,
        exchange.policy,
        exchange.household,
        person=exchange.person,
        minute=minute,
        now=exchange.now,
    )
    told = exchange.words("reminder.hour_kept")
    if at is not None:
        told = exchange.words("reminder.wished", day=_day(exchange, at), hour=f"{at:%H.%M}")
    exchange.show(told, replies=((exchange.button("home.continue", "home:on"),),))


def _day(exchange: Exchange, at: datetime) -> str:
    if at.date() == exchange.now.astimezone(at.tzinfo).date():
        return exchange.words("reminder.today")
    return format_date(at, "EEEE d MMMM", locale=exchange.language.value)
