import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from kkb_core.messaging import Address, Channel
from kkb_core.storage import Database, Tx, conversations, interviews, people
from kkb_core.storage.people import PersonStatus, Relation
from kkb_core.storage.standing import Standing, arrive, standing
from kkb_core.storage.tables import households
from tests.kkb_core.storage.village import NOW, add_household, add_person, begin, phone, settle


async def test_nobody_stands_where_nobody_wrote_from(database: Database) -> None:
    assert await database.run(lambda tx: standing(tx, phone("mother"))) is None


async def test_somebody_new_is_taken_up_once(database: Database) -> None:
    first = await database.run(lambda tx: arrive(tx, phone("mother"), now=NOW))
    again = await database.run(
        lambda tx: arrive(tx, phone("mother"), now=NOW + timedelta(hours=1))
    )

    assert first == again
    assert first.address == phone("mother")
    assert (first.person.status, first.person.language) == (PersonStatus.NEW, None)
    assert (first.conversation.topic, first.conversation.state) == ("", {})
    assert (first.household, first.interview, first.relation) == (None, None, None)


async def test_one_id_on_two_channels_is_two_people(database: Database) -> None:
    here = await database.run(lambda tx: arrive(tx, Address(Channel.WEB, "7"), now=NOW))
    there = await database.run(lambda tx: arrive(tx, Address(Channel.TELEGRAM, "7"), now=NOW))

    assert here.person.id != there.person.id


async def test_several_arrivals_at_once_are_one_person(database: Database) -> None:
    arrivals = [database.run(lambda tx: arrive(tx, phone("mother"), now=NOW)) for _ in range(8)]

    found = await asyncio.gather(*arrivals)

    assert len({one.person.id for one in found}) == 1


async def test_everything_a_turn_begins_with_comes_at_once(database: Database) -> None:
    village = await database.run(settle)
    later = NOW + timedelta(minutes=1)
    await database.run(
        lambda tx: interviews.save_interview(
            tx,
            village.interview.id,
            answers={"members": "4"},
            person_id=village.mother,
            cursor={"waiting_for": "couple", "revision": 2},
            now=later,
            completed_at=later,
        )
    )

    found = await database.run(lambda tx: standing(tx, phone("mother")))

    assert found is not None
    assert found.person.id == village.mother
    assert (found.household, found.relation) == (village.household, Relation.SELF)
    assert found.interview == replace(
        village.interview,
        answers={"members": "4"},
        cursor={"waiting_for": "couple", "revision": 2},
        asked_at=later,
        updated_at=later,
        completed_at=later,
    )


async def test_each_phone_has_its_own_place_in_the_shared_interview(database: Database) -> None:
    def work(tx: Tx) -> tuple[Standing | None, Standing | None]:
        village = settle(tx)
        father = add_person(tx, "father", village.household)
        begin(tx, village.household, village.round_id, father)
        interviews.save_interview(
            tx,
            village.interview.id,
            answers={"members": "4"},
            person_id=father,
            cursor={"revision": 9},
            now=NOW,
            completed_at=None,
        )
        return standing(tx, phone("mother")), standing(tx, phone("father"))

    mother, father = await database.run(work)

    assert mother is not None
    assert father is not None
    assert mother.interview is not None
    assert father.interview is not None
    assert mother.interview.answers == father.interview.answers == {"members": "4"}
    assert (mother.interview.cursor, father.interview.cursor) == (None, {"revision": 9})


async def test_who_left_the_household_has_no_relation_to_it(database: Database) -> None:
    village = await database.run(settle)

    await database.run(lambda tx: people.leave(tx, village.mother, village.household.id, now=NOW))

    found = await database.run(lambda tx: standing(tx, phone("mother")))
    assert found is not None
    assert (found.relation, found.households) == (None, 0)


@pytest.mark.parametrize(("more", "named"), [(0, "once"), (1, "each time")])
async def test_a_phone_that_answers_for_several_households_is_told_so(
    database: Database, more: int, named: str
) -> None:
    def work(tx: Tx) -> Standing | None:
        mother = settle(tx).mother
        for _ in range(more):
            other = add_household(tx)
            people.join(tx, mother, other.id, relation=Relation.SELF, now=NOW)
        return standing(tx, phone("mother"))

    found = await database.run(work)

    assert found is not None
    assert found.several_households is (named == "each time")


async def test_two_turns_of_one_person_at_once_follow_each_other(postgres_url: str) -> None:
    """Two processes: the second turn sees all of the first, also what it did not lock itself."""
    here, there = Database.open(postgres_url), Database.open(postgres_url)
    village = await here.run(settle)

    def turn(tx: Tx) -> None:
        now = standing(tx, phone("mother"))
        assert now is not None
        count = int(now.conversation.state.get("count", 0)) + 1
        place = int((now.interview.cursor or {}).get("count", 0)) if now.interview else 0
        assert place == count - 1
        interviews.save_interview(
            tx,
            village.interview.id,
            answers={"count": str(count)},
            person_id=village.mother,
            cursor={"count": count},
            now=NOW,
            completed_at=None,
        )
        conversations.save_conversation(
            tx,
            village.mother,
            topic="interview",
            state={"count": count},
            household_id=village.household.id,
            interview_id=village.interview.id,
            now=NOW,
        )

    await asyncio.gather(*(one.run(turn) for one in (here, there) * 15))

    found = await here.read(lambda tx: interviews.interviews_of(tx, village.household.id))
    assert found[0].answers == {"count": "30"}
    await asyncio.gather(here.close(), there.close())


async def test_two_phones_of_one_household_lose_no_answer(database: Database) -> None:
    def prepare(tx: Tx) -> tuple[int, list[int]]:
        village = settle(tx)
        father = add_person(tx, "father", village.household)
        begin(tx, village.household, village.round_id, father)
        return village.interview.id, [village.mother, father]

    interview_id, _ = await database.run(prepare)

    def turn(who: str, question: str) -> Callable[[Tx], None]:
        def work(tx: Tx) -> None:
            now = standing(tx, phone(who))
            assert now is not None
            assert now.interview is not None
            interviews.save_interview(
                tx,
                interview_id,
                answers={**now.interview.answers, question: "ya"},
                person_id=now.person.id,
                cursor={},
                now=NOW,
                completed_at=None,
            )

        return work

    turns = [turn(who, f"{who}{n}") for n in range(10) for who in ("mother", "father")]
    await asyncio.gather(*(database.run(one) for one in turns))

    found = await database.read(lambda tx: standing(tx, phone("mother")))
    assert found is not None
    assert found.interview is not None
    assert len(found.interview.answers) == 20


async def test_a_household_that_erased_itself_is_not_stood_in(database: Database) -> None:
    village = await database.run(settle)

    def erased(tx: Tx) -> None:
        tx.execute(update(households).values(erased_at=NOW))

    await database.run(erased)

    found = await database.run(lambda tx: standing(tx, phone("mother")))
    assert found is not None
    assert found.household is None
    assert found.conversation.household_id == village.household.id
