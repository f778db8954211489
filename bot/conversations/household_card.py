"""One household's card, as whoever works with it sees it, and what to say at its door."""

from bot.conversations.exchange import Exchange, Rows, Said, column, grid
from bot.conversations.reasons import reason_words, to_do
from kkb_core.messaging import QuickReply, bold
from kkb_core.services import following_up, tasks
from kkb_core.services.following_up import CLOSINGS, Card
from kkb_core.storage.help import HelpRequest
from kkb_core.storage.roles import Held
from kkb_core.storage.visits import Outcome


def opened(exchange: Exchange, hat: Held, household_id: int) -> Card:
    """A household's card; that it was looked at is in the audit log. Raises NotAllowed."""
    return following_up.open_card(
        exchange.tx,
        exchange.definitions,
        exchange.person,
        hat.grant,
        household_id,
        now=exchange.now,
    )


def show_card(exchange: Exchange, hat: Held, household_id: int, *lead: Said) -> None:
    """A household's card; that it was looked at is in the audit log."""
    card = opened(exchange, hat, household_id)
    home = card.task.household
    exchange.show(
        *lead,
        bold(home.label),
        exchange.words("task.place", rt=home.rt, rw=home.rw),
        *_paused(exchange, card),
        *_why(exchange, card),
        *(called(exchange, request) for request in card.task.requests),
        _reached(exchange, card),
        replies=_card_buttons(exchange, card),
    )


def _why(exchange: Exchange, card: Card) -> list[Said]:
    if not card.task.reasons:
        return [exchange.words("task.nothing_waits")]
    return [f"• {reason_words(exchange, reason)}" for reason in card.task.reasons]


def called(exchange: Exchange, request: HelpRequest) -> Said:
    """What a call is about, in the words the family saw; a private question is never named."""
    question = tasks.question_of(exchange.definitions, request.question or "")
    if question is None or question.sensitive:
        return f"🙋 {exchange.words('task.called')}"
    return f"🙋 {exchange.words('task.called_at', question=exchange.local(question.label))}"


def _paused(exchange: Exchange, card: Card) -> list[Said]:
    until = card.task.household.paused_until
    if until is None or until <= exchange.now:
        return []
    day = exchange.day(until, card.task.household.area_code)
    return [exchange.words("task.paused", date=day)]


def _reached(exchange: Exchange, card: Card) -> str:
    if card.task.reached_at is None:
        return exchange.words("task.never_reached")
    day = exchange.day(card.task.reached_at, card.task.household.area_code)
    return exchange.words("task.reached", date=day)


def _card_buttons(exchange: Exchange, card: Card) -> Rows:
    home = card.task.household.id
    after = card.last_visit.id if card.last_visit else 0
    outcomes = [
        exchange.button(f"task.{one.value}", f"task:{one.value}:{home}:{after}") for one in Outcome
    ]
    rows: list[tuple[QuickReply, ...]] = [
        (exchange.button("task.answer", f"task:answer:{request.id}:0"),)
        for request in card.task.requests
    ]
    rows += [(exchange.button("task.script", f"task:script:{home}:0"),), *grid(outcomes, 2)]
    if card.can_close:
        rows += [
            (exchange.button(f"task.close_{one}", f"task:close:{home}:{one}"),) for one in CLOSINGS
        ]
    rows += [
        (exchange.button("fill.button", f"fill:begin:{home}"),),
        (exchange.button("task.back", "task:list:walk:0"),),
    ]
    return tuple(rows)


def show_script(exchange: Exchange, hat: Held, household_id: int) -> None:
    """What to say at the door, and what to do; nobody else there learns why."""
    card = opened(exchange, hat, household_id)
    steps = dict.fromkeys(to_do(exchange, flag.question) for flag in card.task.flags)
    exchange.show(
        bold(exchange.words("task.script")),
        exchange.words("task.script_text"),
        *(f"• {step}" for step in steps),
        replies=column(exchange.button("task.back_card", f"task:open:{household_id}:0")),
    )
