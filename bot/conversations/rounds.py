"""/putaran: who may set rounds sees them, opens one, lets one last, closes one."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from bot.conversations import spoken
from bot.conversations.doors import Doors, Topic
from bot.conversations.exchange import Exchange, Said, column, grid
from bot.conversations.round_list import day_words, is_open, round_of, show, show_one, today_in
from kkb_core.errors import InputRefused, NotAllowed
from kkb_core.messaging import QuickReply, bold
from kkb_core.roles import PERMITTED, Act, Role
from kkb_core.services import rounds
from kkb_core.services.areas import known_area, months_later
from kkb_core.services.rounds import Listed
from kkb_core.storage import areas
from kkb_core.survey.spoken import date_in

OPENING = (3, 6)  # months, from today
EXTENDING = (1, 3)  # months, from its last day
FARTHEST = 24  # months ahead

# -- where, what, until when -------------------------------------------------------------------


def _ask_where(exchange: Exchange, code: str) -> None:
    """The area itself, or one inside it."""
    _demand(exchange, code)
    area = known_area(exchange.tx, code)
    inside = [one for one in areas.areas_under(exchange.tx, area.code) if one.parent == area.code]
    if not inside:
        _ask_version(exchange, area.code)
        return
    whole = exchange.button("putaran.whole", f"round:in:{area.code}", area=area.name)
    parts = [QuickReply(one.name, f"round:at:{one.code}") for one in inside]
    exchange.show(bold(exchange.words("putaran.where")), replies=((whole,), *grid(parts, 2)))


def _demand(exchange: Exchange, code: str) -> None:
    mine = rounds.may_set(exchange.tx, exchange.person)
    if not any(code == one or code.startswith(f"{one}.") for one in mine):
        raise NotAllowed(f"rounds in {code}")


def _ask_version(exchange: Exchange, code: str) -> None:
    """Which questionnaire, where there is more than one."""
    _demand(exchange, code)
    if own := [one for one in _own(exchange, code) if is_open(exchange, one)]:
        area, last = own[0].area.name, day_words(exchange, own[0].last)
        show(exchange, "", exchange.words("putaran.already", area=area, last=last), "")
        return
    exchange.move("rounds.version", area=code)
    versions = sorted(exchange.definitions.questionnaires)
    if len(versions) == 1:
        _take_version(exchange, versions[0])
        return
    buttons = [QuickReply(one, f"round:version:{one}") for one in versions]
    exchange.show(bold(exchange.words("putaran.version")), replies=column(*buttons))


def _own(exchange: Exchange, code: str) -> Sequence[Listed]:
    found = rounds.listed(exchange.tx, code, now=exchange.now)
    return [one for one in found if one.area.code == code]


def _take_version(exchange: Exchange, version: str) -> None:
    if exchange.topic != "rounds.version" or version not in exchange.definitions.questionnaires:
        exchange.outdated()
        return
    exchange.move("rounds.until", what="open", area=exchange.state["area"], version=version)
    _ask_until(exchange)


def _ask_extension(exchange: Exchange, round_id: str) -> None:
    one = round_of(exchange, round_id)
    exchange.move("rounds.until", what="extend", area=one.area.code, round=one.round.id)
    _ask_until(exchange)


def _ask_until(exchange: Exchange, *lead: Said) -> None:
    """Its last day, by a button or typed."""
    area = known_area(exchange.tx, exchange.state["area"])
    begins, spans = today_in(exchange, area), OPENING
    if exchange.state["what"] == "extend":
        begins, spans = round_of(exchange, str(exchange.state["round"])).last, EXTENDING
        begins += timedelta(days=1)
    days = [months_later(begins, months) for months in spans]
    exchange.show(
        *lead,
        bold(exchange.words("putaran.until", area=area.name)),
        exchange.words("putaran.until_more"),
        replies=column(
            *(
                QuickReply(day_words(exchange, day), f"round:until:{day.isoformat()}")
                for day in days
            ),
            exchange.button("edit.cancel", "round:cancel:"),
        ),
    )


def _take_until(exchange: Exchange, text: str) -> None:
    if exchange.topic != "rounds.until":
        exchange.outdated()
        return
    area, day = known_area(exchange.tx, exchange.state["area"]), date_in(text)
    today = today_in(exchange, area)
    if day is None:
        _ask_until(exchange, exchange.words("refused.not_a_date"))
    elif not today <= day <= months_later(today, FARTHEST):
        _ask_until(exchange, exchange.words("putaran.day_refused"))
    else:
        exchange.move("rounds.sure", **{**exchange.state, "until": day.isoformat()})
        _ask_sure(exchange)


def _ask_close(exchange: Exchange, round_id: str) -> None:
    one = round_of(exchange, round_id)
    exchange.move("rounds.sure", what="close", area=one.area.code, round=one.round.id)
    _ask_sure(exchange)


# -- once more, then done ----------------------------------------------------------------------


def _ask_sure(exchange: Exchange, *lead: Said) -> None:
    """Ask once more, saying exactly what is going to be."""
    what, until = exchange.state["what"], exchange.state.get("until")
    area = known_area(exchange.tx, exchange.state["area"])
    values = {"area": area.name}
    if until is not None:
        values["last"] = day_words(exchange, date.fromisoformat(until))
    exchange.show(
        *lead,
        bold(exchange.words(f"putaran.sure_{what}", **values)),
        exchange.words(f"putaran.sure_{what}_more"),
        replies=(
            (
                exchange.button(f"putaran.yes_{what}", f"round:yes:{what}"),
                exchange.button("edit.cancel", "round:cancel:"),
            ),
        ),
    )


def _do(exchange: Exchange, what: str) -> None:
    state = exchange.state
    if exchange.topic != "rounds.sure" or state["what"] != what:
        exchange.outdated()
        return
    exchange.move("rest")
    done = _done(exchange, state)
    key = f"putaran.done_{what}"
    show(
        exchange,
        "",
        exchange.words(key, area=done.area.name, last=day_words(exchange, done.last)),
        "",
    )


def _done(exchange: Exchange, state: dict[str, str]) -> Listed:
    tx, by, now = exchange.tx, exchange.person, exchange.now
    match state["what"]:
        case "close":
            return rounds.close(tx, int(state["round"]), by=by, now=now)
        case "extend":
            until = date.fromisoformat(state["until"])
            return rounds.extend(tx, int(state["round"]), until=until, by=by, now=now)
    opened = rounds.open_one(
        tx,
        state["area"],
        by=by,
        questionnaire=exchange.definitions.questionnaire(state["version"]),
        now=now,
        until=date.fromisoformat(state["until"]),
    )
    return rounds.one(tx, opened.id, by=by)


def _cancel(exchange: Exchange, _value: str) -> None:
    exchange.move("rest")
    show(exchange)


# -- the ways in -------------------------------------------------------------------------------

STEPS: dict[str, Callable[[Exchange, str], None]] = {
    "list": lambda exchange, _: show(exchange),
    "one": show_one,
    "at": _ask_where,
    "in": _ask_version,
    "version": _take_version,
    "extend": _ask_extension,
    "close": _ask_close,
    "until": _take_until,
    "yes": _do,
    "cancel": _cancel,
}


def tapped(exchange: Exchange, what: str, value: str) -> None:
    """A button; one that is no longer true, or not this person's, changes nothing."""
    step = STEPS.get(what)
    if step is None:
        exchange.outdated()
        return
    _guarded(exchange, step, value)


