"""/ubah: change any answer; only what became relevant is asked again."""

from bot.conversations import joining, sitting
from bot.conversations.asking import answer_words
from bot.conversations.exchange import Exchange, Rows, column
from kkb_core.messaging import QuickReply, bold
from kkb_core.services.answering import value_of
from kkb_core.survey.interview import relevant_questions
from kkb_core.survey.questionnaire import Question


def ask_section(exchange: Exchange) -> None:
    """Ask which part (/ubah)."""
    if exchange.household is None:
        exchange.where(exchange.words("edit.nothing"))
        return
    buttons = [
        QuickReply(exchange.local(section.label), f"edit:s:{exchange.interview_id}:{section.name}")
        for section in (exchange.questionnaire.sections if exchange.has_begun else ())
        if _answered(exchange, section.name)
    ]
    exchange.show(
        bold(exchange.words("edit.which_section")),
        replies=column(
            exchange.button("edit.place", f"edit:p:{exchange.household_id}:0"),
            *buttons,
            exchange.button("edit.cancel", "edit:x:0:0"),
        ),
    )


def _answered(exchange: Exchange, section: str) -> list[Question]:
    answers = value_of(exchange.stored).answers
    return [
        exchange.questionnaire.questions[name]
        for name in relevant_questions(exchange.questionnaire, answers, section)
        if name in answers
    ]


def _ask_question(exchange: Exchange, section: str) -> None:
    """Which answer? Private ones are not shown; they can be asked again, safely."""
    answers = value_of(exchange.stored).answers
    found = _answered(exchange, section)
    shown = [question for question in found if not question.sensitive]
    private = [question for question in found if question.sensitive]
    mark = f"edit:q:{exchange.interview_id}"
    lines = [
        f"{number}. {exchange.local(question.label)} → "
        f"{answer_words(exchange, question, answers[question.name])}"
        for number, question in enumerate(shown, start=1)
    ]
    buttons = [QuickReply(str(n), f"{mark}:{q.name}") for n, q in enumerate(shown, start=1)]
    rows = tuple(tuple(buttons[at : at + 4]) for at in range(0, len(buttons), 4))
    if private:
        lines += ["", exchange.words("edit.private_note")]
        rows = (*rows, *_private_again(exchange, private, mark))
    exchange.show(
        bold(exchange.words("edit.which_question")),
        *lines,
        replies=(*rows, (exchange.button("edit.cancel", "edit:x:0:0"),)),
    )


def _private_again(exchange: Exchange, private: list[Question], mark: str) -> Rows:
    """A button for each private question, that does not say what it asks."""
    if len(private) == 1:
        return column(exchange.button("edit.private", f"{mark}:{private[0].name}"))
    return column(
        *(
            exchange.button("edit.private_one", f"{mark}:{one.name}", number=number)
            for number, one in enumerate(private, start=1)
        )
    )


def _ask_again(exchange: Exchange, name: str) -> None:
    """The question; what else was being asked can wait, but for a private word."""
    if exchange.topic == "aside":
        exchange.where()
        return
    exchange.rest()
    sitting.change(exchange, name)


def tapped(exchange: Exchange, what: str, of: str, name: str) -> None:
    """A part, an answer, the family's name and place, or never mind."""
    if what == "x":
        exchange.where()
    elif what == "p" and of == str(exchange.household_id):
        joining.ask_place_again(exchange)
    elif of != str(exchange.interview_id) or not exchange.has_begun:
        exchange.outdated()
    elif what == "s" and any(one.name == name for one in exchange.questionnaire.sections):
        _ask_question(exchange, name)
    elif what == "q" and name in value_of(exchange.stored).answers:
        _ask_again(exchange, name)
    else:
        exchange.outdated()
