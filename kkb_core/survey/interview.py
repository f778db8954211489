"""Where one interview stands, and how a reply moves it.

A frozen value small enough to store whole after every turn. Each function takes an interview and
returns a Turn: the interview as it is now, and what happened, in the past tense. Nothing raises
because of what a person wrote or tapped; a caller's mistake is an assertion.
"""

from collections.abc import Mapping

from kkb_core.survey.accepting import accept, accept_if_allowed, take_safety
from kkb_core.survey.events import (
    ChoicePicked,
    InterviewCompleted,
    InterviewPaused,
    Refusal,
    ReplyOutdated,
)
from kkb_core.survey.place import SKIPPED, UNKNOWN, Interview, Tap, Turn
from kkb_core.survey.progress import (
    Progress,
    choices_now,
    is_complete,
    progress,
    relevant_questions,
    suggestion,
)
from kkb_core.survey.questionnaire import Questionnaire
from kkb_core.survey.replies import Refused, read, read_tap, together
from kkb_core.survey.steps import (
    ask,
    ask_next,
    between,
    elsewhere,
    elsewhere_than_picking,
    first_to_do,
    is_outdated,
    plan_for,
    refuse,
    settled,
    waiting,
)

__all__ = [
    "SKIPPED",
    "UNKNOWN",
    "Interview",
    "Progress",
    "Tap",
    "Turn",
    "ask_again",
    "back",
    "choices_now",
    "done_picking",
    "dont_know",
    "edit",
    "go_on",
    "is_complete",
    "pause",
    "pick",
    "progress",
    "relevant_questions",
    "resume",
    "skip",
    "start",
    "suggestion",
]


def start(
    questionnaire: Questionnaire,
    *,
    answers: Mapping[str, str] | None = None,
    suggestions: Mapping[str, str] | None = None,
) -> Turn:
    """Open an interview at its first section that is not complete.

    *answers* are taken over as given (another phone's), but for those that do not apply.
    """
    interview = Interview(
        questionnaire=questionnaire.id,
        answers=dict(answers or {}),
        suggestions=dict(suggestions or {}),
    )
    return go_on(questionnaire, interview)


def resume(
    questionnaire: Questionnaire, interview: Interview, reply: str, *, tap: Tap | None = None
) -> Turn:
    """Take *reply* to the question being asked: a choice's name (from a tap), or words typed.

    Typed words are matched, ignoring case, spaces, punctuation and emoji, with a choice's number
    in the order shown (1, 2, …; where choices are spans of ages it is an age), its name, its labels
    in every language and its aliases. "?" is UNKNOWN. For a select_multiple, several separated by commas, spaces or "dan"; with a tap, the
    reply is the names joined by spaces. While `asking_safety`, the reply is "safe", "later"
    (defers this run of sensitive questions) or "skip" (skips this run). A tap whose question or
    revision is not the interview's own changes nothing.
    """
    if other := elsewhere(questionnaire, interview, tap):
        return other
    if interview.asking_safety:
        return take_safety(questionnaire, interview, reply, tap)
    name = waiting(interview)
    if reply.strip() == UNKNOWN:
        return accept(questionnaire, interview, {name: UNKNOWN})
    question = questionnaire.questions[name]
    offered = choices_now(questionnaire, interview, name)
    try:
        value = (read if tap is None else read_tap)(question, offered, reply)
    except Refused as refused:
        return refuse(interview, refused.refusal)
    return accept_if_allowed(questionnaire, interview, value)


def pick(
    questionnaire: Questionnaire, interview: Interview, choice: str, *, on: bool, tap: Tap
) -> Turn:
    """Tick or untick a choice of the select_multiple being asked.

    Does not move the revision, so quick taps on several choices all count; saying it twice changes
    nothing. An exclusive choice unticks the rest and the reverse.
    """
    if other := elsewhere_than_picking(questionnaire, interview, tap):
        return other
    name = waiting(interview)
    offered = {each.name: each for each in choices_now(questionnaire, interview, name)}
    if choice not in offered:
        return Turn(interview, (ReplyOutdated(),))
    before = {ticked for ticked in interview.picked if ticked in offered}
    after = before - {choice}
    if on:
        alone = offered[choice].exclusive
        after = {choice} | {t for t in before if not (alone or offered[t].exclusive)}
    return Turn(interview).and_then(
        *(ChoicePicked(name, each, each in after) for each in offered if each in before ^ after),
        picked=tuple(each for each in offered if each in after),
    )


