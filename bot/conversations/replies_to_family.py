"""What the work of others brings back to a family: a cadre's answer, and "did somebody come?"."""

from bot.conversations.doors import Doors
from bot.conversations.exchange import Exchange, Said
from kkb_core.messaging import bold
from kkb_core.services import following_up, protecting
from kkb_core.services.tasks import question_of
from kkb_core.storage import help as calls
from kkb_core.storage.help import HelpRequest


def tell_answers(exchange: Exchange) -> None:
    """What cadres answered to this person's calls and they have not seen; the question comes after."""
    found = calls.answers_for(exchange.tx, exchange.person)
    for request in found:
        if exchange.msg.tap == f"told:{request.id}":
            continue  # it stands in the message that was tapped
        exchange.tell(*answer_lines(exchange, request))
    calls.tell(exchange.tx, [request.id for request in found], now=exchange.now)


def answer_lines(exchange: Exchange, request: HelpRequest) -> list[Said]:
    """The question that was asked about, and the cadre's words."""
    question = question_of(exchange.definitions, request.question or "")
    about = [exchange.local(question.label)] if question and not question.sensitive else []
    return [
        bold(exchange.words("cadre.answered")),
        *(f"“{label}”" for label in about),
        request.answer or "",
    ]


def came(exchange: Exchange, household: str, answer: str) -> None:
    """Whether somebody came, as the family says."""
    known = household.isdecimal() and answer in ("yes", "no")
    if known and following_up.confirm(
        exchange.tx,
        exchange.person,
        int(household[:18]),
        came=answer == "yes",
        now=exchange.now,
    ):
        exchange.where(exchange.words(f"cadre.came_{answer}"))
    else:
        exchange.outdated()


def told(exchange: Exchange, _: str) -> None:
    """Back to the question from a cadre's answer, which stays on the screen."""
    exchange.below()
    exchange.where()


def hello(exchange: Exchange, case: str) -> None:
    """The greeting is answered; what it is about is said to nobody here."""
    known = case.isdecimal() and protecting.answer_greeting(
        exchange.tx, exchange.person, int(case[:18]), now=exchange.now
    )
    if known:
        exchange.where(exchange.words("cadre.hello"))
    else:
        exchange.outdated()


DOORS = Doors(taps={"came": (2, came), "told": (1, told), "hello": (1, hello)})
