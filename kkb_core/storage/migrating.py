"""Bringing a database to the shape the tables have, one numbered step after the other."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import URL, Connection, text

from kkb_core.storage import sqlite
from kkb_core.storage.database import Database, read_url
from kkb_core.storage.faults import told_as_ours
from kkb_core.storage.steps import SCRIPTS, missing, seen, steps
from kkb_core.storage.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

T = TypeVar("T")

# Any number no other program of this database uses: processes that start together migrate in turn.
ADVISORY_LOCK = 33_75_04_1004


def migrate(target: str | Database) -> list[str]:
    """Take every step the database has not seen; their names. Nothing is kept if one fails."""
    return _on(target, lambda connection: _upgrade(connection, "head"))


def migrate_to(target: str | Database, revision: str) -> None:
    """Go up or down to *revision*; "base" is the empty database."""
    _on(target, lambda connection: _go(connection, revision))


def behind(target: str | Database) -> list[str]:
    """The names of the steps the database has not seen, the next one first."""
    return _on(target, _missing)


def differences(target: str | Database) -> list[Any]:
    """Where the database's shape and the tables' differ, as Alembic tells it."""
    return _on(target, _differences)


def revisions() -> list[str]:
    """The numbers of all steps, the first one first."""
    return [step.revision for step in steps(SCRIPTS)]


def names() -> list[str]:
    """The names of all steps, as an empty database lacks them."""
    return [step.name for step in steps(SCRIPTS)]


def config_for(connection: Connection | None = None) -> "Config":
    """What Alembic wants to be told."""
    from alembic.config import Config  # noqa: PLC0415  see steps.py

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection, revision: str) -> list[str]:
    from alembic import command  # noqa: PLC0415  see steps.py

    names = _missing(connection)
    if names:
        command.upgrade(config_for(connection), revision)
    return names


def _go(connection: Connection, revision: str) -> None:
    from alembic import command  # noqa: PLC0415  see steps.py

    numbers = ["base", *revisions()]
    down = numbers.index(revision) < numbers.index(seen(connection) or "base")
    (command.downgrade if down else command.upgrade)(config_for(connection), revision)


def _missing(connection: Connection) -> list[str]:
    return [step.name for step in missing(connection)]


def _differences(connection: Connection) -> list[Any]:
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415  see steps.py
    from alembic.migration import MigrationContext  # noqa: PLC0415

    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def _on(target: str | Database, work: Callable[[Connection], T]) -> T:
    if isinstance(target, Database) and target.in_memory:
        return target.run_now(lambda tx: work(tx.connection))
    url = target.url if isinstance(target, Database) else read_url(target)
    if url.get_backend_name() == "sqlite":
        return _on_sqlite(url, work)
    # A loop of its own, also when the caller's thread is running one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _on_postgres(url, work)).result()


def _on_sqlite(url: URL, work: Callable[[Connection], T]) -> T:
    # SQLite changes a table by making it anew; with foreign keys on, dropping the old one would
    # take the rows of others along.
    engine = sqlite.make_engine(url, foreign_keys=False)
    try:
        with told_as_ours(), engine.begin() as connection:
            done = work(connection)
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            assert not broken, f"migrating left rows that refer to nothing: {broken[:3]}"
            return done
    finally:
        engine.dispose()


async def _on_postgres(url: URL, work: Callable[[Connection], T]) -> T:
    from kkb_core.storage import postgres  # noqa: PLC0415  see Database.open

    engine = postgres.make_engine(url)
    try:
        with told_as_ours():
            async with postgres.connected(engine) as connection, connection.begin():
                lock = text("SELECT pg_advisory_xact_lock(:number)")
                await connection.execute(lock, {"number": ADVISORY_LOCK})
                return await connection.run_sync(work)
    finally:
        await engine.dispose()
