"""Statements that go to the driver as they are: the same values, the same errors, one place."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from kkb_core.storage import Database, Tx, tables
from kkb_core.storage.prepared import Prepared
from tests.kkb_core.storage.village import settle

WHEN = datetime(2026, 3, 9, 7, 30, tzinfo=UTC)
ADD = Prepared(
    tables.conversations.insert(),
    columns=("person_id", "topic", "state", "updated_at"),
)
ALL = select(tables.conversations, tables.conversations.c.topic.label("said"))
PERSON = {"status": "new", "created_at": WHEN}


def row(person_id: int, **state: object) -> dict[str, object]:
    return {"person_id": person_id, "topic": "rest", "state": state, "updated_at": WHEN}


def person(tx: Tx) -> int:
    made = tx.execute(tables.people.insert(), PERSON).inserted_primary_key
    assert made is not None
    return int(made[0])


async def test_what_goes_in_comes_out_as_through_sqlalchemy(database: Database) -> None:
    def work(tx: Tx) -> None:
        assert ADD.change(tx, row(person(tx), words="na\u00efve \ud83d\udc67", none=None)) == 1
        found = Prepared(ALL).one(tx, {})
        plain = tx.execute(ALL).mappings().one()
        assert found is not None
        for column in tables.conversations.c:
            assert found[column] == plain[column]
        assert found["said"] == "rest"
        assert found[tables.conversations.c.updated_at] == WHEN

    await database.run(work)


async def test_an_error_is_sqlalchemys_and_tells_no_answer(database: Database) -> None:
    def work(tx: Tx) -> None:
        one = person(tx)
        ADD.change_each(tx, [row(one, secret="rahasia"), row(one, secret="rahasia")])

    with pytest.raises(IntegrityError) as caught:
        await database.run(work)

    assert "rahasia" not in str(caught.value)


async def test_each_counts_as_a_statement(database: Database) -> None:
    def work(tx: Tx) -> int:
        settle(tx)
        before = tx.statements
        Prepared(ALL).one(tx, {})
        return tx.statements - before

    assert await database.run(work) == 1


async def test_a_batch_without_trouble_takes_no_savepoint(database: Database) -> None:
    tried = []

    def work(tx: Tx) -> int:
        tried.append(tx)
        return len(tried)

    assert await database.run_all([work, work]) == [1, 2]
    assert tried[0] is tried[1]
