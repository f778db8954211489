"""Bantu kader: a person asks for a cadre, from any question, and the question stays."""

from bot.conversations import spoken
from bot.conversations.exchange import Exchange, Said
from kkb_core.messaging import bold
from kkb_core.services import assisting, consenting
from kkb_core.storage.consents import ConsentKind
from kkb_core.survey.questionnaire import Question


def call(exchange: Exchange, question: Question) -> None:
    """Note the call; first ask whether a cadre may get in touch, if that was never agreed to."""
    # A private question's name would tell what it was about.
    call_about(exchange, None if question.sensitive else question.name)


def call_about(exchange: Exchange, name: str | None) -> None:
    """The same at a question by its name, or at none."""
    if consenting.agreed(exchange.tx, exchange.person, ConsentKind.CONTACT):
        _note(exchange, name)
    else:
        exchange.move("call", question=name)
        again(exchange)


def again(exchange: Exchange, *lead: Said) -> None:
    """Ask, or ask once more, whether a cadre may get in touch."""
    exchange.show(
        *lead,
        bold(exchange.words("consent.contact")),
        exchange.words("consent.contact_why"),
        replies=(
            (
                exchange.button("consent.contact_yes", "call:yes"),
                exchange.button("consent.contact_no", "call:no"),
            ),
        ),
    )


def tapped(exchange: Exchange, answer: str) -> None:
    """Yes records the consent and the call; no records the consent refused."""
    if exchange.topic != "call":
        exchange.outdated()
        return
    exchange.record(ConsentKind.CONTACT, given=answer == "yes")
    question = exchange.state.get("question")
    exchange.move("rest")
    if answer == "yes":
        _note(exchange, question)
    else:
        exchange.where(exchange.words("cadre.not_asked"))


def heard(exchange: Exchange, text: str) -> None:
    """Typed instead of tapped."""
    answer = spoken.yes_or_no(text)
    if answer is None:
        again(exchange, exchange.words("refused.not_a_choice"))
    else:
        tapped(exchange, answer)


def _note(exchange: Exchange, question: str | None) -> None:
    assert exchange.household is not None
    assisting.call(
        exchange.tx,
        exchange.household,
        exchange.person,
        now=exchange.now,
        interview_id=exchange.interview_id,
        question=question,
    )
    exchange.where(exchange.words("cadre.asked"))
