"""Masih sama? What the family told about itself last time, taken over or asked again."""

from collections.abc import Mapping

from bot.conversations import spoken
from bot.conversations.asking import answer_words, ask
from bot.conversations.exchange import Exchange, Said, column
from bot.conversations.settling import begin
from kkb_core.messaging import bold
from kkb_core.services import answering
from kkb_core.survey.interview import SKIPPED, UNKNOWN
from kkb_core.survey.questionnaire import Questionnaire


def shown_again(exchange: Exchange) -> dict[str, str]:
    """Last time's answers that may be shown: none to a private question, none this version lacks."""
    questions = exchange.questionnaire.questions
    return {
        name: value
        for name, value in answering.last_answers(exchange.tx, exchange.stored).items()
        if name in questions and not questions[name].sensitive
    }


def profile(questionnaire: Questionnaire, answers: Mapping[str, str]) -> dict[str, str]:
    """The answers of the profile block, in the order they are asked."""
    names = (n for one in questionnaire.sections if one.is_profile for n in one.questions)
    return {name: answers[name] for name in names if name in answers}


def ask_same(exchange: Exchange, *lead: Said) -> None:
    """Show last time's profile, and two buttons."""
    exchange.move("same")
    questionnaire = exchange.questionnaire
    told = [
        f"• {exchange.local(questionnaire.questions[name].label)} "
        f"{answer_words(exchange, questionnaire.questions[name], value)}"
        for name, value in profile(questionnaire, shown_again(exchange)).items()
        if value not in (SKIPPED, UNKNOWN)
    ]
    exchange.show(
        *lead,
        exchange.words("round.same_intro"),
        *told,
        bold(exchange.words("round.same")),
        replies=column(
            exchange.button("round.same_yes", "same:yes"),
            exchange.button("round.same_no", "same:no"),
        ),
    )


def tapped(exchange: Exchange, answer: str) -> None:
    """The profile is as it was, or something changed: then it is asked, with last time's answers marked."""
    if exchange.topic != "same" or exchange.interview is None:
        exchange.outdated()
        return
    earlier = shown_again(exchange)
    taken = profile(exchange.questionnaire, earlier) if answer == "yes" else {}
    exchange.move("rest")
    turn = begin(exchange, answers={**taken, **exchange.stored.answers}, suggestions=earlier)
    ask(exchange, exchange.questionnaire, turn.interview)


def heard(exchange: Exchange, text: str) -> None:
    """Typed instead of tapped."""
    answer = spoken.yes_or_no(text)
    if answer is None:
        ask_same(exchange, exchange.words("refused.not_a_choice"))
    else:
        tapped(exchange, answer)
