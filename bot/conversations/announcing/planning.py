"""Before it goes: the dry run with a sample, and when it goes."""

import re
from datetime import datetime, timedelta
from math import ceil

from bot.conversations.announcing import showing, words
from bot.conversations.announcing.desk import acting, opened, refused
from bot.conversations.exchange import Exchange, Said
from kkb_core.broadcast import BroadcastState, Repeat
from kkb_core.messaging import bold
from kkb_core.services import broadcast_course, broadcasting
from kkb_core.services.broadcasting import Refusal
from kkb_core.storage.broadcasts import Broadcast

_WHEN = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}),?\s+(?:jam\s+)?(\d{1,2})[.:](\d{2})")
FARTHEST = timedelta(days=366)


def count(exchange: Exchange, number: int, _detail: str) -> None:
    """The dry run, with the announcement as people will see it in a message of its own."""
    broadcast = opened(exchange, number)
    run = broadcasting.dry_run(acting(exchange), number)
    exchange.move("rest")
    eligible = run.count.eligible
    lines: list[Said] = [
        bold(exchange.words("office.dry_run", number=number)),
        exchange.words("office.for", who=showing.segment_words(exchange, broadcast)),
        exchange.words("office.reaches", count=words.count_words(eligible, exchange.language)),
    ]
    excluded = words.exclusion_lines(run.count, exchange.language)
    if excluded:
        lines += [exchange.words("office.left_out"), *excluded]
    if not eligible:
        lines.append(exchange.words("office.refused_empty"))
    else:
        ends = words.moment(run.ends_at, run.zone, exchange.language)
        minutes = ceil(run.seconds / 60)
        lines.append(exchange.words("office.takes", minutes=minutes, ends=ends))
    if run.needs_second:
        above = exchange.broadcasts.approve_above
        lines.append(exchange.words("office.needs_second", above=above))
    send = "office.ask_second" if run.needs_second else "office.send_now"
    rows = (
        (exchange.button(send, f"cast:now:{number}:{broadcast.revision}"),),
        tuple(
            exchange.button(f"office.plan_{one.value}", f"cast:when:{number}:{one.value}")
            for one in Repeat
        ),
    )
    back = ((exchange.button("office.back", f"cast:draft:{number}:-"),),)
    exchange.show(*lines, replies=(*rows, *back) if eligible else back)
    if eligible:
        exchange.said.append(words.announcement(broadcast, exchange.language))


def send_now(exchange: Exchange, number: int, revision: str) -> None:
    """What was counted goes now; words that changed since are counted again first."""
    if str(opened(exchange, number).revision) != revision:
        exchange.outdated()
        return
    _show(exchange, number, broadcast_course.submit(acting(exchange), number))


def ask_when(exchange: Exchange, number: int, repeat: str) -> None:
    """Ask for a day and an hour."""
    if repeat not in set(Repeat):
        exchange.outdated()
        return
    exchange.move("cast.when", cast=number, repeat=repeat)
    again(exchange)


def again(exchange: Exchange, *lead: Said) -> None:
    """Ask once more for a day and an hour."""
    exchange.show(
        *lead,
        bold(exchange.words(f"office.when_{exchange.state['repeat']}")),
        exchange.words("office.when_more"),
    )


def heard(exchange: Exchange, text: str) -> None:
    """A day and an hour by the clock of the place."""
    number, repeat = exchange.state["cast"], Repeat(exchange.state["repeat"])
    at = _read(exchange, opened(exchange, number), text)
    if at is None:
        again(exchange, exchange.words("office.when_unread"))
        return
    exchange.move("rest")
    _show(
        exchange, number, broadcast_course.submit(acting(exchange), number, at=at, repeat=repeat)
    )


def _read(exchange: Exchange, broadcast: Broadcast, text: str) -> datetime | None:
    found = _WHEN.search(text)
    if found is None:
        return None
    day, month, year, hour, minute = map(int, found.groups())
    zone = broadcasting.zone_of(exchange.tx, broadcast)
    try:
        at = datetime(year, month, day, hour, minute, tzinfo=zone)
    except ValueError:
        return None
    return at if exchange.now < at < exchange.now + FARTHEST else None


def _show(exchange: Exchange, number: int, done: Broadcast | Refusal) -> None:
    if isinstance(done, Refusal):
        showing.show(exchange, opened(exchange, number), refused(exchange, done))
    elif done.state is BroadcastState.WAITING and not broadcast_course.seconds(exchange.tx, done):
        showing.show(exchange, done, exchange.words("office.no_second"))
    else:
        showing.show(exchange, done)
