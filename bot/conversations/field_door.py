"""At one door of /verifikasi: may a guest look, and then one answer at a time."""

from bot.conversations.asking import answer_words
from bot.conversations.exchange import Exchange, Rows, Said, column
from bot.conversations.field_list import show_list
from kkb_core.messaging import bold
from kkb_core.services import field_check
from kkb_core.services.field_check import Door, Guide, Statement
from kkb_core.summary.match import Verdict


def show_door(
    exchange: Exchange, guide: Guide, sample_id: int, household_id: int, *lead: Said
) -> None:
    """The household, and whether it lets its answers be looked at. Raises NotAllowed."""
    door = field_check.knock(exchange.tx, guide, sample_id, household_id)
    home = door.drawn.household
    exchange.show(
        *lead,
        bold(home.label),
        exchange.words("task.place", rt=home.rt or "-", rw=home.rw or "-"),
        exchange.words("field.number", number=door.number, total=len(door.homes)),
        *_noted(exchange, door),
        "",
        *_question(exchange, door),
        replies=_buttons(exchange, door),
    )


def _question(exchange: Exchange, door: Door) -> list[Said]:
    if not door.statements:
        return [exchange.words("field.nothing_left")]
    asked = exchange.words("field.door_ask", count=len(door.statements))
    return [bold(asked), exchange.words("field.door_more")]


def _buttons(exchange: Exchange, door: Door) -> Rows:
    mark = f"{door.sample.id}:{door.drawn.household.id}:{door.stamp}"
    offered = ["may"] if door.statements else []
    if door.statements and door.open:
        offered += [Verdict.REFUSED.value, Verdict.AWAY.value]
    return column(
        *(exchange.button(f"field.{one}", f"ver:{one}:{mark}") for one in offered),
        exchange.button("field.skip", f"ver:next:{mark}"),
        exchange.button("field.list", f"ver:list:{door.sample.id}:0:-"),
    )


def _noted(exchange: Exchange, door: Door) -> list[Said]:
    """What was found there before."""
    verdicts = [one.verdict for one in door.drawn.checks]
    return [
        exchange.words(f"field.noted_{one.value}", count=verdicts.count(one))
        for one in Verdict
        if one in verdicts
    ]


def show_statement(exchange: Exchange, door: Door, one: Statement, *lead: Said) -> None:
    """One answer, and whether it holds."""
    home = door.drawn.household
    mark = f"{door.sample.id}:{home.id}-{one.check.id}:{door.stamp}"
    exchange.show(
        *lead,
        bold(home.label),
        exchange.words(
            "field.said", number=door.statements.index(one) + 1, total=len(door.statements)
        ),
        exchange.local(one.question.label),
        f"→ {answer_words(exchange, one.question, one.answer)}",
        "",
        bold(exchange.words("field.ask")),
        replies=column(
            *(
                exchange.button(f"field.{verdict.value}", f"ver:{verdict.value}:{mark}")
                for verdict in (Verdict.AGREES, Verdict.DIFFERS)
            ),
            exchange.button("field.skip", f"ver:next:{mark}"),
            exchange.button("field.list", f"ver:list:{door.sample.id}:0:-"),
        ),
    )


def show_next_home(exchange: Exchange, guide: Guide, door: Door, *lead: Said) -> None:
    """The next door on the way; at the end of it the list, with the figure."""
    further = door.next_home
    if further is None:
        show_list(exchange, guide, door.sample.id, 0, *lead)
    else:
        show_door(exchange, guide, door.sample.id, further.household.id, *lead)
