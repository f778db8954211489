"""/tugas: today's round, how a visit went, and the answer to a call."""

from bot.conversations import work
from bot.conversations.doors import Doors, Topic
from bot.conversations.exchange import Exchange, Said, column
from bot.conversations.household_card import called, show_card, show_script
from bot.conversations.task_list import show_list
from kkb_core.errors import NotAllowed
from kkb_core.messaging import bold
from kkb_core.services import assisting, following_up
from kkb_core.services.following_up import CLOSINGS
from kkb_core.storage.help import HelpRequest
from kkb_core.storage.roles import Held
from kkb_core.storage.visits import Outcome

TOPIC = "task.answer"
ORDERS = ("walk", "first")


# -- the list ----------------------------------------------------------------------------------


def show_tasks(exchange: Exchange, _: str = "") -> None:
    """The households that wait, in walking order (/tugas)."""
    show_list(exchange, "walk", 0)


# -- what is tapped ----------------------------------------------------------------------------


def tapped(exchange: Exchange, what: str, which: str, more: str) -> None:
    """Another page, a card, an outcome, a call to answer."""
    if what == "list" and which in ORDERS and more.isdecimal():
        show_list(exchange, which, int(more[:4]))
        return
    hat = work.acting(exchange, work.FIELD)
    if hat is None:
        return
    try:
        _do(exchange, hat, what, int(which[:18]) if which.isdecimal() else 0, more)
    except NotAllowed:
        exchange.outdated()


def _do(exchange: Exchange, hat: Held, what: str, number: int, more: str) -> None:
    match what:
        case "open":
            show_card(exchange, hat, number)
        case "script":
            show_script(exchange, hat, number)
        case "close" if more in CLOSINGS:
            _close(exchange, hat, number, more)
        case "answer":
            _ask_answer(exchange, assisting.waiting_request(exchange.tx, exchange.person, number))
        case _ if what in list(Outcome) and more.isdecimal():
            _note(exchange, hat, number, Outcome(what), after=int(more[:18]))
        case _:
            exchange.outdated()


def _note(
    exchange: Exchange, hat: Held, household_id: int, outcome: Outcome, *, after: int
) -> None:
    kept = following_up.note_visit(
        exchange.tx,
        exchange.definitions,
        exchange.person,
        hat.grant,
        household_id,
        outcome,
        after=after,
        now=exchange.now,
    )
    key = f"task.noted_{outcome.value}" if kept else "refused.outdated"
    show_card(exchange, hat, household_id, f"{'✓ ' if kept else ''}{exchange.words(key)}", "")


def _close(exchange: Exchange, hat: Held, household_id: int, closing: str) -> None:
    closed = following_up.close(
        exchange.tx,
        exchange.definitions,
        exchange.person,
        hat.grant,
        household_id,
        closing,
        now=exchange.now,
    )
    key = "task.closed" if closed else "refused.outdated"
    show_card(exchange, hat, household_id, exchange.words(key), "")


# -- answering a call --------------------------------------------------------------------------


def _ask_answer(exchange: Exchange, request: HelpRequest, *lead: Said) -> None:
    exchange.move(TOPIC, request=request.id)
    exchange.show(
        *lead,
        bold(request.household.label),
        called(exchange, request),
        exchange.words("task.write_answer"),
        replies=column(exchange.button("task.back", "task:list:walk:0")),
    )


def again(exchange: Exchange, *lead: Said) -> None:
    """Ask once more for the answer to a call."""
    try:
        number = exchange.state["request"]
        request = assisting.waiting_request(exchange.tx, exchange.person, number)
    except NotAllowed:
        exchange.move("rest")
        exchange.where(*lead)
    else:
        _ask_answer(exchange, request, *lead)


def heard(exchange: Exchange, text: str) -> None:
    """The cadre's words to the family."""
    said = " ".join(text.split())
    if not said or len(said) > assisting.LONGEST:
        again(exchange, exchange.words("task.answer_long", count=assisting.LONGEST), "")
        return
    number = exchange.state["request"]
    exchange.move("rest")
    try:
        assisting.answer(exchange.tx, exchange.person, number, said, now=exchange.now)
    except NotAllowed:
        exchange.where(exchange.words("task.answered_already"))
    else:
        show_list(exchange, "walk", 0, f"✓ {exchange.words('task.answer_sent')}", "")


DOORS = Doors(
    commands={"tugas": show_tasks},
    taps={"task": (3, tapped)},
    topics={TOPIC: Topic(heard, again)},
    offered={"tugas": work.FIELD},
)
