"""Random walks: people reply, tap, go back, change, pause and leave in any order."""

import json
from dataclasses import dataclass, field, replace
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kkb_core.definitions import load
from kkb_core.survey.events import (
    AnswerAccepted,
    AnswerDropped,
    AnswerRefused,
    QuestionAsked,
    ReplyOutdated,
    SafetyAsked,
)
from kkb_core.survey.interview import (
    SKIPPED,
    UNKNOWN,
    Interview,
    Tap,
    Turn,
    ask_again,
    back,
    choices_now,
    done_picking,
    dont_know,
    edit,
    go_on,
    is_complete,
    pause,
    pick,
    progress,
    relevant_questions,
    resume,
    skip,
    start,
    suggestion,
)
from kkb_core.survey.questionnaire import Questionnaire, QuestionType
from tests.chaos.lengths import length
from tests.kkb_core.survey.examples import EXAMPLE

REAL = load().current
QUESTIONNAIRES = {each.id: each for each in (EXAMPLE, REAL)}

GARBAGE = st.text(st.characters(exclude_categories=()), max_size=30) | st.sampled_from(
    ["", " ", "?", "0", "1", "2", "99", "safe", "later", "skip", "ya", "tidak", "1, 2", "x" * 4096]
)
MOVES = (
    *("answer", "answer", "answer", "answer", "answer", "answer", "garbage", "skip", "dont_know"),
    *("back", "edit", "pause", "ask_again", "go_on", "pick", "done", "old_tap", "other_phone"),
)


@cache
def finished(name: str) -> Interview:
    """Everybody's first choice, to the end: a place from which walks lead through changes."""
    questionnaire = QUESTIONNAIRES[name]
    interview = start(questionnaire).interview
    while interview.section is not None:
        turn = resume(questionnaire, interview, first_reply(questionnaire, interview))
        if any(isinstance(event, AnswerRefused) for event in turn.events):
            turn = dont_know(questionnaire, interview)
        interview = turn.interview
        if interview.section is None:
            interview = go_on(questionnaire, interview).interview
    return interview


def first_reply(questionnaire: Questionnaire, interview: Interview) -> str:
    if interview.asking_safety:
        return "safe"
    question = questionnaire.questions[interview.waiting_for or ""]
    choices = choices_now(questionnaire, interview, question.name)
    if choices:
        return choices[0].name
    return "2026-03-09" if question.type is QuestionType.DATE else "20"


def fitting_reply(questionnaire: Questionnaire, interview: Interview, data: st.DataObject) -> str:
    """A reply that mostly answers the question being asked."""
    if interview.asking_safety:
        return data.draw(st.sampled_from(["safe", "safe", "safe", "later", "skip"]))
    question = questionnaire.questions[interview.waiting_for or ""]
    match question.type:
        case QuestionType.SELECT_ONE | QuestionType.SELECT_MULTIPLE:
            offered = choices_now(questionnaire, interview, question.name)
            return data.draw(st.sampled_from([choice.name for choice in offered]))
        case QuestionType.INTEGER | QuestionType.DECIMAL:
            return str(data.draw(st.integers(0, 40)))
        case QuestionType.DATE:
            return data.draw(st.dates()).isoformat()
        case QuestionType.TEXT:
            return data.draw(st.text(max_size=5))


@dataclass
class Walk:
    """One person on their way, and every tap they could have kept."""

    questionnaire: Questionnaire
    data: st.DataObject
    interview: Interview
    taps: list[Tap] = field(default_factory=list)

    def here(self) -> Tap:
        return Tap(self.interview.waiting_for or "", self.interview.revision)

    def step(self, move: str) -> Turn:
        survey, interview, draw = self.questionnaire, self.interview, self.data.draw
        tap = draw(st.sampled_from([None, self.here()]))
        match move:
            case "answer" if interview.waiting_for is not None:
                return resume(survey, interview, fitting_reply(survey, interview, self.data))
            case "garbage":
                return resume(survey, interview, draw(GARBAGE), tap=tap)
            case "skip":
                return skip(survey, interview, tap=tap)
            case "dont_know":
                return dont_know(survey, interview, tap=tap)
            case "back":
                return back(survey, interview, tap=tap)
            case "edit":
                return edit(survey, interview, draw(st.sampled_from([*survey.questions, "?"])))
            case "pause":
                return pause(survey, interview, tap=tap)
            case "ask_again":
                return ask_again(survey, interview)
            case "pick":
                name = draw(st.sampled_from([*self.choice_names(), "?"]))
                return pick(survey, interview, name, on=draw(st.booleans()), tap=self.here())
            case "done":
                return done_picking(survey, interview, tap=self.here())
            case "old_tap" if self.taps:
                return self.tap_an_old_button(draw(st.sampled_from(self.taps)))
            case "other_phone":
                return self.hear_from_another_phone()
        sections = [None, *(section.name for section in survey.sections), "?"]
        return go_on(survey, interview, draw(st.sampled_from(sections)))

    def choice_names(self) -> list[str]:
        question = self.questionnaire.questions.get(self.interview.waiting_for or "")
        return [choice.name for choice in question.choices] if question else []

    def tap_an_old_button(self, tap: Tap) -> Turn:
        reply = self.data.draw(st.sampled_from([*self.choice_names(), "1"]))
        turn = resume(self.questionnaire, self.interview, reply, tap=tap)
        if tap != self.here():
            assert turn == Turn(self.interview, (ReplyOutdated(),))
        return turn

    def hear_from_another_phone(self) -> Turn:
        """The household's answers change under this person's feet, to a state that is settled."""
        at_first = start(self.questionnaire, answers=self.interview.answers).interview
        other = replace(self, interview=at_first, taps=[])
        for move in self.data.draw(st.lists(st.sampled_from(["answer", "edit"]), max_size=4)):
            other.interview = other.step(move).interview
        return Turn(replace(self.interview, answers=other.interview.answers))


