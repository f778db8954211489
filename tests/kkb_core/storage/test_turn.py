"""What a turn costs: the statements of the most common one, counted."""

from sqlalchemy import select

from kkb_core.messaging import Channel
from kkb_core.storage import Database, Tx, interviews, tables, updates
from kkb_core.storage.interviews import Given
from kkb_core.storage.standing import standing
from tests.kkb_core.storage.village import NOW, phone, settle

BOT = "telegram:1"


def hear(tx: Tx) -> int:
    """One tap on an answer, as a channel and the router keep it; the statements it took."""
    before = tx.statements
    updates.done(tx, BOT, 1, now=NOW, whose="5", address=phone("mother"))
    now = standing(tx, phone("mother"))
    assert now is not None
    assert now.interview is not None
    interviews.save_interview(
        tx,
        now.interview.id,
        answers={**now.interview.answers, "AGM1": "ya"},
        person_id=now.person.id,
        cursor={"waiting_for": "AGM2", "revision": 2},
        now=NOW,
        completed_at=None,
    )
    row = Given(
        interview_id=now.interview.id,
        person_id=now.person.id,
        question="AGM1",
        value="ya",
        previous=None,
        at=NOW,
        channel=Channel.TELEGRAM,
    )
    interviews.add_history(tx, [row])
    return tx.statements - before


async def test_a_turn_takes_four_statements(database: Database) -> None:
    def prepare(tx: Tx) -> None:
        settle(tx)
        updates.take(tx, BOT, {1: {}}, now=NOW)

    await database.run(prepare)

    assert await database.run(hear) == 4


async def test_a_reader_sees_where_somebody_stands_in_one_statement(database: Database) -> None:
    await database.run(settle)

    def work(tx: Tx) -> int:
        assert standing(tx, phone("mother")) is not None
        return tx.statements

    assert await database.read(work) == 1


async def test_a_turn_that_fails_leaves_its_update_to_be_done(database: Database) -> None:
    def prepare(tx: Tx) -> None:
        settle(tx)
        updates.take(tx, BOT, {1: {}, 2: {}}, now=NOW)

    def fail(tx: Tx) -> None:
        hear(tx)
        raise ValueError("on purpose")

    await database.run(prepare)
    first, second = await database.run_all([fail, lambda tx: updates.done(tx, BOT, 2, now=NOW)])

    def state(tx: Tx) -> tuple[list[int], int]:
        waiting = [one.update_id for one in updates.pending(tx, BOT)]
        return waiting, len(tx.execute(select(tables.answer_history)).all())

    assert isinstance(first, ValueError)
    assert second is True
    assert await database.read(state) == ([1], 0)
