"""/warga: the families one looks after; search, add, let rest, merge two records of one family."""

from collections.abc import Mapping, Sequence

from babel.dates import format_date

from bot.conversations import joining, work
from bot.conversations.doors import Doors, Topic
from bot.conversations.exchange import Exchange, Rows, Said, column, grid
from kkb_core.errors import NotAllowed
from kkb_core.messaging import QuickReply, bold
from kkb_core.roles import Scope
from kkb_core.services import following_up, residents
from kkb_core.services.residents import Rest
from kkb_core.storage import households, merging
from kkb_core.storage.areas import AreaLevel, areas_under
from kkb_core.storage.people import Held
from kkb_core.storage.worklist import Place

PAGE = 8
MOST_FOUND = 20
SEARCH, RW, RT, NAME = "res.search", "res.rw", "res.rt", "res.name"


# -- the list ----------------------------------------------------------------------------------


def show_residents(exchange: Exchange, called: str = "") -> None:
    """/warga, or /warga and a name."""
    hat = work.acting(exchange, work.FIELD)
    if hat is not None:
        _found(exchange, hat, called) if called else _list(exchange, hat, 0)


def _list(exchange: Exchange, hat: Held, page: int) -> None:
    found = residents.residents(exchange.tx, exchange.person, hat.grant, now=exchange.now)
    pages = max(1, -(-len(found) // PAGE))
    page = min(page, pages - 1)
    shown = found[page * PAGE : (page + 1) * PAGE]
    turn = []
    if page:
        turn.append(exchange.button("task.before", f"res:list:{page - 1}"))
    if page < pages - 1:
        turn.append(exchange.button("task.after", f"res:list:{page + 1}"))
    last = (exchange.button("res.search", "res:search:0"), exchange.button("res.add", "res:add:0"))
    exchange.show(
        bold(exchange.words("res.title", count=len(found))),
        *_lines(exchange, shown),
        replies=(*_numbers(shown), *((tuple(turn),) if turn else ()), last),
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
    return f"{at}, {paper_number(home.rt, home.id)}"


def paper_number(rt: int | None, household_id: int) -> str:
    """What is written on top of a paper form: RT03-12."""
    return f"RT{rt or 0:02d}-{household_id}"


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


def _found(exchange: Exchange, hat: Held, called: str) -> None:
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


# -- one family --------------------------------------------------------------------------------


def _open(exchange: Exchange, hat: Held, household_id: int, *lead: Said) -> None:
    card = following_up.open_card(
        exchange.tx,
        exchange.definitions,
        exchange.person,
        hat.grant,
        household_id,
        now=exchange.now,
    )
    home = card.task.household
    rests = home.paused_until is not None and home.paused_until > exchange.now
    buttons = [
        exchange.button("res.tasks", f"task:open:{home.id}:0"),
        exchange.button("fill.button", f"fill:begin:{home.id}"),
        exchange.button("res.wake", f"res:wake:{home.id}")
        if rests
        else exchange.button("res.pause", f"res:pause:{home.id}"),
        exchange.button("res.merge", f"res:merge:{home.id}"),
    ]
    apart = [
        exchange.button("res.unmerge", f"res:unmerge:{one.id}", household=one.label)
        for one in merging.merged_into(exchange.tx, home.id)
    ]
    exchange.show(
        *lead,
        bold(home.label),
        exchange.words("task.place", rt=home.rt, rw=home.rw),
        exchange.words("res.number", number=paper_number(home.rt, home.id)),
        replies=column(*buttons, *apart, exchange.button("res.all", "res:list:0")),
    )


def _ask_rest(exchange: Exchange, hat: Held, household_id: int) -> None:
    home = following_up.reachable(exchange.tx, hat.grant, household_id)
    exchange.show(
        bold(exchange.words("res.pause_ask", household=home.label)),
        exchange.words("res.pause_more"),
        replies=column(
            *(exchange.button(f"res.pause_{rest}", f"res:{rest}:{home.id}") for rest in Rest),
            exchange.button("edit.cancel", f"res:open:{home.id}"),
        ),
    )


def _rest(exchange: Exchange, hat: Held, household_id: int, rest: Rest) -> None:
    until = residents.pause(
        exchange.tx, exchange.person, hat.grant, household_id, rest, now=exchange.now
    )
    day = format_date(until, "d MMMM y", locale=exchange.language.value)
    _open(exchange, hat, household_id, f"✓ {exchange.words('res.paused', date=day)}", "")


def _wake(exchange: Exchange, hat: Held, household_id: int) -> None:
    residents.wake(exchange.tx, exchange.person, hat.grant, household_id, now=exchange.now)
    _open(exchange, hat, household_id, f"✓ {exchange.words('res.woken')}", "")


# -- two records of one family -----------------------------------------------------------------


def _ask_merge(exchange: Exchange, hat: Held, gone: int) -> None:
    """Ask which of the neighbours is the same family."""
    home = following_up.reachable(exchange.tx, hat.grant, gone)
    near = [
        one
        for one in households.households_in(exchange.tx, home.scope)
        if one.id != gone and hat.grant.scope.covers(one.scope)
    ]
    alike = sorted(near, key=lambda one: one.label.casefold() != home.label.casefold())
    key = "res.merge_ask" if near else "res.merge_nobody"
    exchange.show(
        bold(exchange.words(key, household=home.label)),
        replies=column(
            *(
                QuickReply(
                    f"{one.label} ({paper_number(one.rt, one.id)})", f"res:into:{gone}-{one.id}"
                )
                for one in alike[:PAGE]
            ),
            exchange.button("edit.cancel", f"res:open:{gone}"),
        ),
    )


def _merge(exchange: Exchange, hat: Held, pair: str) -> None:
    first, _, second = pair.partition("-")
    if not (first.isdecimal() and second.isdecimal()):
        exchange.outdated()
        return
    gone, kept = residents.merge(
        exchange.tx,
        exchange.person,
        hat.grant,
        gone=int(first[:18]),
        kept=int(second[:18]),
        now=exchange.now,
    )
    said = exchange.words("res.merged", gone=gone.label, kept=kept.label)
    _open(exchange, hat, kept.id, f"✓ {said}", "")


def _unmerge(exchange: Exchange, hat: Held, gone: int) -> None:
    apart = residents.unmerge(
        exchange.tx, exchange.definitions, exchange.person, hat.grant, gone, now=exchange.now
    )
    _open(exchange, hat, gone, f"✓ {exchange.words('res.unmerged', household=apart.label)}", "")


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
        _merge(exchange, hat, which)
        return
    if not which.isdecimal():
        exchange.outdated()
        return
    number = int(which[:18])
    match what:
        case "list":
            _list(exchange, hat, number)
        case "open":
            _open(exchange, hat, number)
        case "search":
            _ask_name(exchange)
        case "add":
            _begin_adding(exchange, hat)
        case "pause":
            _ask_rest(exchange, hat, number)
        case "wake":
            _wake(exchange, hat, number)
        case "merge":
            _ask_merge(exchange, hat, number)
        case "unmerge":
            _unmerge(exchange, hat, number)
        case _ if what in list(Rest):
            _rest(exchange, hat, number, Rest(what))
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
        _open(exchange, hat, made.id, f"✓ {said}", "")


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
