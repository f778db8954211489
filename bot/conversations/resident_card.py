"""One family of /warga: what may be done with it, and letting it rest."""

from bot.conversations.exchange import Exchange, Said, column
from bot.conversations.household_card import opened
from kkb_core.messaging import bold
from kkb_core.services import following_up, residents
from kkb_core.services.residents import Rest
from kkb_core.storage import merging
from kkb_core.storage.roles import Held
from kkb_core.survey.paper import form_number


def show_family(exchange: Exchange, hat: Held, household_id: int, *lead: Said) -> None:
    """One family, and what may be done with it."""
    home = opened(exchange, hat, household_id).task.household
    rests = home.paused_until is not None and home.paused_until > exchange.now
    buttons = [
        exchange.button("res.tasks", f"task:open:{home.id}:0"),
        exchange.button("fill.button", f"fill:begin:{home.id}"),
        exchange.button("form.button", f"fill:form:{home.id}"),
        exchange.button("res.wake", f"res:wake:{home.id}")
        if rests
        else exchange.button("res.pause", f"res:pause:{home.id}"),
        exchange.button("res.merge", f"res:merge:{home.id}"),
    ]
    apart = [
        exchange.button("res.unmerge", f"res:unmerge:{one.id}", household=one.label)
        for one in merging.merged_into(exchange.tx, home.id)
    ]
    exchange.show(
        *lead,
        bold(home.label),
        exchange.words("task.place", rt=home.rt, rw=home.rw),
        exchange.words("res.number", number=form_number(home.rt, home.id)),
        replies=column(*buttons, *apart, exchange.button("res.all", "res:list:0")),
    )


def ask_rest(exchange: Exchange, hat: Held, household_id: int) -> None:
    """Ask why the family is to be left in peace."""
    home = following_up.reachable(exchange.tx, hat.grant, household_id)
    exchange.show(
        bold(exchange.words("res.pause_ask", household=home.label)),
        exchange.words("res.pause_more"),
        replies=column(
            *(exchange.button(f"res.pause_{rest}", f"res:{rest}:{home.id}") for rest in Rest),
            exchange.button("edit.cancel", f"res:open:{home.id}"),
        ),
    )


def let_rest(exchange: Exchange, hat: Held, household_id: int, rest: Rest) -> None:
    """Nobody writes to the family or asks after it for a while."""
    until = residents.pause(
        exchange.tx, exchange.person, hat.grant, household_id, rest, now=exchange.now
    )
    day = exchange.day(until, hat.grant.scope.area)
    show_family(exchange, hat, household_id, f"✓ {exchange.words('res.paused', date=day)}", "")


def wake(exchange: Exchange, hat: Held, household_id: int) -> None:
    """The family takes part again."""
    residents.wake(exchange.tx, exchange.person, hat.grant, household_id, now=exchange.now)
    show_family(exchange, hat, household_id, f"✓ {exchange.words('res.woken')}", "")