def check(questionnaire: Questionnaire, before: Interview, turn: Turn, *, meanwhile: bool) -> None:
    interview = turn.interview
    relevant = relevant_questions(questionnaire, interview.answers)

    assert set(interview.answers) <= set(relevant)
    assert interview.deferred <= set(relevant) or meanwhile
    assert not interview.deferred & set(interview.answers) or meanwhile
    assert Interview.from_json(json.loads(json.dumps(interview.to_json()))) == interview
    check_where(questionnaire, interview, relevant, meanwhile=meanwhile)
    check_events(before, turn, meanwhile=meanwhile)
    check_counts(questionnaire, interview, relevant)


def check_where(
    questionnaire: Questionnaire,
    interview: Interview,
    relevant: tuple[str, ...],
    *,
    meanwhile: bool,
) -> None:
    name = interview.waiting_for
    if name is None:
        at_rest = Interview(
            questionnaire=interview.questionnaire,
            answers=interview.answers,
            suggestions=interview.suggestions,
            deferred=interview.deferred,
            revision=interview.revision,
        )
        assert interview == at_rest
        return
    assert name in relevant or meanwhile
    assert interview.section == questionnaire.questions[name].section
    if questionnaire.questions[name].sensitive:
        assert interview.safe or interview.asking_safety
        assert suggestion(questionnaire, interview, name) is None
    else:
        assert (interview.safe, interview.asking_safety) == (False, False)


def check_events(before: Interview, turn: Turn, *, meanwhile: bool) -> None:
    """The events say all that changed among the answers, and what is being asked."""
    answers = dict(before.answers)
    for event in turn.events:
        match event:
            case AnswerAccepted(name, value, previous):
                assert answers.get(name) == previous
                answers[name] = value
            case AnswerDropped(name, value):
                assert answers.pop(name) == value
            case AnswerRefused(name):
                assert turn.interview == before
                assert name == before.waiting_for
    assert turn.interview.answers == answers or meanwhile
    asked = [e.name for e in turn.events if isinstance(e, QuestionAsked | SafetyAsked)]
    assert len(asked) == turn.interview.revision - before.revision
    assert asked in ([], [turn.interview.waiting_for])


def check_counts(
    questionnaire: Questionnaire, interview: Interview, relevant: tuple[str, ...]
) -> None:
    unanswered = [name for name in relevant if name not in interview.answers]
    assert progress(questionnaire, interview).left == len(unanswered)
    for section in questionnaire.sections:
        own = [name for name in unanswered if name in section.questions]
        assert progress(questionnaire, interview, section.name).left == len(own)
        complete = is_complete(questionnaire, interview, section.name)
        assert complete == set(own).issubset(interview.deferred)


@pytest.mark.parametrize("name", QUESTIONNAIRES)
@given(data=st.data())
@settings(
    max_examples=length(60, 2_000), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
def test_wherever_a_walk_leads_the_interview_makes_sense(name, data):
    questionnaire = QUESTIONNAIRES[name]
    at_the_end = data.draw(st.booleans())
    walk = Walk(
        questionnaire, data, finished(name) if at_the_end else start(questionnaire).interview
    )

    for move in data.draw(st.lists(st.sampled_from(MOVES), min_size=10, max_size=40)):
        before = walk.interview
        turn = walk.step(move)
        check(questionnaire, before, turn, meanwhile=move == "other_phone")
        walk.taps.append(walk.here())
        # What another phone changed shows in this person's place with their next reply.
        walk.interview = turn.interview
        if move == "other_phone":
            walk.interview = ask_again(questionnaire, turn.interview).interview


@pytest.mark.parametrize("name", QUESTIONNAIRES)
@given(data=st.data())
@settings(
    max_examples=length(40, 1_000), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
def test_back_and_the_same_answer_is_the_same_interview(name, data):
    questionnaire = QUESTIONNAIRES[name]
    walk = Walk(questionnaire, data, start(questionnaire).interview)
    for _ in range(data.draw(st.integers(1, 25))):
        walk.interview = walk.step("answer").interview
    before = walk.interview

    asked = back(questionnaire, before).interview
    present = asked.answers.get(asked.waiting_for or "")
    if present is None:  # there was nothing to go back to
        assert asked.waiting_for == before.waiting_for
        return
    if asked.asking_safety:
        asked = resume(questionnaire, asked, "safe").interview
    after = give_again(questionnaire, asked, present)

    # A run of sensitive questions that one steps out of is asked about again.
    afresh = {"revision": 0, "safe": False, "asking_safety": False}
    assert replace(after, **afresh) == replace(before, **afresh)


def give_again(questionnaire: Questionnaire, interview: Interview, value: str) -> Interview:
    if value == SKIPPED:
        return skip(questionnaire, interview).interview
    if value == UNKNOWN:
        return dont_know(questionnaire, interview).interview
    tap = Tap(interview.waiting_for or "", interview.revision)
    return resume(questionnaire, interview, value, tap=tap).interview


@given(
    answers=st.dictionaries(
        st.sampled_from(sorted(EXAMPLE.questions)),
        st.sampled_from(["", "?", "0", "1", "5", "ya", "tidak", "2_4", "2_4 5_6", "a b", "b"]),
    )
)
def test_an_answer_that_does_not_apply_never_counts(answers):
    interview = start(EXAMPLE, answers=answers).interview

    assert relevant_questions(EXAMPLE, answers) == relevant_questions(EXAMPLE, interview.answers)
    assert set(interview.answers) <= set(relevant_questions(EXAMPLE, answers))
    assert progress(EXAMPLE, interview).answered == len(interview.answers)
