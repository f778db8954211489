"""Who may deliver updates, and what is answered."""

import json

import httpx
import pytest

from bot.web.app import make_app
from bot.web.guards import LARGEST_BODY
from bot.web.webhooks import telegram_webhook

SECRET = "0f1e2d3c4b5a6978"
PROOF = {"x-telegram-bot-api-secret-token": SECRET}
RAW = {"update_id": 7, "message": {"text": "halo"}}


class Desk:
    """Where updates are received; `keeps` says whether the database would have them."""

    def __init__(self, *, keeps=True):
        self.keeps = keeps
        self.received = []

    async def receive(self, raws):
        self.received += raws
        return self.keeps

    async def deliver(self, content=None, headers=PROOF, method="POST"):
        async def ready():
            return []

        route = telegram_webhook("/telegram", SECRET, self.receive)
        app = make_app(readiness=ready, metrics=bytes, more=[route])
        body = json.dumps(RAW) if content is None else content
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://kkb.test") as client:
            answer = await client.request(method, "/telegram", content=body, headers=headers)
        return answer.status_code


async def test_what_telegram_delivers_is_kept_and_then_acknowledged():
    desk = Desk()

    assert await desk.deliver() == 200
    assert desk.received == [RAW]


@pytest.mark.parametrize(
    "given", [None, "", SECRET[:-1], f"{SECRET}0", SECRET.upper(), "é" * 16, SECRET[::-1]]
)
async def test_who_does_not_know_the_secret_is_not_heard(given):
    desk = Desk()
    headers = {} if given is None else {"x-telegram-bot-api-secret-token": given.encode("latin-1")}

    assert await desk.deliver(headers=headers) == 403
    assert desk.received == []


async def test_what_is_not_kept_is_not_acknowledged():
    assert await Desk(keeps=False).deliver() == 503


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 5_000])
async def test_what_is_no_json_is_refused(content):
    desk = Desk()

    assert await desk.deliver(content) == 400
    assert desk.received == []


async def test_a_body_beyond_every_update_is_refused():
    desk = Desk()

    assert await desk.deliver(b'"' + b"a" * LARGEST_BODY + b'"') == 413
    assert desk.received == []


async def test_nobody_reads_there():
    assert await Desk().deliver(method="GET") == 405


def test_there_is_no_webhook_without_a_secret():
    with pytest.raises(AssertionError, match="without a secret"):
        telegram_webhook("/telegram", "", Desk().receive)