def done_picking(questionnaire: Questionnaire, interview: Interview, *, tap: Tap) -> Turn:
    """Take what is ticked as the answer."""
    if other := elsewhere_than_picking(questionnaire, interview, tap):
        return other
    offered = choices_now(questionnaire, interview, waiting(interview))
    try:
        value = together(offered, [each for each in offered if each.name in interview.picked])
    except Refused as refused:
        return refuse(interview, refused.refusal)
    return accept_if_allowed(questionnaire, interview, value)


def skip(questionnaire: Questionnaire, interview: Interview, *, tap: Tap | None = None) -> Turn:
    """Lewati. Refused (REQUIRED) where an answer is required."""
    if other := elsewhere(questionnaire, interview, tap):
        return other
    if interview.asking_safety:
        return take_safety(questionnaire, interview, "skip", tap)
    name = waiting(interview)
    if questionnaire.questions[name].required:
        return refuse(interview, Refusal.REQUIRED)
    return accept(questionnaire, interview, {name: SKIPPED})


def dont_know(
    questionnaire: Questionnaire, interview: Interview, *, tap: Tap | None = None
) -> Turn:
    """Tidak tahu: an answer of its own, makes the conditions that rest on it false."""
    return resume(questionnaire, interview, UNKNOWN, tap=tap)


def back(questionnaire: Questionnaire, interview: Interview, *, tap: Tap | None = None) -> Turn:
    """Kembali: ask the previous answered question of this section again.

    Its answer stays until changed. At the first question of a section it asks that one again.
    """
    if other := elsewhere(questionnaire, interview, tap):
        return other
    name = waiting(interview)
    section = questionnaire.questions[name].section
    target = name
    for earlier in relevant_questions(questionnaire, interview.answers, section):
        if earlier == name:
            break
        if earlier in interview.answers:
            target = earlier
    return ask(questionnaire, Turn(interview), target, keep_ticks=target == name)


def edit(questionnaire: Questionnaire, interview: Interview, name: str) -> Turn:
    """Ask *name* again; after it, only what this opened, then back to where the person was.

    A question that does not apply (any more) is outdated and changes nothing.
    """
    if name not in plan_for(questionnaire, interview).standing(interview.answers).names:
        return Turn(interview, (ReplyOutdated(),))
    return_to = interview.return_to if interview.editing else interview.waiting_for
    if name == return_to:
        turn = Turn(interview).and_then(editing=False, follow_up=(), return_to=None, safe=False)
    else:
        turn = Turn(interview).and_then(editing=True, return_to=return_to, safe=False)
    return ask(questionnaire, turn, name)


def pause(_: Questionnaire, interview: Interview, *, tap: Tap | None = None) -> Turn:
    """Nanti saja: nothing is lost; `ask_again` later."""
    if is_outdated(interview, tap):
        return Turn(interview, (ReplyOutdated(),))
    return Turn(interview).and_then(
        InterviewPaused(), safe=False, asking_safety=interview.asking_safety or interview.safe
    )


def ask_again(questionnaire: Questionnaire, interview: Interview) -> Turn:
    """Show where the person is: the question being asked, with a new revision.

    For after days or a restart; safety is asked anew before a sensitive question. Between sittings
    nothing is asked.
    """
    turn = settled(questionnaire, Turn(interview).and_then(safe=False))
    name = interview.waiting_for
    if name is None:
        return turn
    if name in relevant_questions(questionnaire, turn.interview.answers):
        return ask(questionnaire, turn, name, keep_ticks=True)
    return ask_next(questionnaire, turn)


def go_on(questionnaire: Questionnaire, interview: Interview, section: str | None = None) -> Turn:
    """Begin a section: the given one, else the first that is not complete. InterviewCompleted if none.

    When all is complete, what was deferred comes back, section by section.
    """
    if section is not None and section not in {each.name for each in questionnaire.sections}:
        return Turn(interview, (ReplyOutdated(),))
    turn = settled(questionnaire, between(Turn(interview)))
    section = section or first_to_do(questionnaire, turn.interview)
    if section is None:
        return turn.and_then(InterviewCompleted())
    deferred = turn.interview.deferred
    if is_complete(questionnaire, turn.interview, section):
        deferred = deferred.difference(questionnaire.section(section).questions)
    return ask_next(questionnaire, turn.and_then(section=section, deferred=deferred))
