"""Masih sama? What the family told about itself last time, taken over or asked again."""

from collections.abc import Mapping

from bot.conversations import spoken
from bot.conversations.asking import answer_words
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
    if _is_over(exchange):
        exchange.where(*lead)
        return
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


def _is_over(exchange: Exchange) -> bool:
    """Whether the round ended while this was being asked: then it is not asked any more."""
    over = answering.has_closed(exchange.tx, exchange.stored, now=exchange.now)
    if over:
        exchange.move("rest")
        exchange.interview = None
    return over


def tapped(exchange: Exchange, answer: str) -> None:
    """The profile is as it was, or something changed: then it is asked, with last time's answers marked."""
    if exchange.topic != "same" or exchange.interview is None or _is_over(exchange):
        exchange.outdated()
        return
    earlier = shown_again(exchange)
    taken = profile(exchange.questionnaire, earlier) if answer == "yes" else {}
    exchange.move("rest")
    begin(exchange, answers={**taken, **exchange.stored.answers}, suggestions=earlier)
    exchange.where()  # another phone may have answered everything meanwhile


def heard(exchange: Exchange, text: str) -> None:
    """Typed instead of tapped."""
    answer = spoken.yes_or_no(text)
    if answer is None:
        ask_same(exchange, exchange.words("refused.not_a_choice"))
    else:
        tapped(exchange, answer)
