"""The Bot API on this machine, played fast, and the people behind it: `python -m benchmarks.bots.server`.

A process of its own that only splits HTTP by hand, so that it never is what is measured. A call is
answered after the round trip that is asked for; a poll as soon as there is something. People tap the
first answer on the message they were shown, or send words where words are echoed.
"""

import asyncio
import json
import re
import sys
from collections import deque
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from urllib.parse import parse_qs

from benchmarks.bots.delivering import Deliveries

ME = {"id": 7654321, "is_bot": True, "first_name": "KKB", "username": "kkb_bench_bot"}
PRIVATE = "private"
PART = re.compile(rb'name="?([a-z_]+)"?.*?\r\n\r\n(.*?)\r\n--', re.DOTALL)
# What is tapped, by how it begins: the first that is there. All bots measured say "a:" for an answer.
TAPS = (
    "s:",
    "a:",
    "n:",
    "lang:id",
    "adult:yes",
    "consent:yes",
    "join:name:",
    "same:yes",
    "home:on",
    "permit:",
)
ANSWERS = ("a:", "n:")


@dataclass
class Load:
    """What is asked of a bot. `rate` 0 is as fast as answers come; else answers a second, offered."""

    people: int = 1
    answers: int = 100
    round_trip: float = 0.0  # seconds
    rate: float = 0.0
    words: bool = False  # an echo: people write, and are answered in words


@dataclass
class Seen:
    """What came of it, in the server's seconds."""

    answered: int = 0
    steps: int = 0  # taps between questions (thanks, a permission, is it safe): as much work
    began: float = 0.0
    ended: float = 0.0
    waits: list[float] = field(default_factory=list)


