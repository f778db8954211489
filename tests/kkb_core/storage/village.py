"""A small village to test with: areas, a round, people and a household."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kkb_core.messaging import Address, Channel
from kkb_core.roles import Scope
from kkb_core.storage import Tx, areas, conversations, households, interviews, people, rounds
from kkb_core.storage.areas import Area, AreaLevel
from kkb_core.storage.households import Household
from kkb_core.storage.interviews import Given, StoredInterview, Via
from kkb_core.storage.people import Relation
from kkb_core.storage.rounds import NewRound
from kkb_core.storage.scores import StoredScore
from kkb_core.storage.standing import arrive

NOW = datetime(2026, 3, 9, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
JENGGOT = "33.75.04.1004"
KRADENAN = "33.75.04.1001"
LEVELS = {1: AreaLevel.PROVINCE, 2: AreaLevel.REGENCY, 3: AreaLevel.DISTRICT, 4: AreaLevel.VILLAGE}


def phone(number: str) -> Address:
    return Address(Channel.TELEGRAM, number)


def add_areas(tx: Tx, *codes: str) -> None:
    for code in codes or (JENGGOT,):
        parts = code.split(".")
        for length in range(1, len(parts) + 1):
            here = ".".join(parts[:length])
            areas.add_area(
                tx,
                Area(
                    code=here,
                    name=f"Area {here}",
                    level=LEVELS[length],
                    parent=".".join(parts[: length - 1]) or None,
                    zone="Asia/Jakarta",
                ),
            )


def add_round(tx: Tx, area: str = JENGGOT, *, opens: datetime = NOW - DAY, days: int = 30) -> int:
    return rounds.put_round(
        tx,
        NewRound(
            area_code=area,
            questionnaire="kkb.v1",
            digest="d" * 64,
            name="Putaran 1",
            opens_at=opens,
            closes_at=opens + timedelta(days=days),
        ),
    )


def add_household(tx: Tx, area: str = JENGGOT, *, rw: int = 1, rt: int = 2) -> Household:
    return households.create(tx, Scope(area, rw, rt), "Keluarga Melati", now=NOW)


def add_person(
    tx: Tx,
    number: str,
    household: Household | None = None,
    *,
    relation: Relation = Relation.SELF,
) -> int:
    person = arrive(tx, phone(number), now=NOW).person
    if household is not None:
        people.join(tx, person.id, household.id, relation=relation, now=NOW)
    return person.id


def begin(tx: Tx, household: Household, round_id: int, person_id: int) -> StoredInterview:
    """Open the interview and let the person's conversation be about it."""
    opened = interviews.open_interview(
        tx,
        household.id,
        round_id,
        questionnaire="kkb.v1",
        digest="d" * 64,
        person_id=person_id,
        now=NOW,
    )
    conversations.save_conversation(
        tx,
        person_id,
        topic="interview",
        state={},
        household_id=household.id,
        interview_id=opened.id,
        now=NOW,
    )
    return opened


def answer(
    tx: Tx,
    interview_id: int,
    person_id: int,
    question: str,
    value: str,
    *,
    via: Via = Via.SELF,
    now: datetime = NOW,
) -> None:
    """One answer, kept as a turn keeps it."""
    before = interviews.load_interview(tx, interview_id, person_id)
    assert before is not None
    interviews.save_interview(
        tx,
        interview_id,
        answers={**before.answers, question: value},
        person_id=person_id,
        cursor={"waiting_for": question},
        now=now,
        completed_at=before.completed_at,
    )
    given = Given(
        interview_id=interview_id,
        person_id=person_id,
        question=question,
        value=value,
        previous=before.answers.get(question),
        at=now,
        channel=Channel.TELEGRAM,
        via=via,
    )
    interviews.add_history(tx, [given])


def a_score(interview: StoredInterview, household: Household, **changed: object) -> StoredScore:
    values: dict[str, object] = {
        "interview_id": interview.id,
        "household_id": household.id,
        "round_id": interview.round_id,
        "scope": household.scope,
        "pack": "delapan_fungsi",
        "pack_version": 1,
        "functions": {"agama": 750, "ekonomi": None},
        "total": 805,
        "states": {"agama": "shown", "ekonomi": "too_few_answers"},
        "ibangga": 612,
        "dimensions": {"ketenteraman": 600},
        "krs": True,
        "parts": [{"item": "AGM1", "points": 200}],
        "scored_at": NOW,
    }
    return StoredScore(**values | changed)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Village:
    """Jenggot with one open round, one household and its mother, who has begun."""

    round_id: int
    household: Household
    mother: int
    interview: StoredInterview


def settle(tx: Tx) -> Village:
    add_areas(tx, JENGGOT, KRADENAN)
    round_id = add_round(tx)
    household = add_household(tx)
    mother = add_person(tx, "mother", household)
    return Village(
        round_id=round_id,
        household=household,
        mother=mother,
        interview=begin(tx, household, round_id, mother),
    )
