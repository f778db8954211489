"""What a message means: a command, a button, something sent, words."""

from collections.abc import Callable

from bot.conversations import (
    aside,
    calling,
    changing,
    families,
    filling,
    helping,
    hours,
    joining,
    permits,
    results,
    rights,
    same,
    sitting,
    spoken,
    welcome,
    work,
)
from bot.conversations.exchange import CLOSED, PRIVATE_STAYS, Exchange
from bot.conversations.occupations import WORK
from bot.conversations.screen import is_private
from kkb_core.services.answering import value_of
from kkb_core.storage import roles
from kkb_core.storage.people import PersonStatus

FAMILYS = ("lanjut", "hasil", "ubah", "keluarga")  # what only a family asks for
ALWAYS_OPEN = ("mulai", "start", "bahasa", "hapus", "data_saya", "privasi", "bantuan")


def act_on(exchange: Exchange) -> None:
    """Do what the message asks for."""
    msg = exchange.msg
    if msg.tap is not None:
        _tapped(exchange, msg.tap)
    elif msg.text is None:
        _sent(exchange)
    elif msg.text.lstrip().startswith("/"):
        command, _, rest = msg.text.strip()[1:].partition(" ")
        _commanded(exchange, command.partition("@")[0].casefold(), rest.strip())
    else:
        _heard(exchange, msg.text)


def _commanded(exchange: Exchange, command: str, rest: str) -> None:
    if command in ("start", "mulai"):
        _begin(exchange, rest)
        return
    if exchange.standing.person.language is None:
        welcome.ask_language(exchange)
        return
    if exchange.standing.person.status in CLOSED and command not in ALWAYS_OPEN:
        welcome.refused(exchange)
        return
    if command in FAMILYS and _has_agreed(exchange) and not exchange.fills_in:
        work.as_family(exchange)
    match command:
        case "lanjut":
            if exchange.standing.person.status is PersonStatus.PAUSED:
                exchange.stand(PersonStatus.ACTIVE)
            _on(exchange)
        case "hasil":
            _stop_joining(exchange)
            results.show_result(exchange)
        case "ubah":
            _stop_joining(exchange)
            changing.ask_section(exchange)
        case "keluarga" if exchange.hat is not None:
            work.tapped(exchange, "family")
        case "keluarga" if _has_agreed(exchange):
            families.show_families(exchange)
        case "undang" if _may_answer(exchange) and not work.is_at_work(exchange):
            families.invite(exchange)
        case "bahasa":
            welcome.choose_again(exchange)
        case "data_saya":
            rights.show_mine(exchange)
        case "jeda":
            rights.ask_pause(exchange)
        case "berhenti":
            rights.ask_stop(exchange)
        case "hapus":
            rights.ask_erase(exchange)
        case "privasi":
            helping.show_privacy(exchange)
        case "bantuan" | "help":
            helping.show_help(exchange, _menu(exchange))
        case _ if command in WORK.commands:
            WORK.commands[command](exchange, rest)
        case _:
            exchange.where(exchange.words("refused.command"))


def _menu(exchange: Exchange) -> list[tuple[str, str]]:
    """The commands of the hat that is worn, else a family's."""
    held = roles.roles_of(exchange.tx, exchange.person) if exchange.hat is not None else ()
    hat = next((one for one in held if one.id == exchange.hat), None)
    if hat is None:
        return helping.menu(exchange.language)
    return work.menu(exchange.language, hat.grant.role, WORK.offered)


def _begin(exchange: Exchange, code: str) -> None:
    """/start, /mulai, and a deep link with a code."""
    if code and filling.opened(exchange, code):
        return
    if not _has_agreed(exchange):
        _begin_new(exchange, code)
    elif code:
        joining.enter(exchange, code)
    else:
        exchange.stand(PersonStatus.ACTIVE)
        exchange.where()


def _begin_new(exchange: Exchange, code: str) -> None:
    """Somebody who has not agreed to the survey; who is invited to a role comes to work."""
    if code:
        exchange.state["code"] = code
    if exchange.standing.person.language is not None and joining.take_role(exchange):
        return
    if exchange.hat is not None and not code:
        exchange.where()
    else:
        welcome.begin_again(exchange)


def _may_answer(exchange: Exchange) -> bool:
    # A cadre's own consent is not what another family's answers need.
    return _has_agreed(exchange) or exchange.fills_in