class Street:
    """Everybody with a phone."""

    def __init__(self) -> None:
        self.load = Load(people=0)
        self.seen = Seen()
        self.updates: deque[dict[str, Any]] = deque()
        self.news = asyncio.Event()
        self.ready: dict[int, tuple[str, int]] = {}  # who waits with what to tap
        self.going = False
        self._sent: dict[int, float] = {}
        self._number = self._msg = 0
        self._budget = 0
        self._hooks: Deliveries | None = None

    def gather(self, people: int, hello: str) -> None:
        """So many new people say *hello* and go on until the first question."""
        self.ready.clear()
        self.going = False
        first = (max(self._sent, default=1_000)) + 1
        for chat in range(first, first + people):
            self._sent[chat] = perf_counter()
            self._writes(chat, hello)

    def halt(self) -> None:
        """Nobody answers any more; what was begun is finished without delay."""
        self._budget, self.going = 0, False

    def begin(self, load: Load) -> None:
        """Those who are ready answer now."""
        self.load, self.seen, self._budget = load, Seen(began=perf_counter()), load.answers
        self.going = True
        if load.rate:
            self._pacing = asyncio.ensure_future(self._pace())
            return
        for _ in range(min(load.people, len(self.ready))):
            self._next(next(iter(self.ready)))

    async def _pace(self) -> None:
        begun = perf_counter()
        for number in range(self.load.answers):
            if not self.going:
                return
            await asyncio.sleep(max(0.0, begun + number / self.load.rate - perf_counter()))
            if self.ready:
                self._next(next(iter(self.ready)))

    def _next(self, chat: int) -> None:
        if self._budget <= 0:
            return
        self._budget -= 1
        data, msg_id = self.ready.pop(chat)
        self._sent[chat] = perf_counter()
        if self.load.words:
            self._writes(chat, "halo")
        else:
            self._taps(chat, data, msg_id)

    def shown(self, chat: int, msg_id: int, markup: Any) -> None:
        """Something with these buttons stands on the phone of *chat*."""
        data = choice(markup)
        if data is None and not self.load.words:
            return
        at_question = self.load.words or (data or "").startswith(ANSWERS)
        if not at_question and data is not None:
            self.seen.steps += self.going
            self._sent[chat] = 0.0  # a step between questions is taken at once and not waited for
            self._taps(chat, data, msg_id)
            return
        if self.going:
            self._answered(chat)
        self.ready[chat] = (data or "", msg_id)
        if self.going and not self.load.rate:
            self._next(next(iter(self.ready)))  # whoever has waited longest

    def _answered(self, chat: int) -> None:
        now = perf_counter()
        if self._sent[chat]:
            self.seen.waits.append(now - self._sent[chat])
        self.seen.answered += 1
        self.seen.ended = now

    def _writes(self, chat: int, text: str) -> None:
        who = {"id": chat, "type": PRIVATE, "first_name": "Siti"}
        sender = {"id": chat, "is_bot": False, "first_name": "Siti"}
        body: dict[str, Any] = {"chat": who, "from": sender, "date": 1_790_000_000, "text": text}
        if text.startswith("/"):
            length = len(text.partition(" ")[0])
            body["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        self._told("message", body | {"message_id": self.msg_id()})

    def _taps(self, chat: int, data: str, msg_id: int) -> None:
        who = {"id": chat, "type": PRIVATE, "first_name": "Siti"}
        message = {
            "message_id": msg_id,
            "chat": who,
            "from": ME,
            "date": 1_790_000_000,
            "text": "?",
        }
        sender = {"id": chat, "is_bot": False, "first_name": "Siti"}
        query = {"id": f"q{self._number}", "from": sender, "chat_instance": "1", "data": data}
        self._told("callback_query", query | {"message": message})

    def _told(self, kind: str, body: dict[str, Any]) -> None:
        self._number += 1
        update = {"update_id": self._number, kind: body}
        if self._hooks is not None:
            self._hooks.put(update)
            return
        self.updates.append(update)
        self.news.set()

    def hook(self, ports: list[int], secret: str) -> None:
        """From now on updates are delivered at these *ports*; polled for, when there is none."""
        if self._hooks is not None:
            self._hooks.stop()
        self._hooks = Deliveries(ports, secret) if ports else None

    def msg_id(self) -> int:
        """A new message's id."""
        self._msg += 1
        return self._msg

    async def poll(self, offset: int, limit: int, seconds: float) -> list[dict[str, Any]]:
        """What is there from *offset* on, as soon as there is something."""
        while self.updates and self.updates[0]["update_id"] < offset:
            self.updates.popleft()
        if not self.updates:
            self.news.clear()
            try:
                await asyncio.wait_for(self.news.wait(), seconds or 0.01)
            except TimeoutError:
                return []
        return [self.updates[at] for at in range(min(limit, len(self.updates)))]


def choice(markup: Any) -> str | None:
    """What is tapped on a message with these buttons."""
    keyboard = markup.get("inline_keyboard", []) if isinstance(markup, dict) else []
    found = [button.get("callback_data", "") for row in keyboard for button in row]
    unknown = [one for one in found if one.endswith(":dk")]
    if any(one.startswith("p:") for one in found):
        return unknown[0]
    for start in TAPS:
        for one in unknown if start == "n:" else found:
            if one.startswith(start):
                return one
    return None


class Connection(asyncio.Protocol):
    """One connection: requests in, answers out in their order."""

    def __init__(self, street: Street) -> None:
        self._street = street
        self._waiting = b""
        self._under_way: set[asyncio.Future[None]] = set()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connected."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Part of a request, or several."""
        self._waiting += data
        while (end := self._waiting.find(b"\r\n\r\n")) >= 0:
            head = self._waiting[:end].lower()
            size = 0
            if (at := head.find(b"content-length:")) >= 0:
                size = int(head[at + 15 :].split(b"\r\n", 1)[0])
            if len(self._waiting) < end + 4 + size:
                return
            body = self._waiting[end + 4 : end + 4 + size]
            _, path, _ = self._waiting.partition(b"\r\n")[0].decode().split(" ")
            self._waiting = self._waiting[end + 4 + size :]
            serving = asyncio.ensure_future(self._serve(path, _fields(head, body, path)))
            self._under_way.add(serving)
            serving.add_done_callback(self._under_way.discard)

    async def _serve(self, path: str, fields: dict[str, Any]) -> None:
        method = path.partition("?")[0].rpartition("/")[2]
        result = await self._result(method, fields)
        if method != "getUpdates" and self._street.going and not path.startswith("/control"):
            delay = self._street.load.round_trip
            if delay:
                await asyncio.sleep(delay)
        payload = json.dumps({"ok": True, "result": result}, separators=(",", ":")).encode()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (len(payload), payload)
            )

    async def _result(self, method: str, fields: dict[str, Any]) -> Any:
        street = self._street
        match method:
            case "getUpdates":
                offset, limit = int(fields.get("offset") or 0), int(fields.get("limit") or 100)
                return await street.poll(offset, limit, float(fields.get("timeout") or 0))
            case "sendMessage" | "editMessageText":
                chat = int(fields["chat_id"])
                msg_id = int(fields.get("message_id") or 0) or street.msg_id()
                street.shown(chat, msg_id, _read(fields.get("reply_markup")))
                who = {"id": chat, "type": PRIVATE, "first_name": "Siti"}
                return {
                    "message_id": msg_id,
                    "date": 1_790_000_000,
                    "chat": who,
                    "from": ME,
                    "text": fields["text"],
                }
            case "getMe":
                return ME
            case "getWebhookInfo":
                return {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
            case "gather":
                street.load = Load(people=0, words=bool(fields.get("words")))
                street.gather(int(fields["people"]), fields["hello"])
            case "hook":
                street.hook(fields["ports"], fields["secret"])
            case "halt":
                street.halt()
            case "begin":
                street.begin(Load(**fields))
            case "state":
                return {"ready": len(street.ready), **vars(street.seen)}
        return True


def _fields(head: bytes, body: bytes, path: str) -> dict[str, Any]:
    if b"application/json" in head:
        return dict(json.loads(body)) if body else {}
    if b"multipart/form-data" in head:
        return {name.decode(): value.decode() for name, value in PART.findall(body)}
    text = body.decode() or path.partition("?")[2]
    return {name: values[0] for name, values in parse_qs(text).items()}


def _read(markup: Any) -> Any:
    return json.loads(markup) if isinstance(markup, str) else markup


async def _main(port: int) -> None:
    street = Street()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(street), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
