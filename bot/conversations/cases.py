"""/kasus: the protection officer's cases; everything here leaves the screen again."""

from datetime import datetime

from babel.dates import format_datetime

from bot.conversations import work
from bot.conversations.doors import Doors
from bot.conversations.exchange import Exchange, Said, column, grid
from kkb_core.errors import NotAllowed
from kkb_core.messaging import QuickReply, bold
from kkb_core.roles import Role
from kkb_core.services import protecting
from kkb_core.services.areas import zone_in
from kkb_core.services.protecting import Course
from kkb_core.storage.flags import WAITING, Flag
from kkb_core.storage.roles import Held

OFFICERS = frozenset({Role.PROTECTION})
MOST = 12


def show_cases(exchange: Exchange, _: str = "") -> None:
    """The unfinished cases (/kasus)."""
    hat = work.acting(exchange, OFFICERS)
    if hat is not None:
        _list(exchange, hat)


def _list(exchange: Exchange, hat: Held, *lead: Said) -> None:
    found = protecting.cases(exchange.tx, exchange.person, hat.grant)
    shown = found[:MOST]
    buttons = [
        QuickReply(str(number), f"case:open:{one.id}") for number, one in enumerate(shown, start=1)
    ]
    exchange.show(
        *lead,
        bold(exchange.words("case.title" if found else "case.none", count=len(found))),
        *(f"{number}. {_line(exchange, one)}" for number, one in enumerate(shown, start=1)),
        replies=grid(buttons, 4),
        private=True,
    )


def _line(exchange: Exchange, flag: Flag) -> str:
    home = flag.household
    where = exchange.words("task.place", rt=home.rt, rw=home.rw)
    late = "❗ " if flag.state in WAITING and flag.due_at <= exchange.now else ""
    return f"{late}{home.label}, {where}: {exchange.words(f'case.state_{flag.state.value}')}"


def _open(exchange: Exchange, flag_id: int, *lead: Said) -> None:
    case = protecting.open_case(exchange.tx, exchange.person, flag_id, now=exchange.now)
    flag = case.flag
    wish = "case.no_contact"
    if flag.contact_allowed:
        wish = f"case.safe_{flag.contact_hour}" if flag.contact_hour else "case.any_hour"
    greeting = []
    if flag.contact_allowed and case.respondent is not None and case.safe_from is not None:
        greeting = [exchange.button("case.greet", f"case:greet:{flag_id}")]
    exchange.show(
        *lead,
        bold(_line(exchange, flag)),
        exchange.words(f"case.about_{flag.question.casefold()}"),
        *_due(exchange, flag),
        exchange.words(wish),
        exchange.words("case.care"),
        replies=column(
            *greeting,
            *(exchange.button(f"case.{one}", f"case:{one}:{flag_id}") for one in Course),
            exchange.button("case.back", "case:list:0"),
        ),
        private=True,
    )


def _due(exchange: Exchange, flag: Flag) -> list[str]:
    at = _clock(exchange, flag, flag.due_at)
    return [exchange.words("case.due", at=at)] if flag.state in WAITING else []


def _clock(exchange: Exchange, flag: Flag, instant: datetime) -> str:
    local = instant.astimezone(zone_in(exchange.tx, flag.household.area_code))
    return format_datetime(local, "d MMMM HH.mm", locale=exchange.language.value)


def tapped(exchange: Exchange, what: str, which: str) -> None:
    """A case, a greeting, how far it has come."""
    hat = work.acting(exchange, OFFICERS)
    if hat is None:
        return
    if not which.isdecimal():
        exchange.outdated()
        return
    try:
        _do(exchange, hat, what, int(which[:18]))
    except NotAllowed:
        exchange.outdated()


def _do(exchange: Exchange, hat: Held, what: str, number: int) -> None:
    match what:
        case "list":
            _list(exchange, hat)
        case "open":
            _open(exchange, number)
        case "greet":
            _greet(exchange, number)
        case _ if what in list(Course):
            protecting.set_course(
                exchange.tx, exchange.person, number, Course(what), now=exchange.now
            )
            _list(exchange, hat, f"✓ {exchange.words('case.noted')}", "")
        case _:
            exchange.outdated()


def _greet(exchange: Exchange, number: int) -> None:
    leaves = protecting.greet(exchange.tx, exchange.person, number, now=exchange.now)
    key = "case.not_greeted" if leaves is None else "case.greeted"
    _open(exchange, number, exchange.words(key), "")


DOORS = Doors(
    commands={"kasus": show_cases},
    taps={"case": (2, tapped)},
    offered={"kasus": OFFICERS},
)
