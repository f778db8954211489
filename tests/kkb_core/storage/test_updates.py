from datetime import timedelta

from sqlalchemy import select, text

from kkb_core.storage import Database, Tx, tables, updates
from kkb_core.storage.updates import RawUpdate
from tests.kkb_core.storage.village import DAY, NOW

BOT = "telegram:1"


def batch(*ids: int) -> dict[int, object]:
    return {one: {"update_id": one, "text": f"halo {one}"} for one in ids}


def ids(found: tuple[RawUpdate, ...]) -> list[int]:
    return [one.update_id for one in found]


async def test_what_was_taken_before_is_not_taken_again(database: Database) -> None:
    first = await database.run(lambda tx: updates.take(tx, BOT, batch(3, 1, 2), now=NOW))
    second = await database.run(lambda tx: updates.take(tx, BOT, batch(2, 3, 4), now=NOW))
    other = await database.run(lambda tx: updates.take(tx, "telegram:2", batch(2), now=NOW))
    none = await database.run(lambda tx: updates.take(tx, BOT, {}, now=NOW))

    assert (first, second, other, none) == ((1, 2, 3), (4,), (2,), ())


async def test_pending_updates_come_in_their_order_as_they_were(database: Database) -> None:
    strange = {"text": "a\x00b \ud83d 👵", "n": [1.5, None]}
    await database.run(lambda tx: updates.take(tx, BOT, batch(5, 3) | {4: strange}, now=NOW))

    found = await database.read(lambda tx: updates.pending(tx, BOT))
    few = await database.read(lambda tx: updates.pending(tx, BOT, limit=1, after=3))

    assert ids(found) == [3, 4, 5]
    assert found[1].raw == strange
    assert few == (RawUpdate(4, strange),)


async def test_an_update_is_done_once_and_its_words_are_forgotten(database: Database) -> None:
    def work(tx: Tx) -> list[object]:
        updates.take(tx, BOT, batch(1, 2), now=NOW, keys={1: "telegram:mother"})
        said = [updates.done(tx, BOT, 1, now=NOW) for _ in range(2)]
        asked = select(tables.updates.c.raw, tables.updates.c.person_key)
        kept = tx.execute(asked.where(tables.updates.c.update_id == 1)).one()
        return [said, tuple(kept), ids(updates.pending(tx, BOT))]

    assert await database.run(work) == [[True, False], (None, None), [2]]


async def test_an_update_done_is_not_taken_again(database: Database) -> None:
    def work(tx: Tx) -> tuple[int, ...]:
        updates.take(tx, BOT, batch(1), now=NOW)
        updates.done(tx, BOT, 1, now=NOW)
        return updates.take(tx, BOT, batch(1), now=NOW)

    assert await database.run(work) == ()


async def test_an_update_nobody_can_read_is_set_aside_and_its_neighbours_go_on(
    database: Database,
) -> None:
    def work(tx: Tx) -> list[object]:
        updates.take(tx, BOT, batch(1, 2, 3), now=NOW)
        updates.quarantine(tx, BOT, 2, reason="no chat", now=NOW)
        updates.done(tx, BOT, 3, now=NOW)
        updates.quarantine(tx, BOT, 3, reason="fault", now=NOW, raw={"kept": 1})
        return [ids(updates.pending(tx, BOT)), updates.quarantined(tx, BOT)]

    assert await database.run(work) == [
        [1],
        (RawUpdate(2, {"update_id": 2, "text": "halo 2"}), RawUpdate(3, {"kept": 1})),
    ]


async def test_old_updates_are_forgotten_but_for_the_last_id(database: Database) -> None:
    def work(tx: Tx) -> list[object]:
        empty = updates.last_update_id(tx, BOT)
        updates.take(tx, BOT, batch(1, 2, 3, 9), now=NOW)
        for one in (1, 2, 9):
            updates.done(tx, BOT, one, now=NOW)
        gone = updates.forget_done(tx, BOT, before=NOW + DAY)
        recent = updates.forget_done(tx, BOT, before=NOW - timedelta(seconds=1))
        return [
            empty,
            gone,
            recent,
            updates.last_update_id(tx, BOT),
            ids(updates.pending(tx, BOT)),
        ]

    assert await database.run(work) == [None, 2, 0, 9, [3]]


async def test_pending_is_answered_by_its_own_small_index(sqlite_database: Database) -> None:
    def plan(tx: Tx) -> str:
        asked = (
            "EXPLAIN QUERY PLAN SELECT update_id, raw FROM updates WHERE account = 'a'"
            " AND update_id > 3 AND state = 'taken' ORDER BY update_id"
        )
        return str(tx.execute(text(asked)).all())

    assert "ix_updates_pending" in await sqlite_database.read(plan)
