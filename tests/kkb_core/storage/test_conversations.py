from datetime import timedelta

from kkb_core.storage import Database, Tx, conversations
from kkb_core.storage.conversations import Conversation, Prompt
from kkb_core.storage.standing import standing
from tests.kkb_core.storage.village import NOW, phone, settle

LATER = NOW + timedelta(minutes=10)


async def test_where_the_person_stands_is_kept_in_one_statement(database: Database) -> None:
    village = await database.run(settle)

    def work(tx: Tx) -> int:
        conversations.save_conversation(
            tx,
            village.mother,
            topic="switching",
            state={"choices": [1, 2], "lead": None},
            household_id=village.household.id,
            interview_id=None,
            now=LATER,
        )
        return tx.statements

    assert await database.run(work) == 1
    found = await database.read(lambda tx: standing(tx, phone("mother")))
    assert found is not None
    assert found.conversation == Conversation(
        topic="switching",
        state={"choices": [1, 2], "lead": None},
        household_id=village.household.id,
        interview_id=None,
        updated_at=LATER,
    )


async def test_private_messages_are_remembered_until_they_are_off_the_screen(
    database: Database,
) -> None:
    def work(tx: Tx) -> list[list[str]]:
        for msg_id, moment in (("2", LATER), ("1", NOW), ("1", LATER)):
            conversations.remember_prompt(tx, phone("mother"), msg_id, now=moment)
        conversations.remember_prompt(tx, phone("father"), "1", now=NOW)
        before = conversations.prompts_of(tx, phone("mother"))
        conversations.forget_prompts(tx, phone("mother"), ["1", "9"])
        after = conversations.prompts_of(tx, phone("mother"))
        father = conversations.prompts_of(tx, phone("father"))
        return [[one.msg_id for one in found] for found in (before, after, father)]

    assert await database.run(work) == [["1", "2"], ["2"], ["1"]]


async def test_private_messages_that_stood_too_long_are_found(database: Database) -> None:
    def work(tx: Tx) -> tuple[tuple[Prompt, ...], Prompt, int]:
        village = settle(tx)
        interview = village.interview.id
        conversations.remember_prompt(tx, phone("mother"), "7", now=NOW, interview_id=interview)
        conversations.remember_prompt(tx, phone("father"), "8", now=LATER)
        wanted = Prompt(address=phone("mother"), msg_id="7", interview_id=interview, shown_at=NOW)
        after = LATER + timedelta(seconds=1)
        few = conversations.prompts_older_than(tx, after, limit=1)
        return conversations.prompts_older_than(tx, LATER), wanted, len(few)

    found, wanted, few = await database.run(work)

    assert found == (wanted,)
    assert few == 1
