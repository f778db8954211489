"""A Bot API server on a bad day: it refuses, breaks off, forgets to answer, and says things twice.

What it did with a call before it broke off is known only to it, as in life: half of what goes wrong
goes wrong after the message was taken.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from random import Random
from typing import Any

from aiohttp import ClientError, ClientSession, web

from tests.end_to_end.telegram_server import TOKEN, Screen, _shown

ME = {"id": 7654321, "is_bot": True, "first_name": "KKB", "username": "kkb_test_bot"}
POLL_SECONDS = 0.2  # an empty poll is answered after it, or a stopped bot would be waited for
HELD_SECONDS = 0.6  # a call that is not answered is let go after it
THROTTLED_SECONDS = 0.02
AGAIN_SECONDS = 0.05  # a webhook that does not answer is called again after it
FAULTS = ("429", "403", "500", "502 before", "502 after", "reset before", "reset after", "late before", "late after")  # fmt: skip
CALM: dict[str, float] = {}
STORMY = dict.fromkeys(FAULTS, 0.02)


class BadServer:
    """Phones' screens, a queue of updates, and chances of each fault."""

    def __init__(
        self, draw: Random, *, chances: dict[str, float], redelivers: float = 0.0
    ) -> None:
        self.screens: dict[int, Screen] = defaultdict(Screen)
        self.counts: Counter[str] = Counter()
        self.address = self._hook = ""
        self._draw = draw
        self._chances = chances
        self._redelivers = redelivers
        self._updates: list[dict[str, Any]] = []
        self._news = asyncio.Event()
        self._changed = asyncio.Condition()
        self._msg_ids = count(1)

    async def enqueue_update(self, update: dict[str, Any], *, token: str = TOKEN) -> None:
        """Have the bot told of *update*."""
        self._updates.append({"update_id": len(self._updates) + 1, **update})
        self._news.set()

    async def changes(self, enough: Callable[[], bool], *, within: float) -> bool:
        """Wait until *enough* is true of what has come in; whether it became so in time."""
        try:
            async with asyncio.timeout(within), self._changed:
                await self._changed.wait_for(enough)
        except TimeoutError:
            return False
        return True

    async def deliver(self, url: str, secret: str) -> None:
        """Call the webhook at *url* with each update in its turn, until each is taken; for ever."""
        headers, taken = {"X-Telegram-Bot-Api-Secret-Token": secret}, 0
        async with ClientSession(headers=headers) as client:
            while True:
                if taken == len(self._updates):
                    self._news.clear()
                    await self._news.wait()
                try:
                    async with client.post(url, json=self._updates[taken]) as answer:
                        taken += answer.ok
                        again = not answer.ok
                except ClientError:
                    again = True
                if again:
                    self.counts["delivered again"] += 1
                    await asyncio.sleep(AGAIN_SECONDS)

    # -- calls -------------------------------------------------------------------------------

    async def call(self, request: web.Request) -> web.StreamResponse:
        """One call, and what befalls it."""
        method, fields = request.match_info["method"], await _fields(request)
        fault = self._fault(method)
        self.counts[fault or "well"] += 1
        kind, _, when = (fault or "").partition(" ")
        if kind == "429":
            return _refused(429, "Too Many Requests", retry_after=THROTTLED_SECONDS)
        if kind == "403":
            return _refused(403, "Forbidden: bot was blocked by the user")
        if kind == "500":
            return _refused(500, "Internal Server Error")
        answer = None if when == "before" else await self._answer(method, fields)
        if kind == "502":
            return web.Response(status=502, text="<html>bad gateway</html>")
        if kind == "late":
            await asyncio.sleep(HELD_SECONDS)
        if kind in ("reset", "late") and request.transport is not None:
            request.transport.abort()
        return answer or web.Response()

    def _fault(self, method: str) -> str | None:
        if method in ("getMe", "getWebhookInfo", "setMyCommands"):
            return None
        for fault, chance in self._chances.items():
            if self._draw.random() < chance and (fault != "403" or method == "sendMessage"):
                return fault
        return None

    async def _answer(self, method: str, fields: dict[str, Any]) -> web.Response:
        match method:
            case "getUpdates":
                return _ok(await self._poll(int(fields.get("offset") or 0)))
            case "getMe":
                return _ok(ME)
            case "getWebhookInfo":
                return _ok(
                    {"url": self._hook, "has_custom_certificate": False, "pending_update_count": 0}
                )
            case "setWebhook":
                self._hook = str(fields["url"])
            case "sendMessage" | "sendPhoto" | "sendDocument":
                return await self._shows(fields, next(self._msg_ids))
            case "editMessageText":
                return await self._edits(fields)
            case "deleteMessage":
                self.screens[int(fields["chat_id"])].remove(int(fields["message_id"]))
        return _ok(True)  # noqa: FBT003 - what Telegram answers

    async def _poll(self, offset: int) -> list[dict[str, Any]]:
        loop = asyncio.get_running_loop()
        until = loop.time() + POLL_SECONDS
        while not self._updates[max(offset, 1) - 1 :] and loop.time() < until:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), until - loop.time())
            except TimeoutError:
                break
        batch = self._updates[max(offset, 1) - 1 :][:100]
        if batch and self._draw.random() < self._redelivers:
            again = self._draw.choices(self._updates[: offset or 1], k=3) + batch[:1]
            self.counts["delivered again"] += len(again)
            batch = batch + again
            self._draw.shuffle(batch)
        return batch

    async def _shows(self, fields: dict[str, Any], msg_id: int) -> web.Response:
        chat = int(fields["chat_id"])
        async with self._changed:
            self.screens[chat].put(_shown(fields, msg_id))
            self._changed.notify_all()
        return _ok({"message_id": msg_id, "date": 1, "chat": {"id": chat, "type": "private"}})

    async def _edits(self, fields: dict[str, Any]) -> web.Response:
        msg_id, screen = int(fields["message_id"]), self.screens[int(fields["chat_id"])]
        before = screen.messages.get(msg_id)
        if before is None:
            return _refused(400, "Bad Request: message to edit not found")
        if before == _shown(fields, msg_id):
            return _refused(400, "Bad Request: message is not modified")
        return await self._shows(fields, msg_id)


async def _fields(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        return dict(await request.json())
    return dict(await request.post())


def _ok(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _refused(status: int, words: str, **parameters: Any) -> web.Response:
    body = {"ok": False, "error_code": status, "description": words}
    return web.Response(
        status=status,
        text=json.dumps(body | ({"parameters": parameters} if parameters else {})),
        content_type="application/json",
    )


@asynccontextmanager
async def bad_server(
    draw: Random, *, chances: dict[str, float], redelivers: float = 0.0
) -> AsyncIterator[BadServer]:
    """A server on a free port of this machine."""
    server = BadServer(draw, chances=chances, redelivers=redelivers)
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", server.call)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
