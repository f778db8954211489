"""Which answers of shared interviews one person gave last, and taking them back."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, delete, or_, select, update

from kkb_core.storage.interviews import Via
from kkb_core.storage.tables import (
    answer_history,
    field_checks,
    field_samples,
    flags,
    interviews,
    scores,
)
from kkb_core.storage.transaction import Tx


@dataclass(slots=True)
class _Traces:
    """What one person left in one interview, read from its history."""

    last_said: set[str] = field(default_factory=set)
    own_rows: list[int] = field(default_factory=list)
    quoted_in: list[int] = field(default_factory=list)  # others' rows that repeat it as `previous`


def take_back_answers(tx: Tx, person_id: int) -> tuple[int, ...]:
    """Take the person's own answers out of every interview; the interviews that lost some.

    What they filled in for others, as a cadre or from paper, stays. What somebody else had said
    before them where they had the last word goes too, so that answers stay what their history
    adds up to: the question is asked again.
    """
    lost = []
    for interview_id, traces in _traces(tx, person_id).items():
        of = answer_history.c
        superseded = and_(of.interview_id == interview_id, of.question.in_(traces.last_said))
        tx.execute(delete(answer_history).where(or_(of.id.in_(traces.own_rows), superseded)))
        quoted = answer_history.c.id.in_(traces.quoted_in)
        tx.execute(update(answer_history).where(quoted).values(previous=None))
        if traces.last_said and _take_out(tx, interview_id, traces.last_said):
            lost.append(interview_id)
    return tuple(sorted(lost))


def _traces(tx: Tx, person_id: int) -> dict[int, _Traces]:
    of = answer_history.c
    mine = select(of.interview_id).where(of.person_id == person_id, of.via == Via.SELF.value)
    asked = (
        select(of.id, of.interview_id, of.question, of.person_id, of.via)
        .where(of.interview_id.in_(mine))
        .order_by(of.id)
    )
    found: dict[int, _Traces] = defaultdict(_Traces)
    for row in tx.execute(asked):
        traces = found[row.interview_id]
        if row.person_id == person_id and row.via == Via.SELF.value:
            traces.last_said.add(row.question)
            traces.own_rows.append(row.id)
        elif row.question in traces.last_said:
            traces.last_said.discard(row.question)
            traces.quoted_in.append(row.id)
    return found


def _take_out(tx: Tx, interview_id: int, names: Collection[str]) -> bool:
    """Take the answers out of one interview; says whether it still had any of them."""
    about = and_(flags.c.interview_id == interview_id, flags.c.question.in_(list(names)))
    tx.execute(delete(flags).where(about))
    this = interviews.c.id == interview_id
    of = interviews.c
    row = tx.execute(select(of.answers, of.household_id, of.round_id).where(this)).one()
    _forget_checks(tx, row.household_id, row.round_id, names)
    _take_out_of_suggestions(tx, row.household_id, names)
    kept = {name: value for name, value in row.answers.items() if name not in names}
    if len(kept) == len(row.answers):
        return False
    # Without an answer the interview is no longer complete, nor its score right.
    tx.execute(update(interviews).where(this).values(answers=kept, completed_at=None))
    tx.execute(delete(scores).where(scores.c.interview_id == interview_id))
    return True


def _forget_checks(tx: Tx, household_id: int, round_id: int, names: Collection[str]) -> None:
    """What a jury found of these answers."""
    drawn = select(field_samples.c.id).where(field_samples.c.round_id == round_id)
    of = field_checks.c
    about = and_(
        of.household_id == household_id, of.sample_id.in_(drawn), of.question.in_(list(names))
    )
    nothing: dict[str, Any] = {"verdict": None, "person_id": None, "at": None}
    tx.execute(update(field_checks).where(about).values(nothing))


def _take_out_of_suggestions(tx: Tx, household_id: int, names: Collection[str]) -> None:
    """Another member's place repeats last round's answers as suggestions."""
    theirs = interviews.c.household_id == household_id
    asked = select(interviews.c.id, interviews.c.places).where(theirs)
    for row in tx.execute(asked).all():
        places = {whose: _without(place, names) for whose, place in (row.places or {}).items()}
        if places and places != row.places:
            this = interviews.c.id == row.id
            tx.execute(update(interviews).where(this).values(places=places))


def _without(place: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    state = dict(place["state"])
    if told := state.get("suggestions"):
        state["suggestions"] = {key: value for key, value in told.items() if key not in names}
    return {**place, "state": state}
