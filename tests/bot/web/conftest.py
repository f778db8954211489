"""A site with one family phone, over conversations that say what the test wants."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest

from bot.clock import VirtualClock
from bot.web.app import make_app
from bot.web.phones import Kind, Phone
from bot.web.simulator import Simulator
from kkb_core.messaging import Language, MsgOut, Text
from kkb_core.storage import Database

MORNING = datetime(2026, 3, 10, 2, 14, tzinfo=UTC)  # Tuesday, 09.14 in Jenggot


def echo(msg):
    return [MsgOut(text=Text.of(f"Anda: {msg.text or msg.tap or msg.other}"))]


@dataclass
class ScriptedConversations:
    """Answers each message with what `answers` makes of it, and remembers what it was told."""

    answers: object = echo
    due: list = field(default_factory=list)
    heard: list = field(default_factory=list)
    told_shown: list = field(default_factory=list)

    def turn(self, tx, msg, *, now):
        self.heard.append(msg)
        return self.answers(msg)

    def shown(self, tx, address, msg_id, *, now):
        self.told_shown.append((address, msg_id))

    def sweep(self, tx, *, now):
        due, self.due = self.due, []
        return due

    def menu(self, tx, address):
        return Language.ID, [("hasil", "Lihat hasil"), ("bantuan", "Bantuan")]


@dataclass
class Site:
    conversations: ScriptedConversations
    simulator: Simulator
    clock: VirtualClock
    client: httpx.AsyncClient
    restarts: list

    @property
    def phone(self):
        return self.simulator.phones[0]

    @property
    def says(self):
        return [str(shown.text) for shown in self.phone.screen]

    async def post(self, path, *, htmx=True, **form):
        headers = {"hx-request": "true"} if htmx else {}
        return await self.client.post(path, data=form, headers=headers)

    async def say(self, text, **more):
        return await self.post("/phones/ibu/say", text=text, **more)

    async def tap(self, msg_id, data):
        return await self.post("/phones/ibu/tap", tap=f"{msg_id}:{data}")


async def no_trouble():
    return []


@pytest.fixture
async def site():
    database = Database.open("sqlite://")
    conversations = ScriptedConversations()
    clock = VirtualClock(MORNING, running=lambda: 0.0)
    restarts = []

    async def restart():
        await asyncio.sleep(0)
        restarts.append(clock.now())

    simulator = Simulator(
        database=database,
        conversations=conversations,
        clock=clock,
        phones=(Phone("ibu", "Ponsel Ibu"), Phone("kader", "Ponsel kader", Kind.CADRE)),
        village_code="JENGGOT",
        restart=restart,
    )
    app = make_app(readiness=no_trouble, metrics=lambda: b"kkb 1\n", simulator=simulator)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://kkb.test") as client:
        yield Site(conversations, simulator, clock, client, restarts)
    await database.close()
