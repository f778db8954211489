"""The demo's admin phone: an announcement to the village, followed in one message."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.clock import VirtualClock
from bot.demo.running import deliver, demo_simulator, make_village
from bot.web.phones import Kind, Phone
from kkb_core.storage import Database, outbox

NOW = datetime(2026, 3, 10, 2, 14, tzinfo=UTC)  # 09.14 in Jenggot


@pytest.fixture
async def simulator():
    """The demo over a village in memory."""
    database = Database.open("sqlite://")
    clock = VirtualClock(NOW)
    seeded = await asyncio.to_thread(make_village, database, clock)
    yield demo_simulator(database, clock, seeded)
    await database.close()


def label(phone: Phone, words: str):
    """The newest button whose label has *words*."""
    return next(
        (shown.id, reply.data)
        for shown in reversed(phone.screen)
        for row in shown.replies
        for reply in row
        if words in reply.label
    )


async def until_shown(phone: Phone, words: str) -> str:
    async with asyncio.timeout(30):
        while True:
            for shown in phone.screen:
                if words in str(shown.text):
                    return str(shown.text)
            await asyncio.sleep(0.05)


async def test_the_admin_announces_and_follows_it_to_its_end_in_one_message(simulator):
    admin = next(phone for phone in simulator.phones if phone.kind is Kind.ADMIN)
    await simulator.hears(admin, "/umumkan")
    await simulator.is_tapped(admin, *label(admin, "Tulis pengumuman"))
    await simulator.hears(admin, "Posyandu besok jam 8")
    await simulator.is_tapped(admin, *label(admin, "Hitung"))
    await simulator.is_tapped(admin, *label(admin, "Kirim sekarang"))
    messages = len(admin.screen)

    async with asyncio.TaskGroup() as tasks:
        delivering = tasks.create_task(deliver(simulator))
        told = await until_shown(admin, "selesai\n")
        delivering.cancel()

    account = await simulator.database.read(lambda tx: outbox.accounts(tx, [1])[1])
    assert account.sent == account.eligible > 20
    assert f"Terkirim: {account.sent}" in told
    assert len(admin.screen) == messages
