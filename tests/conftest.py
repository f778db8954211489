"""Fixtures every room's tests share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from kkb_core.storage import Database
from tests.chaos.lengths import LONG, seed
from tests.databases import PostgresServer, SqliteTemplate, postgres_server

# `make chaos` looks far longer for what `make test` looks for briefly.
settings.register_profile("short", max_examples=50, deadline=None)  # a busy machine is no failure
settings.register_profile("long", max_examples=5_000, deadline=None)
settings.load_profile("long" if LONG else "short")
seed()  # here, so that every process of a run has the same


def pytest_report_header() -> str:
    """How this run is repeated."""
    return f"seed: KKB_SEED={seed()}{' KKB_LONG=1' if LONG else ''}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    """A migrated SQLite file to copy."""
    return SqliteTemplate(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL, started when a test first asks for it."""
    server = postgres_server()
    yield server
    server.drop_all()


@pytest.fixture
def sqlite_url(sqlite_template: SqliteTemplate, tmp_path: Path) -> str:
    """The address of a fresh migrated SQLite database."""
    return sqlite_template.copy_to(tmp_path / "kkb.db")


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The address of a fresh migrated PostgreSQL database."""
    name = postgres.lend()
    yield postgres.url(name)
    postgres.take_back(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh migrated database; the test runs once on each kind."""
    wanted = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(wanted))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh migrated database, open; the test runs once on SQLite and once on PostgreSQL."""
    opened = Database.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_database(sqlite_url: str) -> AsyncIterator[Database]:
    """A fresh migrated SQLite database, open, for tests that need no second kind."""
    opened = Database.open(sqlite_url)
    yield opened
    await opened.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A property looked for longer is one more long form."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.chaos)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-transcripts",
        action="store_true",
        help="write what is shown now into tests/transcripts",
    )
