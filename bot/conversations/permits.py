"""The three consents that are asked when first needed: contact, statistics, announcements."""

from bot.conversations import spoken
from bot.conversations.exchange import Exchange, Said
from kkb_core.messaging import bold
from kkb_core.services import consenting
from kkb_core.storage.consents import ConsentKind

AFTER_RESULT = (ConsentKind.CONTACT, ConsentKind.STATISTICS, ConsentKind.ANNOUNCEMENTS)


def ask_contact(exchange: Exchange, *lead: Said) -> bool:
    """After a section whose answers ask for help: may somebody come? False when there is nothing to ask."""
    if not exchange.state.get("flagged"):
        return False
    exchange.move("rest")
    if exchange.fills_in:
        return False  # the family was asked before the first question, and it is theirs to answer
    if ConsentKind.CONTACT not in consenting.undecided(exchange.tx, exchange.person):
        return False
    exchange.show(*lead)
    exchange.move("permit", kinds=[ConsentKind.CONTACT.value])
    _ask(exchange)
    return True


def ask_after_result(exchange: Exchange) -> None:
    """What the result makes worth asking, one at a time, in messages of their own."""
    if exchange.fills_in:
        exchange.move("rest")
        return
    open_ones = consenting.undecided(exchange.tx, exchange.person)
    flagged = bool(exchange.state.get("flagged"))
    kinds = [
        kind.value
        for kind in AFTER_RESULT
        if kind in open_ones and (kind is not ConsentKind.CONTACT or flagged)
    ]
    exchange.move("rest")
    if kinds:
        exchange.move("permit", kinds=kinds)
        _ask(exchange)


def again(exchange: Exchange, *lead: Said) -> None:
    """Show the open question again."""
    _ask(exchange, *lead)


def _ask(exchange: Exchange, *lead: Said) -> None:
    kind = exchange.state["kinds"][0]
    why = [exchange.words("consent.contact_why")] if kind == ConsentKind.CONTACT.value else []
    yes, no = "consent.may", "consent.may_not"
    if kind == ConsentKind.CONTACT.value:
        yes, no = "consent.contact_yes", "consent.contact_no"
    exchange.show(
        *lead,
        bold(exchange.words(f"consent.{kind}")),
        *why,
        replies=(
            (
                exchange.button(yes, f"permit:{kind}:yes"),
                exchange.button(no, f"permit:{kind}:no"),
            ),
        ),
    )


def tapped(exchange: Exchange, kind: str, answer: str) -> None:
    """One of the three was answered."""
    kinds = exchange.state.get("kinds", [])
    if exchange.topic != "permit" or not kinds or kinds[0] != kind:
        exchange.outdated()
        return
    exchange.record(ConsentKind(kind), given=answer == "yes")
    noted = exchange.words("consent.noted")
    if len(kinds) > 1:
        exchange.move("permit", kinds=kinds[1:])
        _ask(exchange, noted)
    else:
        exchange.move("rest")
        exchange.where(noted)


def heard(exchange: Exchange, text: str) -> None:
    """Typed instead of tapped."""
    answer = spoken.yes_or_no(text)
    if answer is None:
        _ask(exchange, exchange.words("refused.not_a_choice"))
    else:
        tapped(exchange, exchange.state["kinds"][0], answer)
