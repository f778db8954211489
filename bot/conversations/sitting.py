"""A sitting: one question after another, and every way into it and out of it."""

from datetime import timedelta

from bot.conversations import calling, same, spoken
from bot.conversations.asking import ask
from bot.conversations.exchange import Exchange, Said
from bot.conversations.settling import begin, between, settle
from kkb_core.services import answering
from kkb_core.services.answering import value_of
from kkb_core.storage.interviews import latest_completed
from kkb_core.survey.events import AnswerRefused
from kkb_core.survey.interview import (
    SKIPPED,
    Interview,
    Tap,
    Turn,
    ask_again,
    back,
    done_picking,
    dont_know,
    edit,
    go_on,
    pause,
    pick,
    resume,
    skip,
)
from kkb_core.survey.questionnaire import Questionnaire

AWAY = timedelta(hours=6)
SAFETY_WORDS = {
    "yes": "safe",
    "safe": "safe",
    "no": "later",
    "later": "later",
    "skip": "skip",
    "3": "skip",  # the third button
}


def enter(exchange: Exchange, *lead: Said) -> None:
    """Show where the household's interview is; open it first if a round is open."""
    assert exchange.household is not None
    _leave_old_round(exchange)
    if not exchange.has_begun and not _open(exchange, *lead):
        return
    questionnaire, interview = exchange.questionnaire, value_of(exchange.stored)
    if interview.waiting_for is None:
        completed = exchange.state.pop("then", None)  # a private word stood before the thanks
        between(exchange, interview, completed, lead=lead)
    elif interview.asking_safety or not questionnaire.questions[interview.waiting_for].sensitive:
        ask(exchange, questionnaire, interview, lead=lead)
    else:
        # A private question comes back only after asking anew whether it is safe.
        settle(exchange, ask_again(questionnaire, interview), lead=lead)


def _leave_old_round(exchange: Exchange) -> None:
    """Who comes back after their round has closed is asked in the one that is open now.

    Somebody in the middle of a sitting ends it where it began.
    """
    if not exchange.has_begun or exchange.household is None:
        return
    at_rest = value_of(exchange.stored).waiting_for is None or exchange.idle > AWAY
    if at_rest and answering.round_is_over(
        exchange.tx, exchange.stored, exchange.household, now=exchange.now
    ):
        exchange.interview = None


def _open(exchange: Exchange, *lead: Said) -> bool:
    """Open or join the household's interview of this round; False when something else is shown."""
    assert exchange.household is not None
    exchange.rest()
    exchange.interview = answering.open_interview(
        exchange.tx,
        exchange.definitions,
        exchange.household,
        person=exchange.person,
        now=exchange.now,
    )
    if exchange.interview is None:
        return _stand_in_the_last(exchange, *lead)
    if exchange.interview.cursor is not None:
        return True
    earlier = same.shown_again(exchange)
    if not exchange.interview.answers and same.profile(exchange.questionnaire, earlier):
        same.ask_same(exchange, *lead)
        return False
    begin(exchange, answers=exchange.interview.answers, suggestions=earlier)
    return True


def _stand_in_the_last(exchange: Exchange, *lead: Said) -> bool:
    """No round is open: what was answered last may be seen, and changed by who answered it."""
    assert exchange.household is not None
    exchange.interview = answering.last_interview(
        exchange.tx, exchange.household, person=exchange.person
    )
    if exchange.has_begun:
        return True
    answered = latest_completed(exchange.tx, exchange.household.id) is not None
    result = ((exchange.button("home.result", "home:result"),),)
    exchange.show(*lead, exchange.words("round.none"), replies=result if answered else ())
    return False


def tapped(exchange: Exchange, verb: str, args: list[str]) -> None:
    """A button under a question: it says which interview, question and revision it answers."""
    try:
        interview_id, name, revision, value = args
        tap = Tap(name, int(revision))
    except ValueError:
        exchange.outdated()
        return
    if interview_id != str(exchange.interview_id) or not exchange.has_begun:
        exchange.outdated()
        return
    questionnaire, interview = exchange.questionnaire, value_of(exchange.stored)
    if verb == "n" and value in ("why", "help"):
        if (interview.waiting_for, interview.revision) == (name, tap.revision):
            _aside(exchange, questionnaire, interview, value)
        else:
            exchange.outdated()
        return
    turn = _tapped(questionnaire, interview, verb, value, tap)
    if turn is None:
        exchange.outdated()
    else:
        settle(exchange, turn, lead=_at_the_first(exchange, interview, turn, value))


