"""The reasons on a task list in words a cadre can read out."""

from collections.abc import Sequence

from bot.conversations.exchange import Exchange
from kkb_core.i18n import catalogue
from kkb_core.messaging import Language
from kkb_core.services.tasks import Reason, Why, question_of


def reasons_told(exchange: Exchange, reasons: Sequence[Reason], *, most: int) -> str:
    """Why a household is on the list, in one line: *most* reasons, and how many more there are."""
    heaviest = sorted(reasons, key=lambda one: -one.weight)[:most]
    flags = [one for one in heaviest if one.why is Why.FLAG]
    others = [reason_words(exchange, one) for one in heaviest if one.why is not Why.FLAG]
    parts = [_flags_told(exchange, flags), *others] if flags else others
    more = len(reasons) - len(heaviest)
    return "; ".join(parts) + (f", {exchange.words('task.why_more', count=more)}" if more else "")


def _flags_told(exchange: Exchange, flags: Sequence[Reason]) -> str:
    said = "; ".join(done_words(exchange, one.question or "") for one in flags)
    told = exchange.words("task.why_told", reasons=said)
    late = any(one.overdue for one in flags)
    return exchange.words("task.why_overdue", reasons=told) if late else told


def reason_words(exchange: Exchange, reason: Reason) -> str:
    """One reason by itself."""
    match reason.why:
        case Why.FLAG:
            return _flags_told(exchange, [reason])
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
