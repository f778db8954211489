"""Interviews: the answers a household shares, each person's own place, and how answers came."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import RowMapping, String, Update, and_, bindparam, func, select, update
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from kkb_core.messaging import Channel
from kkb_core.storage.columns import Json
from kkb_core.storage.prepared import Prepared, Row
from kkb_core.storage.statements import put_once, with_entry
from kkb_core.storage.tables import answer_history, interviews, rounds
from kkb_core.storage.transaction import Tx


class Via(StrEnum):
    """Whose hand gave an answer."""

    SELF = "self"
    CADRE = "cadre"  # a cadre, for a family without a phone
    PAPER = "paper"  # typed in from a form


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredInterview:
    """One household in one round. `cursor` is one person's own place; None before their first.

    `asked_at` is when that place last changed: when the question they see was asked.
    """

    id: int
    household_id: int
    round_id: int
    questionnaire: str
    digest: str
    answers: Mapping[str, str]
    cursor: Mapping[str, Any] | None
    started_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An answer given, changed or (value None) dropped, and how it came."""

    interview_id: int
    person_id: int | None
    question: str
    value: str | None
    previous: str | None
    at: datetime
    channel: Channel
    via: Via = Via.SELF


def interview_from(
    row: Row,
    *,
    of: ReadOnlyColumnCollection[str, Any] = interviews.c,
    person_id: int | None = None,
) -> StoredInterview:
    """The interview in a row that selects the columns *of*, as *person_id* sees it."""
    place = (row[of.places] or {}).get(str(person_id), {})
    asked_at = place.get("asked_at")
    return StoredInterview(
        id=row[of.id],
        household_id=row[of.household_id],
        round_id=row[of.round_id],
        questionnaire=row[of.questionnaire],
        digest=row[of.digest],
        answers=row[of.answers],
        cursor=place.get("state"),
        asked_at=None if asked_at is None else datetime.fromisoformat(asked_at),
        started_at=row[of.started_at],
        updated_at=row[of.updated_at],
        completed_at=row[of.completed_at],
    )


def open_interview(
    tx: Tx,
    household_id: int,
    round_id: int,
    *,
    questionnaire: str,
    digest: str,
    person_id: int,
    now: datetime,
    answers: Mapping[str, str] | None = None,
) -> StoredInterview:
    """The household's interview of the round, begun now if nobody has; one a household and round.

    One that exists keeps its own questionnaire, digest and answers.
    """
    row = {
        "household_id": household_id,
        "round_id": round_id,
        "questionnaire": questionnaire,
        "digest": digest,
        "answers": dict(answers or {}),
        "started_at": now,
        "updated_at": now,
        "started_by": person_id,
    }
    put_once(tx, interviews, row, key=("household_id", "round_id"))
    same = and_(interviews.c.household_id == household_id, interviews.c.round_id == round_id)
    found = _load(tx, same, person_id)
    assert found is not None
    return found


def load_interview(tx: Tx, interview_id: int, person_id: int) -> StoredInterview | None:
    """The interview with this person's own place in it; its row stays locked until the commit."""
    return _load(tx, interviews.c.id == interview_id, person_id)


def _moving(dialect: str) -> Update:
    whose, place = bindparam("whose", type_=String), bindparam("place", type_=Json)
    places = with_entry(dialect, interviews.c.places, whose, place)
    return update(interviews).where(interviews.c.id == bindparam("this")).values(places=places)


@cache
def _moving_only(dialect: str) -> Prepared:
    return Prepared(_moving(dialect))


@cache
def _saving(dialect: str, *, completing: bool) -> Prepared:
    saving = _moving(dialect).values(
        answers=bindparam("answers"), updated_at=bindparam("updated_at")
    )
    # Named only when it changes: SQLite would write the index of open interviews anew each time.
    if completing:
        saving = saving.values(completed_at=bindparam("completed_at"))
    return Prepared(saving)


