"""A family's answers, kept: the interview, its history, the flags it raises, the scores it earns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kkb_core.definitions import Definitions
from kkb_core.messaging import Channel
from kkb_core.services.scoring import keep_score
from kkb_core.storage import Tx, flags, interviews, rounds, scores
from kkb_core.storage.flags import NewFlag
from kkb_core.storage.households import Household
from kkb_core.storage.interviews import Given, StoredInterview, Via
from kkb_core.survey.events import (
    AnswerAccepted,
    AnswerDropped,
    Event,
    FlagRaised,
    SectionCompleted,
)
from kkb_core.survey.interview import SKIPPED, UNKNOWN, Interview, Turn, is_complete
from kkb_core.survey.questionnaire import Questionnaire
from kkb_core.survey.relevance import plan_of

FLAG_REPEAT = timedelta(days=30)  # the red-flag protocol: not again within 30 days


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who gives the answers, and how they reach us."""

    person: int
    channel: Channel
    via: Via = Via.SELF


def value_of(stored: StoredInterview) -> Interview:
    """The interview as the person it was loaded for sees it."""
    return Interview.from_json(
        {
            **(stored.cursor or {}),
            "questionnaire": stored.questionnaire,
            "answers": dict(stored.answers),
        }
    )


def open_interview(
    tx: Tx, definitions: Definitions, household: Household, *, person: int, now: datetime
) -> StoredInterview | None:
    """The household's interview of the open round, begun if need be; None when no round is open."""
    current = rounds.round_for(tx, household.area_code, now=now)
    if current is None:
        return None
    asked = definitions.questionnaire(current.questionnaire)
    return interviews.open_interview(
        tx,
        household.id,
        current.id,
        questionnaire=asked.id,
        digest=asked.digest,
        person_id=person,
        now=now,
    )


def last_interview(tx: Tx, household: Household, *, person: int) -> StoredInterview | None:
    """The interview the household began last, with the person's place in it."""
    found = interviews.interviews_of(tx, household.id)
    return interviews.load_interview(tx, found[0].id, person) if found else None


def has_closed(tx: Tx, stored: StoredInterview, *, now: datetime) -> bool:
    """Whether the interview's round is over."""
    own = rounds.round_called(tx, stored.round_id)
    return own is None or own.closes_at <= now


def round_is_over(tx: Tx, stored: StoredInterview, household: Household, *, now: datetime) -> bool:
    """Whether the interview's round has closed and another is open for the household."""
    current = rounds.round_for(tx, household.area_code, now=now)
    if current is None or current.id == stored.round_id:
        return False
    return has_closed(tx, stored, now=now)


def last_answers(tx: Tx, stored: StoredInterview) -> Mapping[str, str]:
    """What the household answered in the round before; empty if there was none."""
    earlier = [
        one for one in interviews.interviews_of(tx, stored.household_id) if one.id != stored.id
    ]
    return earlier[0].answers if earlier else {}


def keep(
    tx: Tx,
    definitions: Definitions,
    household: Household,
    stored: StoredInterview,
    turn: Turn,
    *,
    writer: Writer,
    now: datetime,
) -> StoredInterview:
    """Save what a turn changed, and what follows from it. Nothing changed, nothing written."""
    before = value_of(stored)
    after = turn.interview
    if after == before and stored.cursor is not None:
        return stored
    cursor = {k: v for k, v in after.to_json().items() if k not in ("questionnaire", "answers")}
    if after.answers == before.answers:
        interviews.save_cursor(tx, stored.id, writer.person, cursor=cursor, now=now)
        return replace(stored, cursor=cursor, asked_at=now)
    questionnaire = definitions.questionnaire(stored.questionnaire)
    completed = _completed_at(questionnaire, stored, after, now)
    interviews.save_interview(
        tx,
        stored.id,
        answers=after.answers,
        person_id=writer.person,
        cursor=cursor,
        now=now,
        completed_at=completed,
        was_completed_at=stored.completed_at,
    )
    interviews.add_history(tx, _history(stored, turn, writer, now))
    kept = replace(
        stored,
        answers=after.answers,
        cursor=cursor,
        asked_at=now,
        updated_at=now,
        completed_at=completed,
    )
    _raise_flags(tx, questionnaire, kept, turn.events, now)
    solved = _solved(questionnaire, before, after)
    if solved:
        flags.solve(tx, household.id, solved, now=now)
    ends_section = any(isinstance(event, SectionCompleted) for event in turn.events)
    changed = before.editing and scores.score_of(tx, stored.id) is not None
    if completed or ends_section or changed:
        keep_score(tx, definitions, household, kept, now=now)
    return kept


def _solved(questionnaire: Questionnaire, before: Interview, after: Interview) -> list[str]:
    """The flagged questions whose answer, another one earlier, asks for nobody any more.

    A skipped or unknown answer solves nothing.
    """
    return [
        name
        for name, when in plan_of(questionnaire).flags.items()
        if after.answers.get(name, SKIPPED) not in (SKIPPED, UNKNOWN)
        and _was_another(name, before, after)
        and not when.holds(after.answers)
    ]


def _was_another(name: str, before: Interview, after: Interview) -> bool:
    """Whether the family said something else until now, in this round or in the one before."""
    if before.answers.get(name) == after.answers[name]:
        return False
    earlier = before.answers.get(name, after.suggestions.get(name))
    return earlier is not None and earlier != after.answers[name]


def _completed_at(
    questionnaire: Questionnaire, stored: StoredInterview, after: Interview, now: datetime
) -> datetime | None:
    """Once complete, an interview stays so unless an edit opened new questions."""
    if all(is_complete(questionnaire, after, section.name) for section in questionnaire.sections):
        return stored.completed_at or now
    return None


def _history(stored: StoredInterview, turn: Turn, writer: Writer, now: datetime) -> list[Given]:
    return [
        Given(
            interview_id=stored.id,
            person_id=writer.person,
            question=name,
            value=value,
            previous=previous,
            at=now,
            channel=writer.channel,
            via=writer.via,
        )
        for name, value, previous in _changes(stored, turn)
    ]


def _changes(stored: StoredInterview, turn: Turn) -> Iterator[tuple[str, str | None, str | None]]:
    """Question, value and value before of each answer; those taken over from a round before too."""
    told = set()
    for event in turn.events:
        match event:
            case AnswerAccepted(name, value, previous):
                yield name, value, previous
            case AnswerDropped(name, value):
                yield name, None, value
            case _:
                continue
        told.add(name)
    for name, value in turn.interview.answers.items():
        if name not in told and name not in stored.answers:
            yield name, value, None


def _raise_flags(
    tx: Tx,
    questionnaire: Questionnaire,
    stored: StoredInterview,
    events: tuple[Event, ...],
    now: datetime,
) -> None:
    for event in events:
        if not isinstance(event, FlagRaised):
            continue
        flag = questionnaire.questions[event.name].flag
        assert flag is not None
        flags.raise_flag(
            tx,
            NewFlag(
                household_id=stored.household_id,
                interview_id=stored.id,
                question=event.name,
                level=flag.level,
                route=flag.route,
                raised_at=now,
                due_at=now + timedelta(hours=flag.due_hours),
            ),
            repeat_after=FLAG_REPEAT,
        )
