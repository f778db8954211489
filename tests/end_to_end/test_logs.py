"""A whole family's talk, logged as finely as can be, and none of it in the log."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import select

from bot import bootstrap
from bot.settings import Log
from kkb_core.storage import Database
from kkb_core.storage.tables import households, interviews
from tests.bot.test_bootstrap import _logs_as_before, page, settings
from tests.end_to_end.family import Family, open_village
from tests.end_to_end.telegram_server import TOKEN, Person, telegram_server
from tests.end_to_end.test_family import PLENTY, finished, rows

__all__ = ["_logs_as_before"]

SHORT = 6  # characters; "Ya" and "30" are in every log
SAID = "Suami saya Bambang sakit di rumah"
BROKEN = "yang ini rusak di jalan"
CODE = "JENGGOT-SALAH9"
METRICS = (
    "kkb_updates_total",
    "kkb_turns_total",
    "kkb_turn_seconds_count",
    "kkb_turn_statements_count",
    "kkb_reply_seconds_count",
    "kkb_sends_total",
    "kkb_interviews_open",
    "kkb_database_errors_total",
    "kkb_updates_quarantined_total",
    "kkb_updates_waiting",
)


async def test_a_whole_talk_leaves_no_word_in_the_log_and_its_figures_in_the_metrics(
    sqlite_database: Database, sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, stop = await open_village(sqlite_database), asyncio.Event()

    async with telegram_server() as server, asyncio.TaskGroup() as tasks:
        given = settings(sqlite_url, server=server.address)
        given = given.model_copy(
            update={"log": Log.model_validate({"level": "debug", "format": "json"})}
        )
        tasks.create_task(bootstrap.run(given, stop=stop))
        family = Family(Person(server, 710_000_011), code)
        await talks(family, sqlite_database)
        figures = (await page(given, "/metrics"))[1]
        stop.set()

    log = capsys.readouterr().err
    assert sum(json.loads(line)["event"] == "answered" for line in log.splitlines()) > 50
    for word in await hidden(family, sqlite_database):
        assert word not in log
    assert [name for name in METRICS if f"\n{name}" not in figures] == []


async def talks(family: Family, database: Database) -> None:
    """Everything that is asked, and besides it words, a wrong code and an update nobody can read."""
    await family.person.types(f"/start {CODE}")
    await family.person.buttons()
    await family.begin()
    await family.person.types(SAID)
    await family.person._sends("message", message_id="no number", text=BROKEN)
    for _ in range(PLENTY):
        await family.step()
        if await finished(database):
            return


async def hidden(family: Family, database: Database) -> set[str]:
    (home,) = await rows(database, households)
    answers = await database.read(lambda tx: tx.execute(select(interviews.c.answers)).scalar_one())
    spoken = [line for text in family.person.screen.said for line in text.splitlines()]
    taps = [data for data, _ in family.taps]
    pairs = [json.dumps({name: value})[1:-1] for name, value in answers.items()]
    words: list[Any] = [SAID, BROKEN, CODE, family.code, home.label, home.public_id]
    words += [TOKEN.split(":")[1], f"Person {family.person.id}", *spoken, *taps, *pairs]
    return {word for word in words if len(word) >= SHORT}
