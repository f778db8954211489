"""A phone in a village that takes part."""

import pytest

from tests.test_transcripts import Phone


@pytest.fixture
async def phone(database):
    made = Phone(database)
    await made.prepare()
    return made
