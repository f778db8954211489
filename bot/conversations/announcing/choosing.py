"""Whom an announcement is for: conditions joined by and, or, not, through buttons or typed."""

from collections.abc import Sequence

from bot.conversations.announcing import showing
from bot.conversations.announcing.desk import acting, opened, refused
from bot.conversations.exchange import Exchange, Rows, Said, column, grid
from kkb_core.errors import InputRefused, NotAllowed
from kkb_core.messaging import QuickReply, bold
from kkb_core.roles import PERMITTED, Act, Role
from kkb_core.segments import (
    FUNCTIONS,
    And,
    HouseholdKind,
    Not,
    Or,
    Segment,
    joined,
    read,
    without_last,
)
from kkb_core.services import broadcasting
from kkb_core.services.broadcasting import Refusal
from kkb_core.storage import areas, roles
from kkb_core.survey.scoring import Band

HOW = ("and", "or", "andnot", "ornot")  # how the next condition is joined
MOST_AREAS = 24  # buttons
ROLES = (Role.FAMILY, Role.CADRE, Role.COORDINATOR, Role.VIEWER)
PLACES = 12  # RWs and RTs on buttons; any may be typed


def show_segment(exchange: Exchange, number: int, how: str) -> None:
    """The segment, and what can be added; *how* it would be joined can be changed."""
    joining = how if how in HOW else "and"
    exchange.move("cast.who", cast=number, how=joining)
    again(exchange)


def again(exchange: Exchange, *lead: Said) -> None:
    """Show the segment once more."""
    number, how = exchange.state["cast"], exchange.state["how"]
    broadcast = opened(exchange, number)
    mark = f"cast:add:{number}"
    kinds = [
        exchange.button(f"office.add_{what}", f"{mark}:{what}")
        for what in ("area", "rw", "rt", "role", "answered", "band", "kind")
    ]
    joiners = [
        QuickReply(
            f"{'● ' if one == how else ''}{exchange.words(f'office.join_{one}')}",
            f"cast:who:{number}:{one}",
        )
        for one in HOW
    ]
    exchange.show(
        *lead,
        bold(exchange.words("office.for", who=showing.segment_words(exchange, broadcast))),
        exchange.words("office.who_more"),
        replies=(
            *grid(joiners, 2),
            *grid(kinds, 3),
            (
                exchange.button("office.undo", f"{mark}:undo"),
                exchange.button("office.ready", f"cast:draft:{number}:-"),
            ),
        ),
    )


def add(exchange: Exchange, number: int, what: str) -> None:
    """Offer the conditions of a kind."""
    if exchange.topic != "cast.who" or exchange.state.get("cast") != number:
        exchange.outdated()
        return
    if what == "answered":
        pick(exchange, number, "answered")
        return
    if what == "undo":
        _keep(exchange, number, without_last(opened(exchange, number).segment))
        return
    offered = _offered(exchange, number, what)
    if not offered:
        exchange.outdated()
        return
    exchange.show(
        bold(exchange.words(f"office.add_{what}")),
        replies=(*offered, (exchange.button("office.back", f"cast:who:{number}:-"),)),
    )


def _offered(exchange: Exchange, number: int, what: str) -> Rows:
    def button(label: str, *condition: str) -> QuickReply:
        return QuickReply(label, f"cast:pick:{number}:{'='.join(condition)}")

    def named(key: str, values: Sequence[str]) -> Rows:
        shown = [button(exchange.words(f"office.{key}_{one}"), key, one) for one in values]
        return grid(shown, 2)

    match what:
        case "area":
            return column(*(button(name, "area", code) for code, name in _areas(exchange)))
        case "rw" | "rt":
            shown = [button(f"{what.upper()} {n}", what, str(n)) for n in range(1, PLACES + 1)]
            return grid(shown, 4)
        case "role":
            return grid(
                [button(exchange.words(f"role.{one.value}"), "role", one.value) for one in ROLES],
                2,
            )
        case "kind":
            return named("kind", [one.value for one in HouseholdKind])
        case "band":
            return tuple(
                tuple(
                    button(
                        f"{exchange.words(f'office.function_{function}')}: "
                        f"{exchange.words(f'office.band_{band.value}')}",
                        "band",
                        function,
                        band.value,
                    )
                    for band in Band
                )
                for function in FUNCTIONS
            )
    return ()


def _areas(exchange: Exchange) -> list[tuple[str, str]]:
    """The areas the person may announce in, the largest first."""
    found = {
        one.code: one.name
        for grant in roles.grants_of(exchange.tx, exchange.person)
        if Act.BROADCAST in PERMITTED[grant.role]
        for one in areas.areas_under(exchange.tx, grant.scope.area)
    }
    return sorted(found.items(), key=lambda pair: (len(pair[0]), pair[0]))[:MOST_AREAS]


def pick(exchange: Exchange, number: int, condition: str) -> None:
    """One condition more, joined as was chosen. Callback data has no colon to spare, so "="."""
    if exchange.topic != "cast.who" or exchange.state.get("cast") != number:
        exchange.outdated()
        return
    try:
        one = read(condition.replace("=", ":", 1))
    except InputRefused:
        exchange.outdated()
        return
    how = exchange.state["how"]
    more = Not(one) if how.endswith("not") else one
    before = opened(exchange, number).segment
    _keep(exchange, number, joined(before, more, by=And if how.startswith("and") else Or))


def heard(exchange: Exchange, text: str) -> None:
    """The whole segment, typed."""
    try:
        segment = read(text.strip())
    except InputRefused:
        again(exchange, exchange.words("office.who_unread"))
        return
    _keep(exchange, exchange.state["cast"], segment)


def _keep(exchange: Exchange, number: int, segment: Segment) -> None:
    if segment == opened(exchange, number).segment:
        again(exchange)
        return
    try:
        done = broadcasting.edit(acting(exchange), number, segment=segment)
    except NotAllowed:
        again(exchange, exchange.words("office.outside"))
        return
    if isinstance(done, Refusal):
        exchange.move("rest")
        showing.show(exchange, opened(exchange, number), refused(exchange, done))
    else:
        again(exchange)
