"""Taking an answer: its flags, what it rules out, what it opens."""

from collections.abc import Iterator, Mapping

from kkb_core.survey.events import (
    AnswerAccepted,
    Event,
    FlagRaised,
    InterviewCompleted,
    QuestionsDeferred,
    Refusal,
    ReplyOutdated,
    SectionCompleted,
)
from kkb_core.survey.place import SKIPPED, UNKNOWN, Interview, Tap, Turn
from kkb_core.survey.progress import all_open, relevant_questions, still_open
from kkb_core.survey.questionnaire import Questionnaire
from kkb_core.survey.relevance import plan_of
from kkb_core.survey.steps import ask, ask_next, plan_for, refuse, settled, waiting

WITHOUT_VALUE = (SKIPPED, UNKNOWN)


def take_safety(
    questionnaire: Questionnaire, interview: Interview, reply: str, tap: Tap | None
) -> Turn:
    """The reply to "is it safe now?"."""
    turn, name = Turn(interview), waiting(interview)
    match reply.strip().casefold():
        case "safe":
            return ask(questionnaire, turn.and_then(safe=True), name)
        case "later":
            return _defer(questionnaire, interview, _run(questionnaire, interview))
        case "skip":
            run = _run(questionnaire, interview)
            skipped = [each for each in run if not questionnaire.questions[each].required]
            return accept(questionnaire, interview, dict.fromkeys(skipped, SKIPPED))
        case _ if tap is not None:
            return turn.and_then(ReplyOutdated())  # a button of the question, from before a pause
    return refuse(interview, Refusal.NOT_A_CHOICE)


def _run(questionnaire: Questionnaire, interview: Interview) -> tuple[str, ...]:
    """The open questions among the sensitive ones in a row that begin with the one waiting."""
    name = waiting(interview)
    section = questionnaire.questions[name].section
    relevant = relevant_questions(questionnaire, interview.answers, section)
    unasked = set(still_open(questionnaire, interview, section))
    run: list[str] = []
    for each in relevant[relevant.index(name) :]:
        if not questionnaire.questions[each].sensitive:
            break
        if each in unasked:
            run.append(each)
    return tuple(run)


def _defer(questionnaire: Questionnaire, interview: Interview, names: tuple[str, ...]) -> Turn:
    if not names:
        return ask_next(questionnaire, Turn(interview))
    turn = Turn(interview).and_then(
        QuestionsDeferred(names), deferred=interview.deferred.union(names)
    )
    return ask_next(questionnaire, _followed(questionnaire, interview, turn))


def accept_if_allowed(questionnaire: Questionnaire, interview: Interview, value: str) -> Turn:
    """Accept *value* if its constraint holds."""
    name = waiting(interview)
    constraint = plan_for(questionnaire, interview).constraints.get(name)
    if constraint is not None and not constraint.holds(interview.answers, value):
        return refuse(interview, Refusal.CONSTRAINT)
    return accept(questionnaire, interview, {name: value})


def accept(questionnaire: Questionnaire, interview: Interview, values: Mapping[str, str]) -> Turn:
    """Take *values* as answers, let go of what they rule out, and ask the next question."""
    before = interview.answers
    accepted = [AnswerAccepted(name, value, before.get(name)) for name, value in values.items()]
    turn = Turn(interview).and_then(
        *accepted,
        answers={**before, **values},
        deferred=interview.deferred.difference(values),
    )
    turn = settled(questionnaire, turn)
    let_go = turn.events[len(accepted) :]
    raised = _flags_raised(questionnaire, before, turn.interview.answers, values)
    turn = Turn(turn.interview, (*accepted, *raised, *let_go))
    return ask_next(questionnaire, _followed(questionnaire, interview, turn))


def _flags_raised(
    questionnaire: Questionnaire,
    before: Mapping[str, str],
    after: Mapping[str, str],
    values: Mapping[str, str],
) -> Iterator[FlagRaised]:
    """Flags of the answers just given, and of earlier ones which these answers made urgent.

    A skipped or unknown answer raises none, whatever the expression says.
    """
    names = before.keys() | after.keys()
    changed = {name for name in names if before.get(name) != after.get(name)}
    for name, when in plan_of(questionnaire).flags.items():
        if after.get(name, SKIPPED) in WITHOUT_VALUE:
            continue
        is_new = name in values and after[name] != before.get(name)
        touched = is_new or (name not in values and not when.names.isdisjoint(changed))
        if touched and when.holds(after) and (is_new or not when.holds(before)):
            yield FlagRaised(name)


def _followed(questionnaire: Questionnaire, before: Interview, turn: Turn) -> Turn:
    """While an answer is being changed: note what it opens or completes in sittings begun before.

    The sitting that is waiting is left out: it goes on by itself.
    """
    interview = turn.interview
    if not interview.editing:
        return turn
    was_open = set(all_open(questionnaire, before))
    now_open = all_open(questionnaire, interview)
    own = interview.return_to and questionnaire.questions[interview.return_to].section
    begun = {questionnaire.questions[name].section for name in interview.answers} - {own}
    follow_up = tuple(
        name
        for name in now_open
        if name in interview.follow_up
        or (name not in was_open and questionnaire.questions[name].section in begun)
    )
    events: list[Event] = [
        SectionCompleted(section.name)
        for section in questionnaire.sections
        if section.name in begun
        and not was_open.isdisjoint(section.questions)
        and set(now_open).isdisjoint(section.questions)
    ]
    if was_open and not now_open and interview.return_to is None:
        events.append(InterviewCompleted())
    return turn.and_then(*events, follow_up=follow_up)