def _tapped(
    questionnaire: Questionnaire, interview: Interview, verb: str, value: str, tap: Tap
) -> Turn | None:
    match verb, value:
        case (("a" | "s"), _):
            return resume(questionnaire, interview, value, tap=tap)
        case "p", _:
            return pick(questionnaire, interview, value[1:], on=value[:1] == "+", tap=tap)
        case "n", "done":
            return done_picking(questionnaire, interview, tap=tap)
        case "n", "back":
            return back(questionnaire, interview, tap=tap)
        case "n", "keep" if tap.question in interview.answers:
            return resume(questionnaire, interview, interview.answers[tap.question], tap=tap)
        case "n", "skip":
            return skip(questionnaire, interview, tap=tap)
        case "n", "dk":
            return dont_know(questionnaire, interview, tap=tap)
        case "n", "later":
            return pause(questionnaire, interview, tap=tap)
        case _:
            return None


def heard(exchange: Exchange, text: str) -> None:
    """Words typed while a question waits."""
    questionnaire, interview = exchange.questionnaire, value_of(exchange.stored)
    move = spoken.move(text)
    if spoken.wish(text) == "on":
        on(exchange)
    elif interview.asking_safety and move != "back":
        said = move or spoken.yes_or_no(text) or spoken.plain(text)
        settle(exchange, resume(questionnaire, interview, SAFETY_WORDS.get(said, text)))
    elif move in ("why", "help"):
        _aside(exchange, questionnaire, interview, move)
    else:
        turn = _said(questionnaire, interview, move, text)
        if exchange.idle > AWAY and any(isinstance(one, AnswerRefused) for one in turn.events):
            # A greeting after days is no wrong answer.
            back_again = exchange.words("pause.back")
            settle(exchange, ask_again(questionnaire, interview), lead=(back_again,))
        else:
            settle(exchange, turn, lead=_at_the_first(exchange, interview, turn, move))


def _at_the_first(
    exchange: Exchange, before: Interview, turn: Turn, move: str | None
) -> tuple[Said, ...]:
    """Kembali where nothing comes before."""
    stays = move == "back" and turn.interview.waiting_for == before.waiting_for
    return (exchange.words("ask.first"),) if stays else ()


def _aside(
    exchange: Exchange, questionnaire: Questionnaire, interview: Interview, word: str
) -> None:
    """Explain the question, or call the cadre to it; the question stays."""
    assert interview.waiting_for is not None
    if word == "why":
        ask(exchange, questionnaire, interview, explain=True)
    else:
        calling.call(exchange, questionnaire.questions[interview.waiting_for])


def _said(questionnaire: Questionnaire, interview: Interview, move: str | None, text: str) -> Turn:
    match move:
        case "back":
            return back(questionnaire, interview)
        case "skip":
            return skip(questionnaire, interview)
        case "dk":
            return dont_know(questionnaire, interview)
        case "later":
            return pause(questionnaire, interview)
        case "keep" if interview.answers.get(interview.waiting_for or "", SKIPPED) != SKIPPED:
            tap = Tap(interview.waiting_for or "", interview.revision)
            return resume(questionnaire, interview, interview.answers[tap.question], tap=tap)
        case "done" if interview.picked:
            tap = Tap(interview.waiting_for or "", interview.revision)
            return done_picking(questionnaire, interview, tap=tap)
        case _:
            return resume(questionnaire, interview, text)


def on(exchange: Exchange) -> None:
    """Go on: the waiting question, else the next section, else what waited for a safer time."""
    _leave_old_round(exchange)
    if not exchange.has_begun:
        exchange.where()
        return
    questionnaire, interview = exchange.questionnaire, value_of(exchange.stored)
    if interview.waiting_for is not None:
        settle(exchange, ask_again(questionnaire, interview))
    else:
        settle(exchange, go_on(questionnaire, interview))


def change(exchange: Exchange, name: str) -> None:
    """Ask one answer again."""
    settle(exchange, edit(exchange.questionnaire, value_of(exchange.stored), name))
