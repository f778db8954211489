"""The list behind /warga: the families one looks after, and how to find one."""

from collections.abc import Sequence

from bot.conversations import joining
from bot.conversations.exchange import Exchange, Rows, Said, grid
from bot.conversations.paging import page_of, turns
from kkb_core.messaging import QuickReply, bold
from kkb_core.services import residents
from kkb_core.storage.roles import Held
from kkb_core.storage.worklist import Place
from kkb_core.survey.paper import form_number

PAGE = 8
MOST_FOUND = 20


def show_page(exchange: Exchange, hat: Held, page: int) -> None:
    """One page of the families one looks after."""
    found = residents.residents(exchange.tx, exchange.person, hat.grant, now=exchange.now)
    here = page_of(found, page, PAGE)
    last = (exchange.button("res.search", "res:search:0"), exchange.button("res.add", "res:add:0"))
    exchange.show(
        bold(exchange.words("res.title", count=len(found))),
        *_lines(exchange, here.shown),
        replies=(
            *_numbers(here.shown),
            *turns(exchange, here, lambda page: f"res:list:{page}"),
            last,
        ),
    )


def _lines(exchange: Exchange, shown: Sequence[Place]) -> list[Said]:
    return [
        f"{number}. {place.household.label} ({where(exchange, place)}){_standing(exchange, place)}"
        for number, place in enumerate(shown, start=1)
    ]


def where(exchange: Exchange, place: Place) -> str:
    """RT and RW, and the number that stands on a paper form."""
    home = place.household
    at = exchange.words("task.place", rt=home.rt, rw=home.rw)
    return f"{at}, {form_number(home.rt, home.id)}"


def _standing(exchange: Exchange, place: Place) -> str:
    until = place.household.paused_until
    if until is not None and until > exchange.now:
        return f" ⏸ {exchange.words(f'res.rest_{place.household.pause_reason}')}"
    done = place.is_current and place.interview and place.interview.completed_at
    return " ✓" if done else ""


def _numbers(shown: Sequence[Place]) -> Rows:
    return grid(
        [
            QuickReply(str(number), f"res:open:{place.household.id}")
            for number, place in enumerate(shown, start=1)
        ],
        4,
    )


def show_found(exchange: Exchange, hat: Held, called: str) -> None:
    """Those whose name is like what was asked for."""
    wanted = " ".join(called.split())[: joining.NAME_LENGTH]
    found = residents.residents(
        exchange.tx, exchange.person, hat.grant, now=exchange.now, called=wanted
    )
    shown = found[:MOST_FOUND]
    key = "res.found" if found else "res.found_none"
    exchange.show(
        bold(exchange.words(key, name=wanted, count=len(found))),
        *_lines(exchange, shown),
        replies=(*_numbers(shown), (exchange.button("res.all", "res:list:0"),)),
    )
