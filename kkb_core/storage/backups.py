"""A copy of everything, made while the bot runs, and everything put back from one.

SQLite through its online backup; PostgreSQL through pg_dump and pg_restore, which are told the
password in their environment: the list of processes shows everybody's arguments.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL

from kkb_core.errors import DatabaseUnavailable, InputRefused
from kkb_core.storage import migrating
from kkb_core.storage.alone import alone
from kkb_core.storage.database import file_of, read_url
from kkb_core.storage.faults import told_as_ours

WAIT_FOR_LOCKS = "-c lock_timeout=5000"  # ms; a bot at work holds them for ever
SIDE_FILES = ("-wal", "-shm", "-journal")


def backup(url: str, target: Path) -> None:
    """Write a copy of the database at *url* to *target*, readable by us alone, and check it.

    Raises InputRefused when it cannot be done, DatabaseUnavailable when the database is not there.
    """
    if target.exists():
        raise InputRefused(f"{target}: is there already; choose another name or remove it")
    parsed = read_url(url)
    with _made_whole(target) as making:
        if parsed.get_backend_name() == "postgresql":
            _run(parsed, "pg_dump", "--format=custom", f"--file={making}")
        else:
            _copy(_existing(parsed), making)


def restore(url: str, source: Path, *, force: bool = False) -> list[str]:
    """Put what *source* holds in the place of the database at *url*; the migrations it lacks.

    Raises InputRefused when *source* is no whole backup, when a bot is at work on the database,
    and, unless *force*, when there is anything that would be overwritten.
    """
    parsed = read_url(url)
    if not source.is_file():
        raise InputRefused(f"{source}: there is no such file")
    if parsed.get_backend_name() == "postgresql":
        _restore_postgres(parsed, source, force=force)
    else:
        _restore_sqlite(url, source, force=force)
    return migrating.behind(url)


def _restore_sqlite(url: str, source: Path, *, force: bool) -> None:
    file = file_of(read_url(url))
    if file is None:
        raise InputRefused("database.url: a database in memory cannot be restored")
    _check(source)
    with alone(url):
        if file.exists() and file.stat().st_size and not force:
            raise _would_overwrite(str(file))
        # Beside it first, so that a full disk leaves the old one whole.
        with _made_whole(file) as making:
            _copy(source, making)
            for suffix in SIDE_FILES:
                Path(f"{file}{suffix}").unlink(missing_ok=True)


def _restore_postgres(url: URL, source: Path, *, force: bool) -> None:
    _run(url, "pg_restore", "--list", str(source), reading=source)
    if not force and migrating.behind(_address(url)) != migrating.names():
        raise _would_overwrite(f"the database {url.database}")
    wanted = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
    _run(url, "pg_restore", *wanted, f"--dbname={url.database}", str(source))


def _address(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _would_overwrite(what: str) -> InputRefused:
    return InputRefused(f"{what} holds data that would be lost; say --force if that is meant")


@contextmanager
def _made_whole(target: Path) -> Iterator[Path]:
    """A file to fill that takes its name only when it is whole."""
    making = target.with_name(f".{target.name}.part")
    try:
        os.close(os.open(making, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600))
    except OSError as error:
        raise InputRefused(f"{target}: cannot be written ({error.strerror})") from error
    try:
        yield making
        making.replace(target)
    finally:
        making.unlink(missing_ok=True)
        for suffix in SIDE_FILES:
            Path(f"{making}{suffix}").unlink(missing_ok=True)


def _existing(url: URL) -> Path:
    file = file_of(url)
    if file is None or not file.exists():
        raise InputRefused(f"database.url: there is no database at {file or 'a file'} to copy")
    return file


def _copy(source: Path, target: Path) -> None:
    """All pages in one step: one moment of the database, whoever writes meanwhile."""
    with (
        told_as_ours(),
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as here,
        closing(sqlite3.connect(target)) as there,
    ):
        here.backup(there, pages=-1)
        there.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
    _check(target)


def _check(file: Path) -> None:
    """InputRefused unless it is a whole database of ours."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as opened:
        try:
            opened.execute("SELECT version_num FROM alembic_version").fetchone()
            (told,) = opened.execute("PRAGMA integrity_check").fetchone()
        except sqlite3.Error as error:
            raise InputRefused(f"{file}: is no whole backup of KKB ({error})") from error
    if told != "ok":
        raise InputRefused(f"{file}: is damaged; take an older backup")


def _run(url: URL, program: str, *arguments: str, reading: Path | None = None) -> None:
    found = shutil.which(program)
    if found is None:
        raise InputRefused(
            f"{program} is not on this machine; install PostgreSQL's client programs "
            "(on Debian: apt-get install postgresql-client)"
        )
    done = subprocess.run(  # noqa: S603 - our own arguments, no shell
        [found, *arguments], env=_environment(url), capture_output=True, text=True, check=False
    )
    if done.returncode and reading is not None:
        raise InputRefused(f"{reading}: is no backup of KKB ({_last_line(done.stderr)})")
    if done.returncode:
        raise DatabaseUnavailable(f"{program} failed: {_last_line(done.stderr)}")


def _last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if "error" in line.lower()] or said.splitlines()
    return lines[0].strip() if lines else "it did not say why"


def _environment(url: URL) -> dict[str, str]:
    """What libpq's programs read instead of arguments."""
    host = url.host or url.query.get("host") or ""
    wanted = {
        "PGHOST": host if isinstance(host, str) else host[0],
        "PGPORT": str(url.port or ""),
        "PGUSER": url.username or "",
        "PGPASSWORD": url.password or "",
        "PGDATABASE": url.database or "",
        "PGOPTIONS": WAIT_FOR_LOCKS,
    }
    return {**os.environ, **{name: value for name, value in wanted.items() if value}}
