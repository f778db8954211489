"""How a made-up family answers: through the interview itself, question by question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from random import Random

from bot.demo.families import Family
from kkb_core.survey import interview as talk
from kkb_core.survey.events import AnswerRefused, Event, InterviewCompleted
from kkb_core.survey.interview import Interview, Tap, Turn
from kkb_core.survey.packs import Pack
from kkb_core.survey.questionnaire import Question, Questionnaire, QuestionType

SKIPS = 0.03  # of the questions that may be skipped
KEEPS_TO_ITSELF = 0.08  # of the sensitive runs
HOPEFUL = 1.1  # most answers are good ones ...
DIFFERENT = 0.9  # ... and families differ by this much
USUAL = 50  # points
CROWDED, ROOMY = 5, 16  # square metres a person


Worth = Mapping[str, Mapping[str, int | None]]  # points of each choice of a question


@dataclass(frozen=True, kw_only=True)
class Answering:
    """One family before one questionnaire."""

    questionnaire: Questionnaire
    worth: Worth
    family: Family
    draw: Random

    def answers_all(self, *, sections: int | None = None) -> Turn:
        """The interview answered, whole or as many *sections*, and everything that happened."""
        turn = talk.start(self.questionnaire)
        events: list[Event] = [*turn.events]
        while not any(isinstance(event, InterviewCompleted) for event in turn.events):
            if turn.interview.waiting_for is not None:
                turn = self._reply(turn.interview)
            elif sections is not None and self._completed(turn.interview) >= sections:
                break
            else:
                turn = talk.go_on(self.questionnaire, turn.interview)
            events += turn.events
        return Turn(turn.interview, tuple(events))

    def _completed(self, interview: Interview) -> int:
        return sum(
            talk.is_complete(self.questionnaire, interview, section.name)
            for section in self.questionnaire.sections
        )

    def _reply(self, interview: Interview) -> Turn:
        assert interview.waiting_for is not None
        question = self.questionnaire.questions[interview.waiting_for]
        tap = Tap(question.name, interview.revision)
        if interview.asking_safety:
            safe = "skip" if self.draw.random() < KEEPS_TO_ITSELF else "safe"
            return talk.resume(self.questionnaire, interview, safe, tap=tap)
        if not question.required and self.draw.random() < SKIPS:
            return talk.skip(self.questionnaire, interview, tap=tap)
        value = self._value(interview, question)
        turn = talk.resume(self.questionnaire, interview, value, tap=tap)
        if any(isinstance(event, AnswerRefused) for event in turn.events):
            return talk.dont_know(self.questionnaire, interview, tap=tap)
        return turn

    def _value(self, interview: Interview, question: Question) -> str:
        known = self.family.profile.get(question.name)
        if known is not None:
            return known
        if question.type in {QuestionType.SELECT_ONE, QuestionType.SELECT_MULTIPLE}:
            return self._choice(interview, question)
        if question.type is QuestionType.DECIMAL:
            return str(int(self.family.profile["members"]) * self.draw.randint(CROWDED, ROOMY))
        return talk.UNKNOWN

    def _choice(self, interview: Interview, question: Question) -> str:
        offered = talk.choices_now(self.questionnaire, interview, question.name)
        points = self.worth.get(question.name, {})
        leaning = HOPEFUL + DIFFERENT * (self.family.wellbeing + self.draw.gauss(0, 0.5))
        weights = [_weight(points.get(choice.name), leaning) for choice in offered]
        return self.draw.choices(offered, weights)[0].name


def worth_of(packs: Sequence[Pack]) -> Worth:
    """The points of the choices of every question that some pack scores."""
    return {
        points.question: points.choices
        for pack in packs
        for scale in pack.scales
        for item in scale.items
        for points in item.parts
    }


def _weight(points: int | None, leaning: float) -> float:
    return exp(leaning * (USUAL if points is None else points) / USUAL)