def _guarded(exchange: Exchange, step: Callable[[Exchange, str], None], value: str) -> None:
    try:
        step(exchange, value)
    except (NotAllowed, InputRefused):
        if exchange.topic.startswith("rounds."):
            exchange.move("rest")
        exchange.outdated()


def heard(exchange: Exchange, text: str) -> None:
    """Typed instead of tapped."""
    match exchange.topic:
        case "rounds.until":
            _guarded(exchange, _take_until, text)
        case "rounds.sure" if (answer := spoken.yes_or_no(text)) is not None:
            _guarded(exchange, _do if answer == "yes" else _cancel, exchange.state["what"])
        case "rounds.version" if text.strip() in exchange.definitions.questionnaires:
            _guarded(exchange, _take_version, text.strip())
        case _:
            again(exchange, exchange.words("refused.not_a_choice"))


def again(exchange: Exchange, *lead: Said) -> None:
    """Ask once more what was being asked."""

    def ask(exchange: Exchange, _value: str) -> None:
        _demand(exchange, exchange.state["area"])
        match exchange.topic:
            case "rounds.until":
                _ask_until(exchange, *lead)
            case "rounds.sure":
                _ask_sure(exchange, *lead)
            case _:
                _ask_version(exchange, exchange.state["area"])

    _guarded(exchange, ask, "")


DOORS = Doors(
    commands={"putaran": show},
    taps={"round": (2, tapped)},
    topics=dict.fromkeys(
        ("rounds.version", "rounds.until", "rounds.sure"), Topic(heard=heard, again=again)
    ),
    offered={"putaran": frozenset(one for one in Role if Act.SET_ROUND in PERMITTED[one])},
)
