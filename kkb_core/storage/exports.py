"""Rows to hand out, read in batches so that a whole kota needs no more memory than an RT.

A household is called by its public id; nobody's name or label leaves here.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from kkb_core.roles import Scope
from kkb_core.storage.consents import counts_in_statistics
from kkb_core.storage.scores import StoredScore, score_from
from kkb_core.storage.statements import inside
from kkb_core.storage.tables import households, interviews, scores
from kkb_core.storage.transaction import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersRow:
    """One interview as it is exported."""

    household: str  # its public id
    scope: Scope
    round_id: int
    questionnaire: str
    started_at: datetime
    completed_at: datetime | None
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoresRow:
    """One score as it is exported."""

    household: str  # its public id
    score: StoredScore


def answers_in(
    tx: Tx,
    scope: Scope,
    *,
    leave_out: Collection[str],
    everybody: bool = False,
    round_id: int | None = None,
) -> Iterator[AnswersRow]:
    """The interviews of a scope by area, RW and RT, without the questions named in *leave_out*.

    Of households that agreed to anonymous statistics, or of *everybody*.
    """
    asked = (
        select(interviews, households.c.public_id, *_PLACE)
        .join(households, households.c.id == interviews.c.household_id)
        .where(inside(households, scope))
        .order_by(*_PLACE, households.c.id, interviews.c.id)
    )
    if not everybody:
        asked = asked.where(counts_in_statistics(households.c.id))
    if round_id is not None:
        asked = asked.where(interviews.c.round_id == round_id)
    for row in tx.stream(asked):
        told = row[interviews.c.answers]
        yield AnswersRow(
            household=row[households.c.public_id],
            scope=Scope(*(row[column] for column in _PLACE)),
            round_id=row[interviews.c.round_id],
            questionnaire=row[interviews.c.questionnaire],
            started_at=row[interviews.c.started_at],
            completed_at=row[interviews.c.completed_at],
            answers={name: told[name] for name in told if name not in leave_out},
        )


def scores_in(
    tx: Tx, scope: Scope, *, everybody: bool = False, round_id: int | None = None
) -> Iterator[ScoresRow]:
    """The scores of a scope by area, RW and RT, as the households lived when they answered.

    Of households that agreed to anonymous statistics, or of *everybody*.
    """
    place = (scores.c.area_code, scores.c.rw, scores.c.rt)
    asked = (
        select(scores, households.c.public_id)
        .join(households, households.c.id == scores.c.household_id)
        .where(inside(scores, scope))
        .order_by(*place, scores.c.household_id, scores.c.interview_id)
    )
    if not everybody:
        asked = asked.where(counts_in_statistics(households.c.id))
    if round_id is not None:
        asked = asked.where(scores.c.round_id == round_id)
    for row in tx.stream(asked):
        yield ScoresRow(household=row[households.c.public_id], score=score_from(row))


_PLACE = (households.c.area_code, households.c.rw, households.c.rt)
