"""After each turn of an interview: keep it, then show what it led to."""

from collections.abc import Mapping

from bot.conversations import aside, permits, results
from bot.conversations.asking import answer_words, ask
from bot.conversations.exchange import Exchange, Said
from bot.conversations.home import next_buttons, show_home
from bot.conversations.hours import hours_buttons
from kkb_core.messaging import bold
from kkb_core.services import answering
from kkb_core.services.answering import Writer
from kkb_core.storage.interviews import Via
from kkb_core.survey.events import (
    AnswerAccepted,
    AnswerDropped,
    AnswerRefused,
    FlagRaised,
    InterviewPaused,
    QuestionsDeferred,
    Refusal,
    ReplyOutdated,
    SectionCompleted,
)
from kkb_core.survey.interview import (
    SKIPPED,
    UNKNOWN,
    Interview,
    Turn,
    ask_again,
    resume,
    start,
)
from kkb_core.survey.questionnaire import Questionnaire, Route


def begin(
    exchange: Exchange, *, answers: Mapping[str, str], suggestions: Mapping[str, str]
) -> Turn:
    """Take and keep a person's first step into the household's interview."""
    turn = start(exchange.questionnaire, answers=answers, suggestions=suggestions)
    _keep(exchange, turn)
    return turn


def settle(exchange: Exchange, turn: Turn, *, lead: tuple[Said, ...] = ()) -> None:
    """Keep a turn and show what it led to."""
    if any(isinstance(event, ReplyOutdated) for event in turn.events):
        exchange.outdated()
        return
    if exchange.fills_in:
        turn = _without_protection(exchange.questionnaire, turn)
    _keep(exchange, turn)
    _note_flags(exchange, turn)
    questionnaire, interview = exchange.questionnaire, turn.interview
    lead = (*lead, *_receipts(exchange, turn))
    if any(isinstance(event, InterviewPaused) for event in turn.events):
        _paused(exchange, lead)
    elif aside.wanted(exchange, turn, then=_completed(turn)):
        return
    elif interview.waiting_for is not None:
        ask(exchange, questionnaire, interview, lead=lead)
    else:
        between(exchange, interview, _completed(turn), lead=lead)
        if _completed(turn) is None and exchange.stored.completed_at is not None:
            permits.ask_after_result(exchange)


def _without_protection(questionnaire: Questionnaire, turn: Turn) -> Turn:
    """A cadre never asks about violence: such questions wait for the family's own phone."""
    while (name := turn.interview.waiting_for) is not None:
        flag = questionnaire.questions[name].flag
        if flag is None or flag.route is not Route.PROTECTION:
            break
        asked = ask_again(questionnaire, turn.interview)
        put_off = resume(questionnaire, asked.interview, "later")
        events = (one for one in put_off.events if not isinstance(one, QuestionsDeferred))
        turn = Turn(put_off.interview, (*turn.events, *events))
    return turn


def _keep(exchange: Exchange, turn: Turn) -> None:
    assert exchange.household is not None
    exchange.interview = answering.keep(
        exchange.tx,
        exchange.definitions,
        exchange.household,
        exchange.stored,
        turn,
        writer=Writer(
            person=exchange.person,
            channel=exchange.msg.address.channel,
            via=Via.CADRE if exchange.fills_in else Via.SELF,
        ),
        now=exchange.now,
    )


def _note_flags(exchange: Exchange, turn: Turn) -> None:
    """Somebody may want to help: contact is asked for at the end of the section."""
    questions = exchange.questionnaire.questions
    for event in turn.events:
        if isinstance(event, FlagRaised):
            flag = questions[event.name].flag
            if flag is not None and flag.route is not Route.PROTECTION:
                exchange.move(exchange.topic, **{**exchange.state, "flagged": True})


def _paused(exchange: Exchange, lead: tuple[Said, ...]) -> None:
    if exchange.fills_in:
        go_on = exchange.button("home.continue", "home:on")
        back = exchange.button("fill.back", "task:list:walk:0")
        exchange.show(*lead, exchange.words("fill.paused"), replies=((go_on,), (back,)))
        return
    exchange.show(
        *lead,
        exchange.words("pause.done"),
        exchange.words("reminder.when"),
        replies=hours_buttons(exchange),
    )


def _receipts(exchange: Exchange, turn: Turn) -> list[Said]:
    """What became of the reply, in a line: the family sees that it was kept."""
    lines: list[Said] = []
    dropped = 0
    for event in turn.events:
        match event:
            case AnswerAccepted(name, value, previous):
                lines.append(_receipt(exchange, name, value))
                if value == SKIPPED and previous not in (None, SKIPPED):
                    lines.append(exchange.words("ask.unsaid"))
            case AnswerRefused(name, refusal):
                lines.append(_refusal(exchange, name, refusal))
            case QuestionsDeferred():
                lines.append(exchange.words("ask.deferred"))
            case AnswerDropped():
                dropped += 1
    if dropped:
        lines.append(exchange.words("ask.dropped", count=dropped))
    # Skipping a whole run of private questions is still one thing the person did.
    return list(dict.fromkeys(lines))


def _receipt(exchange: Exchange, name: str, value: str) -> str:
    question = exchange.questionnaire.questions[name]
    if value == SKIPPED:
        return exchange.words("ask.skipped")
    if question.sensitive:
        return f"✓ {exchange.words('ask.saved_private')}"
    if value == UNKNOWN:
        return f"✓ {exchange.words('ask.unknown')}"
    return f"✓ {exchange.words('ask.saved', answer=answer_words(exchange, question, value))}"


def _refusal(exchange: Exchange, name: str, refusal: Refusal) -> str:
    message = exchange.questionnaire.questions[name].constraint_message
    if refusal is Refusal.CONSTRAINT and message:
        return exchange.local(message)
    return exchange.words(f"refused.{refusal.value}")


def _completed(turn: Turn) -> str | None:
    """The section that the reply completed; the last of several."""
    done = [event.section for event in turn.events if isinstance(event, SectionCompleted)]
    return done[-1] if done else None


def between(
    exchange: Exchange, interview: Interview, completed: str | None, *, lead: tuple[Said, ...]
) -> None:
    """A section is complete, or all of them are, or a change is done."""
    questionnaire = exchange.questionnaire
    if completed is None:
        show_home(exchange, questionnaire, interview, *lead)
    elif exchange.stored.completed_at is not None:
        results.show_result(exchange, *lead)
        permits.ask_after_result(exchange)
    else:
        _thank(exchange, questionnaire, interview, completed, lead)


def _thank(
    exchange: Exchange,
    questionnaire: Questionnaire,
    interview: Interview,
    name: str,
    lead: tuple[Said, ...],
) -> None:
    """A short thank-you, one tip, and the choice to go on or stop here."""
    section = questionnaire.section(name)
    thanks: list[Said] = [exchange.words("section.profile_done")]
    if not section.is_profile:
        thanks = [bold(exchange.words("section.done", section=exchange.local(section.label)))]
        if section.tip:
            thanks.append(exchange.words("section.tip", tip=exchange.local(section.tip)))
    if permits.ask_contact(exchange, *lead, *thanks):
        return
    following = next_buttons(exchange, questionnaire, interview)[0]
    enough = (exchange.button("section.enough", "home:enough"),)
    if exchange.fills_in:
        enough = (exchange.button("fill.back", "task:list:walk:0"),)
    exchange.show(*lead, *thanks, replies=(following, enough))
