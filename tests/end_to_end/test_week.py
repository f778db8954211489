"""A family's week and its cadre's Monday over real HTTP: `kkb run`, started anew for each hour that counts."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot import bootstrap
from bot.clock import VirtualClock
from kkb_core import definitions
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import areas, inviting
from kkb_core.storage import Database, Tx
from kkb_core.storage.tables import outbox
from tests.bot.test_bootstrap import _logs_as_before, settings
from tests.end_to_end.family import JENGGOT, Family
from tests.end_to_end.telegram_server import Person, TelegramServer, telegram_server
from tests.end_to_end.test_family import goes_on

__all__ = ["_logs_as_before"]

ZONE = ZoneInfo("Asia/Jakarta")
TUESDAY = datetime(2026, 3, 10, 9, tzinfo=ZONE)
DAWN = datetime(2026, 3, 11, 5, 10, tzinfo=ZONE)
EVENING = datetime(2026, 3, 11, 20, 25, tzinfo=ZONE)
MONDAY = datetime(2026, 3, 16, 7, 1, tzinfo=ZONE)
SUMMARY = "Ringkasan 9–15 Maret 2026"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(TUESDAY.astimezone(UTC))


def codes(tx: Tx, now: datetime) -> tuple[str, str]:
    """Of the village for its families, and of a cadre's role."""
    areas.add_area(tx, JENGGOT)
    areas.open_round(tx, JENGGOT, questionnaire=definitions.load().current, now=now)
    cadre = Grant(Role.CADRE, Scope(JENGGOT))
    return (
        inviting.village_code(tx, Scope(JENGGOT), by=None, now=now).code,
        inviting.invite_to_role(tx, cadre, by=None, now=now).code,
    )


async def test_a_reminder_in_the_evening_and_one_summary_on_monday(
    sqlite_database: Database, sqlite_url: str, clock: VirtualClock
) -> None:
    ours, role = await sqlite_database.run(lambda tx: codes(tx, clock.now()))
    async with telegram_server() as server:
        family, cadre = Family(Person(server, 11), ours), Person(server, 12)
        async with running(server, sqlite_url, clock, TUESDAY):
            await joins(cadre, role)
            await family.begin()
            await goes_on(family, 4)
            await family.person.prompt()  # the answer to the last one is kept
        async with running(server, sqlite_url, clock, DAWN):
            await queued(sqlite_database, "reminder")
        async with running(server, sqlite_url, clock, EVENING):
            await family.person.sees("Tinggal")
        for _ in range(2):
            async with running(server, sqlite_url, clock, MONDAY):
                await cadre.sees(SUMMARY)
                await queued(sqlite_database, "summary", state="sent")

    told = [text for text in cadre.screen.said if SUMMARY in text]
    assert len(told) == 1
    assert "1 terdaftar, 1 sudah mulai putaran ini, 1 menjawab minggu ini" in told[0]


@contextlib.asynccontextmanager
async def running(
    server: TelegramServer, url: str, clock: VirtualClock, at: datetime
) -> AsyncIterator[None]:
    """A process of its own from that moment on; it ticks as it starts."""
    clock.forward(max(at - clock.now(), at - at))
    given, stop = settings(url, server=server.address), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(bootstrap.run(given, stop=stop, clock=clock))
        try:
            yield
        finally:
            stop.set()


async def joins(cadre: Person, code: str) -> None:
    await cadre.types(f"/start {code}")
    await cadre.taps("Bahasa Indonesia")
    await cadre.sees("Jenggot")


async def queued(database: Database, kind: str, *, state: str = "queued") -> None:
    asked = select(outbox.c.id).where(outbox.c.kind == kind, outbox.c.state == state)
    async with asyncio.timeout(20):
        while not await database.read(lambda tx: tx.execute(asked).first()):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
