import asyncio
from datetime import timedelta

from kkb_core.messaging import Channel
from kkb_core.storage import Database, Tx, interviews
from kkb_core.storage.interviews import Given, StoredInterview, Via
from tests.kkb_core.storage.village import (
    DAY,
    NOW,
    Village,
    add_person,
    add_round,
    answer,
    begin,
    settle,
)


async def test_a_household_has_one_interview_a_round(database: Database) -> None:
    village = await database.run(settle)

    def open_again(tx: Tx) -> StoredInterview:
        return interviews.open_interview(
            tx,
            village.household.id,
            village.round_id,
            questionnaire="kkb.v2",
            digest="e" * 64,
            person_id=village.mother,
            now=NOW + DAY,
            answers={"members": "9"},
        )

    found = await asyncio.gather(*(database.run(open_again) for _ in range(4)))

    assert found == [village.interview] * 4


async def test_an_interview_may_begin_with_answers_taken_over(database: Database) -> None:
    def work(tx: Tx) -> StoredInterview:
        village = settle(tx)
        return interviews.open_interview(
            tx,
            village.household.id,
            add_round(tx, opens=NOW),
            questionnaire="kkb.v1",
            digest="d" * 64,
            person_id=village.mother,
            now=NOW,
            answers={"members": "4"},
        )

    assert (await database.run(work)).answers == {"members": "4"}


async def test_answers_and_ones_own_place_come_back(database: Database) -> None:
    later = NOW + timedelta(minutes=5)

    def work(tx: Tx) -> list[StoredInterview | None]:
        village = settle(tx)
        father = add_person(tx, "father", village.household)
        for revision in (1, 2):
            interviews.save_interview(
                tx,
                village.interview.id,
                answers={"members": "4", "AGM1": "", "AGM2": "?"},
                person_id=village.mother,
                cursor={"revision": revision, "picked": ["a"]},
                now=later,
                completed_at=later,
            )
        found = [
            interviews.load_interview(tx, village.interview.id, one)
            for one in (village.mother, father)
        ]
        return [*found, interviews.load_interview(tx, 999, father)]

    mother, father, missing = await database.run(work)

    assert mother is not None
    assert father is not None
    assert mother.answers == father.answers == {"members": "4", "AGM1": "", "AGM2": "?"}
    assert (mother.updated_at, mother.completed_at) == (later, later)
    assert (mother.cursor, father.cursor) == ({"revision": 2, "picked": ["a"]}, None)
    assert missing is None


async def test_a_place_can_be_kept_alone(database: Database) -> None:
    def work(tx: Tx) -> StoredInterview | None:
        village = settle(tx)
        interviews.save_cursor(
            tx, village.interview.id, village.mother, cursor={"revision": 5}, now=NOW
        )
        return interviews.load_interview(tx, village.interview.id, village.mother)

    found = await database.run(work)

    assert found is not None
    assert found.cursor == {"revision": 5}


async def test_the_history_tells_who_said_what_and_how(database: Database) -> None:
    def given(village: Village, question: str, value: str | None, via: Via) -> Given:
        return Given(
            interview_id=village.interview.id,
            person_id=village.mother,
            question=question,
            value=value,
            previous="ya",
            at=NOW,
            channel=Channel.TERMINAL,
            via=via,
        )

    def work(tx: Tx) -> tuple[list[Given], tuple[Given, ...], int]:
        village = settle(tx)
        rows = [
            given(village, "AGM1", "tidak", Via.SELF),
            given(village, "AGM2", None, Via.CADRE),
            given(village, "AGM3", "", Via.PAPER),
        ]
        before = tx.statements
        interviews.add_history(tx, rows)
        interviews.add_history(tx, [])
        used = tx.statements - before
        return rows, interviews.history_of(tx, village.interview.id), used

    rows, found, used = await database.run(work)

    assert list(found) == rows
    assert used == 1


async def test_the_last_completed_interview_is_found(database: Database) -> None:
    def work(tx: Tx) -> list[int | None]:
        village = settle(tx)
        made = [village.interview.id]
        for age in (100, 300):
            older = add_round(tx, opens=NOW - age * DAY)
            opened = begin(tx, village.household, older, village.mother)
            interviews.save_interview(
                tx,
                opened.id,
                answers={},
                person_id=village.mother,
                cursor={},
                now=NOW,
                completed_at=NOW - age * DAY,
            )
            made.append(opened.id)
        limits = (None, NOW - 100 * DAY, NOW - 300 * DAY)
        found = [
            interviews.latest_completed(tx, village.household.id, before=limit) for limit in limits
        ]
        return [None if one is None else made.index(one.id) for one in found]

    assert await database.run(work) == [1, 2, None]


async def test_interviews_that_are_not_complete_are_counted_in_open_rounds(
    database: Database,
) -> None:
    def work(tx: Tx) -> list[int]:
        village = settle(tx)
        closed = add_round(tx, opens=NOW - 300 * DAY)
        for round_id in (closed, add_round(tx, opens=NOW)):
            begin(tx, village.household, round_id, village.mother)
        counts = [interviews.count_open(tx, now=NOW)]
        for done, before in ((NOW, None), (None, NOW)):
            interviews.save_interview(
                tx,
                village.interview.id,
                answers={},
                person_id=village.mother,
                cursor={},
                now=NOW,
                completed_at=done,
                was_completed_at=before,
            )
            counts.append(interviews.count_open(tx, now=NOW))
        return counts

    assert await database.run(work) == [2, 1, 2]


async def test_interviews_come_newest_first(database: Database) -> None:
    def work(tx: Tx) -> list[str]:
        village = settle(tx)
        second = begin(tx, village.household, add_round(tx, opens=NOW), village.mother)
        answer(tx, second.id, village.mother, "AGM1", "ya")
        return ["".join(one.answers) for one in interviews.interviews_of(tx, village.household.id)]

    assert await database.run(work) == ["AGM1", ""]
