"""Between sittings: where the person is, and what they may do next. Unknown words end here too."""

from bot.conversations.asking import minutes
from bot.conversations.exchange import Exchange, Rows, Said
from kkb_core.messaging import bold
from kkb_core.survey.interview import Interview, is_complete, progress, relevant_questions
from kkb_core.survey.questionnaire import Questionnaire, Section


def show_home(
    exchange: Exchange, questionnaire: Questionnaire, interview: Interview, *lead: Said
) -> None:
    """What is done, what is left, and the buttons for it."""
    assert exchange.household is not None
    applying = [
        one.name
        for one in questionnaire.functions
        if relevant_questions(questionnaire, interview.answers, one.name)
    ]
    done = sum(is_complete(questionnaire, interview, name) for name in applying)
    lines: list[Said] = [
        *lead,
        exchange.words("home.at", household=exchange.household.label),
        exchange.words("home.done", count=done, total=len(applying))
        if done < len(applying)
        else bold(exchange.words("home.all_done")),
    ]
    if interview.deferred and not exchange.fills_in:
        lines.append(exchange.words("home.deferred", count=len(interview.deferred)))
    exchange.show(*lines, replies=next_buttons(exchange, questionnaire, interview))


def next_buttons(exchange: Exchange, questionnaire: Questionnaire, interview: Interview) -> Rows:
    """Go on, answer what waited for a safer time, see the result, change an answer."""
    rows: list[Rows] = []
    following = next_section(questionnaire, interview)
    if interview.waiting_for is not None:
        rows.append(((exchange.button("home.continue", "home:on"),),))
    elif following is not None:
        spare = progress(questionnaire, interview, following.name)
        button = exchange.button(
            "section.next",
            "home:on",
            section=exchange.local(following.label),
            minutes=minutes(spare.seconds),
        )
        rows.append(((button,),))
    elif interview.deferred and not exchange.fills_in:
        rows.append(((exchange.button("home.answer_deferred", "home:on"),),))
    pair = (
        exchange.button("home.result", "home:result"),
        exchange.button("home.edit", "home:edit"),
    )
    back = ((exchange.button("fill.back", "task:list:walk:0"),),) if exchange.fills_in else ()
    return (*(row for one in rows for row in one), pair, *back)


def next_section(questionnaire: Questionnaire, interview: Interview) -> Section | None:
    """The first section that is not complete."""
    return next(
        (
            one
            for one in questionnaire.sections
            if not is_complete(questionnaire, interview, one.name)
        ),
        None,
    )
