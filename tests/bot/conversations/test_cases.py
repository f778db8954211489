"""/kasus: a case of violence from the family's answer to its end, and no word of it elsewhere."""

from pathlib import Path

import pytest

from kkb_core.storage import Database
from tests.bot.conversations.talking import HELLO, answers, plays
from tests.test_transcripts import Phone, read, retell_on, write

TALK = Path(__file__).parents[2] / "transcripts" / "work" / "kasus.txt"


async def asked_about_violence(database: Database) -> Phone:
    """The phone of a mother of RT 2 RW 3, who is asked next whether somebody was hurt."""
    phone = Phone(database)
    await phone.prepare()
    await plays(phone, *HELLO)
    await answers(phone, until="LIN1")
    return phone


async def test_a_case_goes_as_written(database: Database, request: pytest.FixtureRequest) -> None:
    told = await retell_on(await asked_about_violence(database), read(TALK))

    if request.config.getoption("--update-transcripts"):
        write(TALK, told)
    assert "!!" not in told
    assert told == read(TALK)