def _has_agreed(exchange: Exchange) -> bool:
    return exchange.standing.person.status in (PersonStatus.ACTIVE, PersonStatus.PAUSED)


def _stop_joining(exchange: Exchange) -> None:
    """Who began to add a family, and has one, goes back to it by asking for anything of it."""
    if exchange.topic in joining.TOPICS and exchange.household is not None:
        exchange.move("rest")


def _on(exchange: Exchange) -> None:
    _stop_joining(exchange)
    if _may_answer(exchange) and exchange.topic == "rest":
        sitting.on(exchange)
    else:
        exchange.where()


def _tapped(exchange: Exchange, data: str) -> None:
    verb, *args = data.split(":")
    taps: dict[str, tuple[int, Callable[..., None]]] = {
        "lang": (1, welcome.tapped_language),
        "adult": (1, welcome.tapped_adult),
        "consent": (1, welcome.tapped_consent),
        "join": (2, joining.tapped),
        "same": (1, same.tapped),
        "permit": (2, permits.tapped),
        "call": (1, calling.tapped),
        "aside": (2, aside.tapped),
        "home": (1, _tapped_home),
        "result": (2, results.tapped),
        "edit": (3, changing.tapped),
        "pausing": (1, rights.tapped_pause),
        "stopping": (1, rights.tapped_stop),
        "erasing": (1, rights.tapped_erase),
        "fam": (1, families.tapped),
        "help": (1, helping.tapped),
    }
    closed = not _may_answer(exchange) and verb not in (
        "lang", "adult", "consent", "erasing", "help", "home",
    )  # fmt: skip
    is_work = verb in WORK.taps and exchange.standing.person.status is PersonStatus.NEW
    if closed and not is_work:
        exchange.outdated()
    elif verb in ("a", "n", "p", "s"):
        _stop_joining(exchange)
        if exchange.topic in ("rest", ""):
            sitting.tapped(exchange, verb, args)
        else:
            exchange.outdated()
    elif verb in taps and len(args) == taps[verb][0]:
        taps[verb][1](exchange, *args)
    elif verb in WORK.taps and len(args) == WORK.taps[verb][0]:
        WORK.taps[verb][1](exchange, *args)
    else:
        exchange.outdated()


def _tapped_home(exchange: Exchange, what: str) -> None:
    match what:
        case "on":
            _on(exchange)
        case "enough":
            exchange.show(
                exchange.words("section.enough_done"),
                exchange.words("reminder.when"),
                replies=hours.hours_buttons(exchange),
            )
        case "result":
            results.show_result(exchange)
        case "edit":
            changing.ask_section(exchange)
        case _:
            exchange.outdated()


def _sent(exchange: Exchange) -> None:
    """Something that is not text; only where a picture or a document is asked for it is taken."""
    topic, file = WORK.topics.get(exchange.topic), exchange.msg.file
    closed = exchange.standing.person.status in CLOSED
    if closed or file is None or topic is None or topic.sent is None:
        exchange.where(exchange.words("refused.other"))
    else:
        topic.sent(exchange, file)


def _heard(exchange: Exchange, text: str) -> None:
    topic = exchange.topic
    if spoken.cries_for_help(text):
        helping.answer_cry(exchange)
    elif exchange.standing.person.status in CLOSED and topic not in ("adult", "consent"):
        welcome.refused(exchange)
    elif topic in welcome.TOPICS:
        welcome.heard(exchange, text)
    elif topic in joining.TOPICS:
        joining.heard(exchange, text)
    elif topic == "same" and exchange.interview is not None:
        same.heard(exchange, text)
    elif topic == "permit":
        permits.heard(exchange, text)
    elif topic == "call":
        calling.heard(exchange, text)
    elif topic == "aside":
        aside.heard(exchange, text)
    elif topic in WORK.topics:
        WORK.topics[topic].heard(exchange, text)
    elif topic == "rest" and (minute := spoken.hour(text)) is not None:
        hours.wish(exchange, minute)
    elif _is_waiting(exchange) and not _left_alone(exchange):
        sitting.heard(exchange, text)
    elif wish := spoken.wish(text):
        _tapped_home(exchange, wish)
    else:
        exchange.where()


def _is_waiting(exchange: Exchange) -> bool:
    return exchange.has_begun and value_of(exchange.stored).waiting_for is not None


def _left_alone(exchange: Exchange) -> bool:
    """A private question left standing: somebody else may hold the phone by now."""
    return is_private(exchange) and exchange.idle > PRIVATE_STAYS
