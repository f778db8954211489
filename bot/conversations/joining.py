"""Into a village, a household or a role: by a code typed or opened as a link."""

import re

from bot.conversations.exchange import Exchange, Rows, Said, grid
from kkb_core.messaging import QuickReply, bold
from kkb_core.roles import Grant, Scope
from kkb_core.services import inviting
from kkb_core.services.inviting import Offer, Refusal
from kkb_core.storage import areas, households, people
from kkb_core.storage.households import Household
from kkb_core.storage.invites import InviteKind
from kkb_core.storage.people import PersonStatus, Relation

TOPICS = ("join.code", "join.rw", "join.rt", "join.name")
NAME_LENGTH = 40
KNOWN_PLACES = 12  # buttons for the RWs or RTs where others already live
HIGHEST = 99  # RW and RT have two digits on the official forms
_LONG_NUMBER = re.compile(r"\d{5,}")  # an ID or phone number has no place in a nickname


def take_role(exchange: Exchange) -> bool:
    """Give the role a code at hand offers; False when it offers none."""
    code = exchange.state.get("code")
    if not code:
        return False
    offer = inviting.look(exchange.tx, code, exchange.person, now=exchange.now)
    if not isinstance(offer, Offer) or offer.kind is not InviteKind.ROLE:
        return False
    enter(exchange, code)
    return True


def ask_code(exchange: Exchange, *lead: Said) -> None:
    """Ask for a code: of a village, a household or a role."""
    exchange.move("join.code")
    exchange.show(*lead, bold(exchange.words("join.ask")), exchange.words("join.ask_more"))


def enter(exchange: Exchange, code: str) -> None:
    """Take a code; say kindly why not, and lose nothing."""
    offer = inviting.accept(exchange.tx, code, exchange.person, now=exchange.now)
    if isinstance(offer, Refusal):
        _refuse(exchange, offer)
        return
    match offer.kind:
        case InviteKind.VILLAGE:
            _into_village(exchange, offer)
        case InviteKind.HOUSEHOLD:
            _into_household(exchange, offer)
        case InviteKind.ROLE:
            _into_role(exchange, offer)


def _refuse(exchange: Exchange, refusal: Refusal) -> None:
    key = {
        Refusal.UNKNOWN: "join.unknown",
        Refusal.USED: "join.used",
        Refusal.EXPIRED: "join.expired",
        Refusal.TOO_MANY_TRIES: "join.too_many",
    }[refusal]
    if exchange.household is None:
        ask_code(exchange, exchange.words(key))
    else:
        exchange.move("rest")
        exchange.where(exchange.words(key))


def _into_village(exchange: Exchange, offer: Offer) -> None:
    assert offer.scope is not None
    area = areas.area(exchange.tx, offer.scope.area)
    assert area is not None
    state = {"area": area.code, "rw": offer.scope.rw, "rt": offer.scope.rt}
    found = exchange.words("join.found", village=area.name)
    exchange.move("join.rw" if offer.scope.rw is None else "join.rt", **state)
    ask_place(exchange, found)


def _into_household(exchange: Exchange, offer: Offer) -> None:
    assert offer.household_id is not None
    household = households.household(exchange.tx, offer.household_id)
    if household is None:
        _refuse(exchange, Refusal.EXPIRED)
        return
    key = "join.member_already" if offer.held else "join.member"
    _settle_in(exchange, household)
    exchange.where(exchange.words(key, household=household.label))


def _into_role(exchange: Exchange, offer: Offer) -> None:
    assert offer.role is not None
    assert offer.scope is not None
    grant = Grant(offer.role, offer.scope)
    held = people.roles_of(exchange.tx, exchange.person)
    exchange.wear(next(one.id for one in held if one.grant == grant))
    if exchange.standing.person.status in (PersonStatus.REFUSED, PersonStatus.STOPPED):
        exchange.stand(PersonStatus.NEW)  # who said no to the survey may still work
    exchange.move("rest")
    area = areas.area(exchange.tx, offer.scope.area)
    exchange.where(
        exchange.words(
            "join.role",
            role=exchange.words(f"role.{offer.role.value}"),
            area=area.name if area else offer.scope.area,
        )
    )


def again(exchange: Exchange, *lead: Said) -> None:
    """Ask once more what was being asked."""
    if exchange.topic == "join.code":
        ask_code(exchange, *lead)
    else:
        ask_place(exchange, *lead)


def ask_place(exchange: Exchange, *lead: Said) -> None:
    """RW, then RT, then what to call the family."""
    if exchange.topic == "join.rt" and exchange.state.get("rt") is not None:
        exchange.move("join.name", **exchange.state)
    if exchange.topic == "join.name":
        exchange.show(
            *lead,
            bold(exchange.words("join.name")),
            exchange.words("join.name_more"),
            replies=((exchange.button("join.no_name", "join:name:"),),),
        )
        return
    exchange.show(*lead, bold(exchange.words(exchange.topic)), replies=_places(exchange))


def _places(exchange: Exchange) -> Rows:
    """Buttons for where others already live; any number may be typed."""
    which = exchange.topic.removeprefix("join.")
    here = Scope(exchange.state["area"], exchange.state.get("rw"))
    known = sorted(
        {
            number
            for one in households.households_in(exchange.tx, here)
            if (number := getattr(one, which)) is not None
        }
    )
    buttons = [QuickReply(str(n), f"join:{which}:{n}") for n in known[:KNOWN_PLACES]]
    return grid(buttons, 4)


def tapped(exchange: Exchange, which: str, value: str) -> None:
    """A button for RW, RT or no name."""
    if exchange.topic != f"join.{which}":
        exchange.outdated()
        return
    heard(exchange, value)


def heard(exchange: Exchange, text: str) -> None:
    """A code, a number or a nickname."""
    match exchange.topic:
        case "join.code":
            enter(exchange, text)
        case "join.name":
            _name(exchange, text)
        case topic:
            _number(exchange, topic, text)


def place_number(text: str) -> int | None:
    """The RW or RT that is meant; None when no such number is in *text*."""
    digits = re.search(r"\d+", text)
    number = int(digits.group()[:4]) if digits else 0
    return number if 1 <= number <= HIGHEST else None


def nickname(text: str) -> str | None:
    """What a family may be called; None for what is too long or has a number like an ID's in it."""
    label = " ".join(text.split())
    return None if len(label) > NAME_LENGTH or _LONG_NUMBER.search(label) else label


def _number(exchange: Exchange, topic: str, text: str) -> None:
    number = place_number(text)
    if number is None:
        ask_place(exchange, exchange.words("join.number"))
        return
    which = topic.removeprefix("join.")
    following = "join.rt" if which == "rw" else "join.name"
    exchange.move(following, **{**exchange.state, which: number})
    ask_place(exchange)


def _name(exchange: Exchange, text: str) -> None:
    label = nickname(text)
    if label is None:
        ask_place(exchange, exchange.words("join.name_refused"))
        return
    state = exchange.state
    household = households.create(
        exchange.tx,
        Scope(state["area"], state["rw"], state["rt"]),
        label or exchange.words("join.default_name"),
        now=exchange.now,
        created_by=exchange.person,
    )
    people.join(
        exchange.tx, exchange.person, household.id, relation=Relation.SELF, now=exchange.now
    )
    _settle_in(exchange, household)
    exchange.where(
        exchange.words("join.done", household=household.label, rw=household.rw, rt=household.rt)
    )


def _settle_in(exchange: Exchange, household: Household) -> None:
    exchange.wear(None)
    exchange.turn_to(household)
    exchange.move("rest")
