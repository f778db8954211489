"""An open transaction to hold a conversation in; a phone in a village that takes part."""

from collections.abc import Iterator

import pytest

from kkb_core.storage import Tx, sqlite
from kkb_core.storage.database import read_url
from tests.test_transcripts import Phone


@pytest.fixture
def sqlite_tx(sqlite_url: str) -> Iterator[Tx]:
    """A transaction on a fresh migrated SQLite database; never committed."""
    engine = sqlite.make_engine(read_url(sqlite_url))
    with engine.connect() as connection, connection.begin() as transaction:
        yield Tx(connection)
        transaction.rollback()
    engine.dispose()


@pytest.fixture
async def phone(database):
    made = Phone(database)
    await made.prepare()
    return made
