"""Whatever befalls calls and updates, the answers kept are those of a day without faults."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random

import pytest
from sqlalchemy import select

from bot import bootstrap
from kkb_core import definitions
from kkb_core.roles import Scope
from kkb_core.services import areas, inviting
from kkb_core.storage import Database, Tx
from kkb_core.storage.tables import addresses, interviews, memberships
from tests.bot.test_bootstrap import _logs_as_before, settings
from tests.chaos.bad_server import CALM, STORMY, BadServer, bad_server
from tests.chaos.crowd import check_histories
from tests.chaos.lengths import length, seed
from tests.chaos.steadfast import ASKED, Steadfast, will_have_said

__all__ = ["_logs_as_before"]

pytestmark = pytest.mark.chaos

VILLAGE = "33.75.04.1004"
HISTORIES = {"calm": 6, "stormy": length(6, 1_000)}
AT_ONCE = length(6, 50)
SECTIONS = 2  # the profile and the first function
PATIENCE = 0.25  # seconds


@pytest.fixture
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot waits hundredths of a second where it waits seconds: a bad day in a minute."""
    monkeypatch.setattr("bot.telegram.polling.PAUSES", (0.02, 0.05))
    monkeypatch.setattr("bot.telegram.replying.PAUSES", (0.02, 0.05, 0.1))
    monkeypatch.setattr("bot.telegram.request.READ_SECONDS", 0.4)


async def code_of(database: Database) -> str:
    """A code into one RT, so that nothing has to be typed before the first question."""

    def work(tx: Tx) -> str:
        now = datetime.now(UTC)  # noqa: TID251 - the bot under test lives in the real time too
        areas.add_area(tx, VILLAGE)
        areas.ensure_round(tx, VILLAGE, questionnaire=definitions.load().current, now=now)
        return inviting.village_code(tx, Scope(VILLAGE, 3, 2), by=None, now=now).code

    return await database.run(work)


@asynccontextmanager
async def running(server: BadServer, url: str) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(bootstrap.run(settings(url, server=server.address), stop=stop))
        try:
            yield
        finally:
            stop.set()


def answers_of(tx: Tx, person: Steadfast) -> dict[str, str]:
    """What is kept of the family of *person*."""
    asked = (
        select(interviews.c.answers)
        .join(memberships, memberships.c.household_id == interviews.c.household_id)
        .join(addresses, addresses.c.person_id == memberships.c.person_id)
        .where(addresses.c.address == str(person.id))
    )
    return dict(tx.execute(asked).scalar_one())


def of_sections(answers: dict[str, str], sections: int) -> dict[str, str]:
    """The answers to the first so many sections."""
    names = {name for one in ASKED.sections[:sections] for name in one.questions}
    return {name: value for name, value in answers.items() if name in names}


@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("day", ["calm", "stormy"])
@pytest.mark.usefixtures("_hasty")
async def test_the_answers_kept_are_those_of_a_day_without_faults(
    day: str, sqlite_database: Database, sqlite_url: str
) -> None:
    draw, code = Random(seed()), await code_of(sqlite_database)
    chances, redelivers = (CALM, 0.0) if day == "calm" else (STORMY, 0.2)

    async with (
        bad_server(draw, chances=chances, redelivers=redelivers) as server,
        running(server, sqlite_url),
    ):
        for first in range(0, HISTORIES[day], AT_ONCE):
            people = [
                Steadfast(server, 1_000 + n, code, seed() * 10_000 + n)
                for n in range(first, first + AT_ONCE)
            ]
            async with asyncio.timeout(length(60, 600)):
                await asyncio.gather(*(_answers(one) for one in people))
            print(f"KKB_SEED={seed()} {day}: {first + AT_ONCE} histories, {dict(server.counts)}")
            for one in people:
                kept = await sqlite_database.read(lambda tx, one=one: answers_of(tx, one))
                assert of_sections(kept, SECTIONS) == will_have_said(one.seed, SECTIONS)
    await sqlite_database.read(check_histories)


async def _answers(person: Steadfast) -> None:
    beyond = ASKED.sections[SECTIONS].questions
    await person.until(lambda: any(one in beyond for one in person.asked), patience=PATIENCE)
