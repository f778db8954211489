from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from kkb_core.storage import Database, Tx
from kkb_core.storage.columns import dumped
from kkb_core.storage.tables import audit, broadcasts, leases
from tests.kkb_core.storage.village import NOW

WIB = timezone(timedelta(hours=7))


async def keep_time(database: Database, moment: datetime) -> datetime:
    def work(tx: Tx) -> datetime:
        row = {"name": "a", "owner": "me", "until": moment, "token": 0}
        tx.execute(leases.insert(), row)
        kept: datetime = tx.execute(select(leases.c.until)).scalar_one()
        return kept

    return await database.run(work)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 9, 9, 0, 0, 123456, tzinfo=WIB),
        datetime(2026, 3, 9, 2, 0, tzinfo=UTC),
        datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
)
async def test_a_moment_comes_back_as_the_same_moment_in_utc(
    database: Database, moment: datetime
) -> None:
    kept = await keep_time(database, moment)

    assert kept == moment
    assert kept.utcoffset() == timedelta(0)


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without a zone"):
        await keep_time(database, datetime(2026, 3, 9))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Bu Siti 👵 ꦗꦮ", "Bu Siti 👵 ꦗꦮ"),
        ("a\x00b", "a\ufffdb"),
        ("half \ud83d", "half \ufffd"),
        ("\\u0000 typed", "\\u0000 typed"),
    ],
)
async def test_every_text_a_person_can_send_can_be_kept(
    database: Database, written: str, kept: str
) -> None:
    def work(tx: Tx) -> tuple[object, object]:
        empty: dict[str, object] = {name: {} for name in ("text", "segment", "schedule", "counts")}
        value = {"deep": [written, {written: 1}], "n": None}
        row = empty | {"text": value, "state": "draft", "created_at": NOW, "updated_at": NOW}
        tx.execute(broadcasts.insert(), row)
        tx.execute(
            audit.insert(),
            {"at": NOW, "act": "x", "subject_kind": "x", "detail": [written, 1.5, True]},
        )
        return (
            tx.execute(select(broadcasts.c.text)).scalar_one(),
            tx.execute(select(audit.c.detail)).scalar_one(),
        )

    first, second = await database.run(work)

    assert first == {"deep": [kept, {kept: 1}], "n": None}
    assert second == [kept, 1.5, True]


def test_json_is_written_short_and_readable() -> None:
    assert dumped({"a": [1, "é"]}) == '{"a":[1,"é"]}'
