"""The steps a turn is made of: where are we, what applies still, what is asked next."""

from kkb_core.survey.events import (
    AnswerAccepted,
    AnswerDropped,
    AnswerRefused,
    Event,
    InterviewCompleted,
    QuestionAsked,
    Refusal,
    ReplyOutdated,
    SafetyAsked,
    SectionCompleted,
)
from kkb_core.survey.expressions import NO_VALUE
from kkb_core.survey.place import Interview, Tap, Turn
from kkb_core.survey.progress import (
    all_open,
    choices_now,
    is_complete,
    relevant_questions,
    still_open,
)
from kkb_core.survey.questionnaire import Questionnaire, QuestionType
from kkb_core.survey.relevance import Plan, plan_of


def plan_for(questionnaire: Questionnaire, interview: Interview) -> Plan:
    """The plan of the version this interview began on."""
    assert interview.questionnaire == questionnaire.id, "an interview ends on the version it began"
    return plan_of(questionnaire)


def waiting(interview: Interview) -> str:
    """The question being asked; only where one is."""
    assert interview.waiting_for is not None
    return interview.waiting_for


def is_outdated(interview: Interview, tap: Tap | None) -> bool:
    """Whether *tap* answers another question, or an earlier asking of this one."""
    here = (interview.waiting_for, interview.revision)
    return tap is not None and (tap.question, tap.revision) != here


def elsewhere(questionnaire: Questionnaire, interview: Interview, tap: Tap | None) -> Turn | None:
    """The turn to give when there is no question here to reply to; None when there is."""
    plan = plan_for(questionnaire, interview)
    outdated = Turn(interview, (ReplyOutdated(),))
    if interview.waiting_for is None or is_outdated(interview, tap):
        return outdated
    if interview.waiting_for not in plan.standing(interview.answers).names:
        return ask_next(questionnaire, settled(questionnaire, outdated))
    return None


def elsewhere_than_picking(
    questionnaire: Questionnaire, interview: Interview, tap: Tap
) -> Turn | None:
    """The same where choices are ticked."""
    if other := elsewhere(questionnaire, interview, tap):
        return other
    question = questionnaire.questions[waiting(interview)]
    if interview.asking_safety or question.type is not QuestionType.SELECT_MULTIPLE:
        return Turn(interview, (ReplyOutdated(),))
    return None


def refuse(interview: Interview, refusal: Refusal) -> Turn:
    """The question stands, and so do its buttons."""
    return Turn(interview, (AnswerRefused(waiting(interview), refusal),))


def between(turn: Turn) -> Turn:
    """The person stands between sittings, with no question open."""
    return turn.and_then(
        section=None,
        waiting_for=None,
        asking_safety=False,
        safe=False,
        picked=(),
        editing=False,
        follow_up=(),
        return_to=None,
    )


def first_to_do(questionnaire: Questionnaire, interview: Interview) -> str | None:
    """The first section that is not complete, else the first where something was deferred."""
    for section in questionnaire.sections:
        if not is_complete(questionnaire, interview, section.name):
            return section.name
    deferred = sorted(interview.deferred, key=questionnaire.order.__getitem__)
    return questionnaire.questions[deferred[0]].section if deferred else None


def ask(questionnaire: Questionnaire, turn: Turn, name: str, *, keep_ticks: bool = False) -> Turn:
    """Ask *name*; before a sensitive question, first whether it is safe, once for a run."""
    question, interview = questionnaire.questions[name], turn.interview
    asks_safety = question.sensitive and not interview.safe
    picked: tuple[str, ...] = ()
    if question.type is QuestionType.SELECT_MULTIPLE and not question.sensitive:
        present = interview.answers.get(name, "").split()
        offered = choices_now(questionnaire, interview, name)
        ticked = interview.picked if keep_ticks else present
        picked = tuple(choice.name for choice in offered if choice.name in ticked)
    return turn.and_then(
        SafetyAsked(name) if asks_safety else QuestionAsked(name),
        section=question.section,
        waiting_for=name,
        asking_safety=asks_safety,
        safe=interview.safe and question.sensitive,
        picked=picked,
        revision=interview.revision + 1,
    )


def ask_next(questionnaire: Questionnaire, turn: Turn) -> Turn:
    """Ask the first open question of the sitting, or say that it is complete."""
    if turn.interview.editing:
        return _ask_what_followed(questionnaire, turn)
    section = turn.interview.section
    assert section is not None
    for name in still_open(questionnaire, turn.interview, section):
        return ask(questionnaire, turn, name)
    turn = between(turn.and_then(SectionCompleted(section)))
    if not all_open(questionnaire, turn.interview):
        return turn.and_then(InterviewCompleted())
    return turn


def _ask_what_followed(questionnaire: Questionnaire, turn: Turn) -> Turn:
    """Ask what the change opened; then stand where the person stood before it."""
    interview = turn.interview
    for name in interview.follow_up:
        if name in all_open(questionnaire, interview):
            return ask(questionnaire, turn, name)
    return_to = interview.return_to
    if return_to is None:
        return between(turn)
    section = questionnaire.questions[return_to].section
    turn = turn.and_then(editing=False, follow_up=(), return_to=None, section=section)
    if return_to in relevant_questions(questionnaire, interview.answers):
        return ask(questionnaire, turn, return_to)
    return ask_next(questionnaire, turn)


def settled(questionnaire: Questionnaire, turn: Turn) -> Turn:
    """Let go of what does not apply any more, is not offered, or is contradicted by what came later."""
    turn = _applying(questionnaire, turn)
    while name := _contradicted(questionnaire, turn.interview):
        answers = dict(turn.interview.answers)
        dropped = AnswerDropped(name, answers.pop(name))
        turn = _applying(questionnaire, turn.and_then(dropped, answers=answers))
    return turn


def _contradicted(questionnaire: Questionnaire, interview: Interview) -> str | None:
    """The first answer whose constraint no longer holds, because of other answers."""
    answers = interview.answers
    for name, constraint in plan_for(questionnaire, interview).constraints.items():
        value = answers.get(name)
        if value in NO_VALUE or answers.keys().isdisjoint(constraint.names - {name}):
            continue
        if not constraint.holds(answers, value):
            return name
    return None


def _applying(questionnaire: Questionnaire, turn: Turn) -> Turn:
    """Without the answers that do not apply any more, and the choices that are not offered."""
    interview = turn.interview
    standing = plan_for(questionnaire, interview).standing(interview.answers)
    answers, events = dict(interview.answers), list[Event]()
    for name, value in interview.answers.items():
        left = standing.trimmed.get(name, value) if name in standing.names else None
        if name not in questionnaire.questions or left == value:
            continue
        if left is None:
            del answers[name]
            events.append(AnswerDropped(name, value))
        else:
            answers[name] = left
            events.append(AnswerAccepted(name, left, value))
    deferred = (interview.deferred & standing.names).difference(answers)
    if not events and deferred == interview.deferred:
        return turn
    return turn.and_then(*events, answers=answers, deferred=deferred)
