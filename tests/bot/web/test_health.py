import asyncio

import httpx
import pytest

from bot.web import health
from bot.web.app import make_app


async def ask(path, trouble=()):
    async def readiness():
        return list(trouble)

    app = make_app(readiness=readiness, metrics=lambda: b"kkb_turns_total 3\n")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://kkb.test") as client:
        return await client.get(path)


async def test_a_running_program_is_alive_whatever_its_troubles():
    assert (await ask("/healthz", ["database is locked"])).status_code == 200


async def test_a_program_without_troubles_is_ready():
    answer = await ask("/readyz")

    assert (answer.status_code, answer.text) == (200, "ready\n")


async def test_a_program_with_troubles_names_them_and_is_not_ready():
    answer = await ask("/readyz", ["database is locked", "Telegram has not answered yet"])

    assert answer.status_code == 503
    assert answer.text == "database is locked\nTelegram has not answered yet\n"


async def test_an_answer_that_does_not_come_is_a_trouble(monkeypatch):
    async def readiness():
        await asyncio.Event().wait()

    monkeypatch.setattr(health, "PATIENCE", 0.01)
    transport = httpx.ASGITransport(make_app(readiness=readiness, metrics=bytes))
    async with httpx.AsyncClient(transport=transport, base_url="http://kkb.test") as client:
        answer = await client.get("/readyz")

    assert (answer.status_code, answer.text) == (503, "no answer within 0.01 s\n")


async def test_the_figures_are_given_as_they_are():
    answer = await ask("/metrics")

    assert answer.text == "kkb_turns_total 3\n"
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


@pytest.mark.parametrize("path", ["/", "/phones/ibu/say", "/static/chat.css", "/reset"])
async def test_without_a_simulator_there_is_none(path):
    assert (await ask(path)).status_code == 404
