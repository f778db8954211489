import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text

from kkb_core.errors import InputRefused
from kkb_core.storage import Database, Tx, interviews, migrating
from kkb_core.storage.migrations import new
from tests.databases import PostgresServer
from tests.kkb_core.storage.village import NOW, settle


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/new/kkb.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


def test_each_step_can_be_climbed_gone_down_and_climbed_again(empty_url: str) -> None:
    floors = ["base", *migrating.revisions()]

    for below, above in pairwise(floors):
        migrating.migrate_to(empty_url, above)
        migrating.migrate_to(empty_url, below)
        migrating.migrate_to(empty_url, above)

    assert migrating.behind(empty_url) == []


def test_a_migrated_database_looks_as_the_tables_say(empty_url: str) -> None:
    migrating.migrate(empty_url)

    assert migrating.differences(empty_url) == []


def test_a_difference_is_noticed(empty_url: str) -> None:
    assert migrating.differences(empty_url)


def test_migrating_tells_its_steps_once(empty_url: str) -> None:
    before = migrating.behind(empty_url)

    assert before[0] == "0001_first_tables"
    assert migrating.migrate(empty_url) == before
    assert migrating.migrate(empty_url) == []


def test_a_database_of_another_version_is_refused(empty_url: str) -> None:
    migrating.migrate(empty_url)
    database = Database.open(empty_url)
    later = text("UPDATE alembic_version SET version_num = '9999'")
    database.run_now(lambda tx: tx.execute(later))
    asyncio.run(database.close())

    with pytest.raises(InputRefused, match="step 9999, which only another version"):
        migrating.behind(empty_url)


def test_processes_that_start_together_migrate_in_turn(empty_url: str) -> None:
    with ThreadPoolExecutor(3) as threads:
        told = list(threads.map(migrating.migrate, [empty_url] * 3))

    assert sorted(map(len, told)) == [0, 0, len(migrating.revisions())]


async def test_a_database_in_memory_is_migrated_where_it_is() -> None:
    database = Database.open("sqlite://")

    migrating.migrate(database)

    assert migrating.behind(database) == []
    await database.close()


def test_a_step_that_changes_nothing_is_written_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = tmp_path / "migrations"
    shutil.copytree(migrating.SCRIPTS, scripts)
    monkeypatch.setattr(migrating, "SCRIPTS", scripts)

    written = new.new_step("Nothing at all")

    number = max(map(int, migrating.revisions()))
    assert written.name == f"{number:04d}_nothing_at_all.py"
    assert "op." not in written.read_text()


def test_a_step_without_a_name_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["new"])

    assert new.main() == 1
    assert "NAME=" in capsys.readouterr().err


async def test_everybodys_place_survives_the_move_into_the_interview(database: Database) -> None:
    def prepare(tx: Tx) -> tuple[int, int]:
        village = settle(tx)
        interviews.save_cursor(
            tx, village.interview.id, village.mother, cursor={"revision": 7}, now=NOW
        )
        return village.interview.id, village.mother

    where = await database.run(prepare)
    await asyncio.to_thread(migrating.migrate_to, database, "0001")
    apart = await database.read(lambda tx: tx.execute(text("SELECT person_id FROM cursors")).all())
    await asyncio.to_thread(migrating.migrate, database)
    found = await database.run(lambda tx: interviews.load_interview(tx, *where))

    assert [row.person_id for row in apart] == [where[1]]
    assert found is not None
    assert (found.cursor, found.asked_at) == ({"revision": 7}, NOW)
