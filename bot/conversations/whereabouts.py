"""Where a person is, shown anew under whatever led there."""

from collections.abc import Sequence

from bot.conversations import (
    aside,
    calling,
    joining,
    permits,
    same,
    sitting,
    welcome,
    work,
)
from bot.conversations.exchange import CLOSED, Exchange, Said
from bot.conversations.occupations import WORK
from kkb_core.storage.people import PersonStatus


def show_where(exchange: Exchange, lead: Sequence[Said]) -> None:
    """Show it; what is shown may itself lead on, and leaves that in `exchange.lead`."""
    exchange.lead = None
    person = exchange.standing.person
    if person.language is None:
        welcome.ask_language(exchange)
    elif person.status in CLOSED:
        welcome.refused(exchange, *lead)
    elif person.status is PersonStatus.NEW and exchange.hat is None:
        welcome.show_again(exchange, *lead)
    elif "code" in exchange.state:
        joining.enter(exchange, exchange.state["code"])
    elif exchange.topic in joining.TOPICS:
        joining.again(exchange, *lead)
    elif exchange.topic == "permit":
        permits.again(exchange, *lead)
    elif exchange.topic == "call":
        calling.again(exchange, *lead)
    elif exchange.topic == "aside":
        aside.again(exchange, *lead)
    elif exchange.topic in WORK.topics:
        WORK.topics[exchange.topic].again(exchange, *lead)
    elif work.is_at_work(exchange):
        work.show_home(exchange, *lead)
    elif exchange.topic == "same" and exchange.interview is not None:
        same.ask_same(exchange, *lead)
    elif exchange.household is None:
        joining.ask_code(exchange, *lead)
    else:
        sitting.enter(exchange, *lead)