def _place(
    interview_id: int, person_id: int, cursor: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    place = {"state": dict(cursor), "asked_at": now.isoformat()}
    return {"this": interview_id, "whose": str(person_id), "place": place}


def save_interview(
    tx: Tx,
    interview_id: int,
    *,
    answers: Mapping[str, str],
    person_id: int,
    cursor: Mapping[str, Any],
    now: datetime,
    completed_at: datetime | None,
    was_completed_at: datetime | None = None,
) -> None:
    """Keep the shared answers and this person's own place, in one statement."""
    shared: dict[str, Any] = {"answers": dict(answers), "updated_at": now}
    completing = completed_at != was_completed_at
    if completing:
        shared["completed_at"] = completed_at
    saving = _saving(tx.dialect, completing=completing)
    saving.change(tx, _place(interview_id, person_id, cursor, now) | shared)


def save_cursor(
    tx: Tx, interview_id: int, person_id: int, *, cursor: Mapping[str, Any], now: datetime
) -> None:
    """Keep this person's own place when no answer changed."""
    _moving_only(tx.dialect).change(tx, _place(interview_id, person_id, cursor, now))


_GIVE = Prepared(
    answer_history.insert(),
    columns=(
        "interview_id",
        "person_id",
        "question",
        "value",
        "previous",
        "at",
        "channel",
        "via",
    ),
)


def add_history(tx: Tx, rows: Iterable[Given]) -> None:
    """Keep how answers came; one statement for all of them."""
    values = [
        {
            "interview_id": row.interview_id,
            "person_id": row.person_id,
            "question": row.question,
            "value": row.value,
            "previous": row.previous,
            "at": row.at,
            "channel": row.channel.value,
            "via": row.via.value,
        }
        for row in rows
    ]
    if values:
        _GIVE.change_each(tx, values)


def history_of(tx: Tx, interview_id: int) -> tuple[Given, ...]:
    """How the answers of an interview came, the oldest first."""
    asked = (
        select(answer_history)
        .where(answer_history.c.interview_id == interview_id)
        .order_by(answer_history.c.id)
    )
    return tuple(map(_given_from, tx.execute(asked).mappings()))


def givers(tx: Tx, interview_id: int, questions: Collection[str]) -> dict[str, int | None]:
    """Who gave the newest answer to each of *questions*; None for somebody since erased."""
    of = answer_history.c
    asked = (
        select(of.question, of.person_id)
        .where(of.interview_id == interview_id, of.question.in_(questions))
        .order_by(of.id)
    )
    return {row.question: row.person_id for row in tx.execute(asked)}


def interviews_of(tx: Tx, household_id: int) -> tuple[StoredInterview, ...]:
    """The household's interviews, the newest first, without anybody's place."""
    asked = (
        select(interviews)
        .where(interviews.c.household_id == household_id)
        .order_by(interviews.c.started_at.desc(), interviews.c.id.desc())
    )
    return tuple(map(interview_from, tx.execute(asked).mappings()))


def latest_completed(
    tx: Tx, household_id: int, *, before: datetime | None = None
) -> StoredInterview | None:
    """The household's interview completed last, if any; *before* leaves later ones out."""
    asked = (
        select(interviews)
        .where(interviews.c.household_id == household_id, interviews.c.completed_at.is_not(None))
        .order_by(interviews.c.completed_at.desc(), interviews.c.id.desc())
        .limit(1)
    )
    if before is not None:
        asked = asked.where(interviews.c.completed_at < before)
    row = tx.execute(asked).mappings().one_or_none()
    return None if row is None else interview_from(row)


def count_open(tx: Tx, *, now: datetime) -> int:
    """How many interviews of the rounds open *now* are begun and not complete."""
    running = select(rounds.c.id).where(rounds.c.opens_at <= now, rounds.c.closes_at > now)
    asked = (
        select(func.count())
        .select_from(interviews)
        # Written out, not bound: only so can the partial index answer.
        .where(interviews.c.completed_at.is_(None), interviews.c.round_id.in_(running))
    )
    return int(tx.execute(asked).scalar_one())


def _load(tx: Tx, which: Any, person_id: int) -> StoredInterview | None:
    asked = select(interviews).where(which)
    if tx.locks_rows:
        # The lock first: what is read after it cannot be older than the last holder's commit.
        asked = asked.with_for_update(key_share=True)
    row = tx.execute(asked).mappings().one_or_none()
    return None if row is None else interview_from(row, person_id=person_id)


def _given_from(row: RowMapping) -> Given:
    return Given(
        interview_id=row["interview_id"],
        person_id=row["person_id"],
        question=row["question"],
        value=row["value"],
        previous=row["previous"],
        at=row["at"],
        channel=Channel(row["channel"]),
        via=Via(row["via"]),
    )
