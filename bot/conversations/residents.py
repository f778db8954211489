"""/warga: what is tapped and typed there; a family is added here."""

from collections.abc import Mapping

from bot.conversations import joining, work
from bot.conversations.doors import Doors, Topic
from bot.conversations.exchange import Exchange, Said
from bot.conversations.merging import ask_merge, merge, take_apart
from bot.conversations.resident_card import ask_rest, let_rest, show_family, wake
from bot.conversations.resident_list import show_found, show_page
from kkb_core.errors import NotAllowed
from kkb_core.messaging import bold
from kkb_core.roles import Scope
from kkb_core.services import residents
from kkb_core.services.residents import Rest
from kkb_core.storage.areas import AreaLevel, areas_under
from kkb_core.storage.roles import Held

SEARCH, RW, RT, NAME = "res.search", "res.rw", "res.rt", "res.name"


def show_residents(exchange: Exchange, called: str = "") -> None:
    """/warga, or /warga and a name."""
    hat = work.acting(exchange, work.FIELD)
    if hat is not None:
        show_found(exchange, hat, called) if called else show_page(exchange, hat, 0)


# -- what is tapped ----------------------------------------------------------------------------


def tapped(exchange: Exchange, what: str, which: str) -> None:
    """A page, a family, something to do with it."""
    hat = work.acting(exchange, work.FIELD)
    if hat is None:
        return
    try:
        _do(exchange, hat, what, which)
    except NotAllowed:
        exchange.outdated()


def _do(exchange: Exchange, hat: Held, what: str, which: str) -> None:
    if what == "into":
        merge(exchange, hat, which)
        return
    if not which.isdecimal():
        exchange.outdated()
        return
    number = int(which[:18])
    match what:
        case "list":
            show_page(exchange, hat, number)
        case "open":
            show_family(exchange, hat, number)
        case "search":
            _ask_name(exchange)
        case "add":
            _begin_adding(exchange, hat)
        case "pause":
            ask_rest(exchange, hat, number)
        case "wake":
            wake(exchange, hat, number)
        case "merge":
            ask_merge(exchange, hat, number)
        case "unmerge":
            take_apart(exchange, hat, number)
        case _ if what in list(Rest):
            let_rest(exchange, hat, number, Rest(what))
        case _:
            exchange.outdated()


# -- what is typed -----------------------------------------------------------------------------


def _ask_name(exchange: Exchange, *lead: Said) -> None:
    exchange.move(SEARCH)
    exchange.show(*lead, bold(exchange.words("res.search_ask")))


def _begin_adding(exchange: Exchange, hat: Held) -> None:
    """Where does the family live? What the hat's scope says already is not asked."""
    scope = hat.grant.scope
    village = [
        one for one in areas_under(exchange.tx, scope.area) if one.level is AreaLevel.VILLAGE
    ]
    if len(village) != 1:
        exchange.show(exchange.words("res.add_which_village"))
        return
    state = {"area": village[0].code, "rw": scope.rw, "rt": scope.rt}
    _ask_next(exchange, state)


def _ask_next(exchange: Exchange, state: Mapping[str, object], *lead: Said) -> None:
    topic = RW if state["rw"] is None else RT if state["rt"] is None else NAME
    exchange.move(topic, **state)
    again(exchange, *lead)


def again(exchange: Exchange, *lead: Said) -> None:
    """Ask once more what was being asked."""
    match exchange.topic:
        case "res.search":
            _ask_name(exchange, *lead)
        case "res.name":
            exchange.show(
                *lead, bold(exchange.words("join.name")), exchange.words("join.name_more")
            )
        case topic:
            exchange.show(*lead, bold(exchange.words(f"join.{topic.removeprefix('res.')}")))


def heard(exchange: Exchange, text: str) -> None:
    """A name to look for, or where a new family lives and what it is called."""
    topic, state = exchange.topic, dict(exchange.state)
    if topic == SEARCH:
        show_residents(exchange, text)
    elif topic == NAME:
        _add(exchange, state, text)
    else:
        which = topic.removeprefix("res.")
        number = joining.place_number(text, which)
        if number is None:
            again(exchange, exchange.words("join.number"))
        else:
            _ask_next(exchange, {**state, which: number})


def _add(exchange: Exchange, state: Mapping[str, object], text: str) -> None:
    label = joining.nickname(text)
    if not label:
        again(exchange, exchange.words("join.name_refused"))
        return
    scope = Scope(str(state["area"]), _int(state["rw"]), _int(state["rt"]))
    hat = work.acting(exchange, work.FIELD)
    if hat is None:
        return
    try:
        made = residents.add(exchange.tx, exchange.person, scope, label, now=exchange.now)
    except NotAllowed:
        exchange.where(exchange.words("work.outside"))
    else:
        said = exchange.words("join.done", household=made.label, rw=made.rw, rt=made.rt)
        show_family(exchange, hat, made.id, f"✓ {said}", "")


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


TOPICS = dict.fromkeys((SEARCH, RW, RT, NAME), Topic(heard, again))
DOORS = Doors(
    commands={"warga": show_residents},
    taps={"res": (2, tapped)},
    topics=TOPICS,
    offered={"warga": work.FIELD},
)
