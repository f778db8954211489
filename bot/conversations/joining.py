"""Into a village, a household or a role: by a code typed or opened as a link."""

import re
import unicodedata

from bot.conversations import spoken
from bot.conversations.exchange import Exchange, Rows, Said, grid
from kkb_core.messaging import QuickReply, bold
from kkb_core.roles import Grant, Scope
from kkb_core.services import inviting
from kkb_core.services.inviting import Offer, Refusal
from kkb_core.services.scoring import keep_score
from kkb_core.storage import areas, households, people, roles
from kkb_core.storage.households import Household
from kkb_core.storage.invites import InviteKind
from kkb_core.storage.people import PersonStatus, Relation
from kkb_core.storage.scores import score_of

TOPICS = ("join.code", "join.rw", "join.rt", "join.name")
NAME_LENGTH = 40
KNOWN_PLACES = 12  # buttons for the RWs or RTs where others already live
HIGHEST = 99  # RW and RT have two digits on the official forms
# An identity or telephone number has no place in a nickname, however it is spaced.
_LONG_NUMBER = re.compile(r"\d{5,}|(?:\d[\W_]*){8,}")
_JOINERS = "\u200c\u200d"  # invisible, and part of how emoji and some scripts are written


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
    home = exchange.household
    if home is not None and home.area_code == area.code and exchange.topic not in TOPICS:
        # The link on the poster, pressed to come back; one more family begins at /keluarga.
        exchange.state.pop("code", None)
        exchange.where(exchange.words("join.member_already", household=home.label))
        return
    state = {"area": area.code, "rw": offer.scope.rw, "rt": offer.scope.rt}
    fixed = [f"join.{which}" for which in ("rw", "rt") if state[which] is not None]
    found = exchange.words("join.found", village=area.name)
    exchange.move("join.rw" if offer.scope.rw is None else "join.rt", **state, fixed=fixed)
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
    held = roles.roles_of(exchange.tx, exchange.person)
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
    back = [exchange.button("ask.back", "join:back:")] if _before(exchange) else []
    if not back and exchange.state.get("moving"):
        back = [exchange.button("edit.cancel", "join:cancel:")]
    if exchange.topic == "join.name":
        exchange.show(
            *lead,
            bold(exchange.words("join.name")),
            exchange.words("join.name_more"),
            replies=grid([*back, exchange.button("join.no_name", "join:name:")], 2),
        )
        return
    exchange.show(
        *lead,
        bold(exchange.words(exchange.topic)),
        replies=(*_places(exchange), *grid(back, 1)),
    )


def _before(exchange: Exchange) -> str | None:
    """What was asked before: RT before the nickname, RW before RT; not what the code itself says."""
    asked = TOPICS[1 : TOPICS.index(exchange.topic)]
    fixed = exchange.state.get("fixed", [])
    return next((topic for topic in reversed(asked) if topic not in fixed), None)


def _back(exchange: Exchange) -> None:
    """Kembali: a number that was mistyped can be told again."""
    before = _before(exchange)
    if before is not None:
        which = before.removeprefix("join.")
        exchange.move(before, **{**exchange.state, which: None})
    ask_place(exchange)


def ask_place_again(exchange: Exchange) -> None:
    """A family that moved, or was put down wrong: RW, RT and nickname anew."""
    home = exchange.household
    assert home is not None
    exchange.move("join.rw", area=home.area_code, rw=None, rt=None, moving=home.id)
    now = exchange.words("join.now", household=home.label, rt=home.rt, rw=home.rw)
    ask_place(exchange, now)


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
    """A button for RW, RT, no name, one step back or never mind."""
    if which == "cancel" and exchange.state.get("moving"):
        exchange.move("rest")
        exchange.where()
        return
    if which == "back" and exchange.topic in TOPICS[2:]:
        _back(exchange)
        return
    if exchange.topic != f"join.{which}":
        exchange.outdated()
        return
    heard(exchange, value)


def heard(exchange: Exchange, text: str) -> None:
    """A code, a number or a nickname."""
    match exchange.topic:
        case "join.code":
            enter(exchange, text)
        case _ if spoken.move(text) == "back":
            _back(exchange)
        case "join.name":
            _name(exchange, text)
        case topic:
            _number(exchange, topic, text)


def place_number(text: str, which: str) -> int | None:
    """The RW or RT that is meant (*which*: "rw", "rt"); None when no such number is in *text*."""
    number = spoken.places(text, which).get(which, 0)
    return number if 1 <= number <= HIGHEST else None


def nickname(text: str) -> str | None:
    """What a family may be called; None for what is too long or has a number like an ID's in it."""
    label = _readable(text)
    return None if len(label) > NAME_LENGTH or _LONG_NUMBER.search(label) else label


def _number(exchange: Exchange, topic: str, text: str) -> None:
    which = topic.removeprefix("join.")
    found = spoken.places(text, which)
    if not found or not all(1 <= number <= HIGHEST for number in found.values()):
        ask_place(exchange, exchange.words("join.number"))
        return
    fixed = exchange.state.get("fixed", [])
    told = {name: number for name, number in found.items() if f"join.{name}" not in fixed}
    state = {**exchange.state, **told}
    open_ones = (one for one in TOPICS[1:3] if state.get(one.removeprefix("join.")) is None)
    exchange.move(next(open_ones, "join.name"), **state)
    ask_place(exchange)


def _name(exchange: Exchange, text: str) -> None:
    label = "" if spoken.move(text) == "skip" else nickname(text)
    if label is None:
        ask_place(exchange, exchange.words("join.name_refused"))
        return
    state = exchange.state
    scope = Scope(state["area"], state["rw"], state["rt"])
    if state.get("moving"):
        _move(exchange, scope, label)
        return
    household = households.create(
        exchange.tx,
        scope,
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


def _move(exchange: Exchange, scope: Scope, label: str) -> None:
    """The family lives there from now on; without a new name it keeps its own."""
    home = exchange.household
    if home is not None and home.id == exchange.state["moving"]:
        households.settle(exchange.tx, home.id, scope)
        households.relabel(exchange.tx, home.id, label or home.label)
        exchange.household = home = households.household(exchange.tx, home.id)
        _count_anew(exchange)
    exchange.move("rest")
    if home is None:
        exchange.where()
        return
    exchange.where(exchange.words("join.changed", household=home.label, rt=home.rt, rw=home.rw))


def _count_anew(exchange: Exchange) -> None:
    """What was scored in this round counts where the family lives."""
    tx, home, stored = exchange.tx, exchange.household, exchange.interview
    if home is not None and stored is not None and score_of(tx, stored.id) is not None:
        keep_score(tx, exchange.definitions, home, stored, now=exchange.now)


def _readable(text: str) -> str:
    """*text* on one line, without what cannot be seen or turns the direction of writing."""
    seen = (
        char if char in _JOINERS or unicodedata.category(char)[0] != "C" else " " for char in text
    )
    words = " ".join("".join(seen).split())
    return words if words.strip(_JOINERS) else ""


def _settle_in(exchange: Exchange, household: Household) -> None:
    exchange.wear(None)
    exchange.turn_to(household)
    exchange.move("rest")
