"""Who holds which role, and taking one back: for people who may give it."""

from bot.conversations import work
from bot.conversations.appointing import LEADING
from bot.conversations.doors import Doors
from bot.conversations.exchange import Exchange, Said, column, grid
from bot.conversations.paging import Page, page_of, turns
from kkb_core.errors import InputRefused, NotAllowed
from kkb_core.messaging import QuickReply, bold
from kkb_core.services import dismissing
from kkb_core.storage.roles import Appointment, Held

PAGE = 12


def tapped(exchange: Exchange, what: str, which: str) -> None:
    """A page of the list, a role, and whether it is really taken back."""
    hat = work.acting(exchange, LEADING)
    if hat is None:
        return
    if not which.isdecimal():
        exchange.outdated()
        return
    number = int(which[:18])
    try:
        match what:
            case "list":
                _list(exchange, hat, number)
            case "ask":
                _ask(exchange, number)
            case "yes":
                _dismiss(exchange, hat, number)
            case _:
                exchange.outdated()
    except NotAllowed:
        exchange.outdated()


def _list(exchange: Exchange, hat: Held, page: int, *lead: Said) -> None:
    found = dismissing.appointed(exchange.tx, exchange.person, hat.grant)
    here = page_of(found, page, PAGE)
    buttons = [
        QuickReply(str(number), f"app:ask:{one.id}")
        for number, one in enumerate(here.shown, start=here.first + 1)
    ]
    exchange.show(
        *lead,
        bold(exchange.words("dismiss.title" if found else "dismiss.none")),
        *_lines(exchange, here),
        *((exchange.words("dismiss.how"),) if found else ()),
        replies=(
            *grid(buttons, 4),
            *turns(exchange, here, lambda page: f"app:list:{page}"),
            (exchange.button("invite.back", "inv:start:-:-:-"),),
        ),
    )


def _lines(exchange: Exchange, here: Page[Appointment]) -> list[str]:
    names = work.hat_words(exchange, [Held(one.id, one.grant) for one in here.shown])
    return [
        f"{number}. {_line(exchange, one, names[one.id])}"
        for number, one in enumerate(here.shown, start=here.first + 1)
    ]


def _line(exchange: Exchange, one: Appointment, name: str) -> str:
    day = exchange.day(one.since, one.grant.scope.area)
    key = "dismiss.you" if one.person_id == exchange.person else "dismiss.line"
    return exchange.words(key, role=name, date=day)


def _ask(exchange: Exchange, number: int) -> None:
    found = dismissing.appointment(exchange.tx, number, by=exchange.person)
    (name,) = work.hat_words(exchange, [Held(found.id, found.grant)]).values()
    exchange.show(
        bold(_line(exchange, found, name)),
        exchange.words("dismiss.ask"),
        replies=column(
            exchange.button("dismiss.yes", f"app:yes:{number}"),
            exchange.button("edit.cancel", "app:list:0"),
        ),
    )


def _dismiss(exchange: Exchange, hat: Held, number: int) -> None:
    try:
        gone = dismissing.dismiss(exchange.tx, number, by=exchange.person, now=exchange.now)
    except InputRefused:
        _list(exchange, hat, 0, exchange.words("dismiss.last_admin"), "")
        return
    if gone.grant == hat.grant and gone.person_id == exchange.person:
        work.as_family(exchange)
        exchange.where(exchange.words("dismiss.done"))
        return
    _list(exchange, hat, 0, f"✓ {exchange.words('dismiss.done')}", "")


DOORS = Doors(taps={"app": (2, tapped)})
