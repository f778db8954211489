"""The reasons on a task list in words a cadre can read out."""

from bot.conversations.exchange import Exchange
from kkb_core.i18n import catalogue
from kkb_core.messaging import Language
from kkb_core.services.tasks import Reason, Why, question_of


def reason_words(exchange: Exchange, reason: Reason) -> str:
    """One reason, as it stands behind a household's name."""
    match reason.why:
        case Why.FLAG:
            said = done_words(exchange, reason.question or "")
            return exchange.words("task.why_overdue", reason=said) if reason.overdue else said
        case Why.HELP if reason.question:
            return exchange.words("task.why_help_at", question=_short(exchange, reason.question))
        case why:
            return exchange.words(f"task.why_{why.value}", count=reason.count)


def done_words(exchange: Exchange, question: str) -> str:
    """What the last answer to a flagged question says."""
    return _own_words(exchange, "flagged", question) or _label(exchange, question)


def to_do(exchange: Exchange, question: str) -> str:
    """What the protocol asks for."""
    return _own_words(exchange, "act", question) or exchange.words("act.any")


def _short(exchange: Exchange, name: str) -> str:
    """A question in a word: its number on the paper form, or the profile's name."""
    question = question_of(exchange.definitions, name)
    if question is None or question.item != question.item.lower():
        return name
    return exchange.words("task.profile")


def _own_words(exchange: Exchange, room: str, question: str) -> str | None:
    key = f"{room}.{question.casefold()}"
    return exchange.words(key) if key in catalogue(Language.ID) else None


def _label(exchange: Exchange, name: str) -> str:
    """A question added later has no words of its own yet: the family's own will do."""
    question = question_of(exchange.definitions, name)
    return name if question is None else exchange.local(question.label)
