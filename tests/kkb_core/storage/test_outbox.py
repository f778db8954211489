from kkb_core.storage import Database, Tx, outbox
from kkb_core.storage.outbox import Wanted
from kkb_core.storage.standing import arrive
from tests.kkb_core.storage.village import DAY, NOW, phone


def a_reminder(person_id: int, key: str) -> Wanted:
    return Wanted(
        kind="reminder", person_id=person_id, dedupe_key=key, not_before=NOW, not_after=NOW + DAY
    )


async def test_what_must_not_happen_twice_is_queued_once(database: Database) -> None:
    def queue(tx: Tx) -> tuple[int, int]:
        person = arrive(tx, phone("1"), now=NOW).person.id
        first = outbox.put(tx, [a_reminder(person, "a"), a_reminder(person, "b")], now=NOW)
        again = outbox.put(tx, [a_reminder(person, "b"), a_reminder(person, "c")], now=NOW)
        return first, again

    assert await database.run(queue) == (2, 1)


async def test_who_has_no_address_is_not_written_to(database: Database) -> None:
    assert await database.run(lambda tx: outbox.put(tx, [a_reminder(7, "a")], now=NOW)) == 0
