"""The rounds as those who may set them see them: a line each, and a button for one that is open."""

from datetime import date
from zoneinfo import ZoneInfo

from babel.dates import format_date

from bot.conversations.exchange import Exchange, Said, column
from kkb_core.errors import InputRefused
from kkb_core.i18n import day as in_words
from kkb_core.messaging import QuickReply, bold
from kkb_core.services import rounds
from kkb_core.services.areas import known_area
from kkb_core.services.rounds import Listed
from kkb_core.storage.areas import Area

MOST = 12  # rounds and their buttons in one message; a name after /putaran narrows it down


def show(exchange: Exchange, wanted: str = "", *lead: Said) -> None:
    """The rounds of where the person may set them; *wanted* is a part of an area's name."""
    mine = rounds.may_set(exchange.tx, exchange.person)
    if not mine:
        exchange.where(exchange.words("refused.command"))
        return
    found = [
        one
        for code in mine
        for one in rounds.listed(exchange.tx, code, now=exchange.now)
        if wanted.casefold() in one.area.name.casefold()
    ]
    lines = [_line(exchange, one) for one in found[:MOST]] or [exchange.words("putaran.none")]
    if len(found) > MOST:
        lines.append(exchange.words("putaran.more", count=len(found) - MOST))
    lasting = [one for one in found[:MOST] if is_open(exchange, one)]
    exchange.show(
        *lead,
        bold(exchange.words("putaran.title")),
        *lines,
        replies=column(
            *(_button_of(exchange, one) for one in lasting),
            *(_button_at(exchange, known_area(exchange.tx, code)) for code in mine),
        ),
    )


def is_open(exchange: Exchange, one: Listed) -> bool:
    """Whether it is open now."""
    return one.round.opens_at <= exchange.now < one.round.closes_at


def _line(exchange: Exchange, one: Listed) -> str:
    key = "putaran.closed_line"
    if exchange.now < one.round.closes_at:
        key = "putaran.open_line" if is_open(exchange, one) else "putaran.coming_line"
    return "• " + exchange.words(
        key,
        area=one.area.name,
        name=one.round.name,
        first=day_words(exchange, one.first),
        last=day_words(exchange, one.last),
    )


def _button_of(exchange: Exchange, one: Listed) -> QuickReply:
    last = format_date(one.last, "d MMM y", locale=exchange.language.value)
    return QuickReply(f"{one.area.name} · {last}", f"round:one:{one.round.id}")


def _button_at(exchange: Exchange, area: Area) -> QuickReply:
    return exchange.button("putaran.new", f"round:at:{area.code}", area=area.name)


def day_words(exchange: Exchange, day: date) -> str:
    """A day as the person reads it."""
    return in_words(day, exchange.language)


def today_in(exchange: Exchange, area: Area) -> date:
    """The day it is there."""
    return exchange.now.astimezone(ZoneInfo(area.zone)).date()


def show_one(exchange: Exchange, round_id: str) -> None:
    """One open round, and what can be done with it."""
    one = round_of(exchange, round_id)
    if not is_open(exchange, one):
        raise InputRefused("this round is not open")
    exchange.show(
        bold(one.area.name),
        _line(exchange, one),
        exchange.words("putaran.asked", version=one.round.questionnaire),
        replies=column(
            exchange.button("putaran.extend", f"round:extend:{one.round.id}"),
            exchange.button("putaran.close", f"round:close:{one.round.id}"),
            exchange.button("putaran.back", "round:list:"),
        ),
    )


def round_of(exchange: Exchange, round_id: str) -> Listed:
    """The round with this id. Raises NotAllowed, and InputRefused when there is none."""
    if not round_id.isdecimal():
        raise InputRefused("this is no round")
    return rounds.one(exchange.tx, int(round_id), by=exchange.person)
