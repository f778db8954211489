"""A Bot API server in memory, for virtual time: the real bot with only its transport being ours.

It keeps what it is sent until it is acknowledged, as Telegram does, refuses who blocked the bot,
and remembers everything that was said to anybody. Real sockets and virtual time do not mix: while
a socket is waited for no virtual second passes.
"""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from telegram.request import BaseRequest, RequestData

from bot.telegram.request import QuietAnswers, SmallAnswers
from bot.terminal import Screen
from kkb_core.messaging import MsgOut, QuickReply, Text
from tests.bot.telegram.recording import ME, TOKEN, Call, _call, refusal
from tests.end_to_end.telegram_server import plain

__all__ = ["TOKEN", "BotApi", "Chat", "PollsInMemory", "Said", "SendsInMemory"]

LATENCY = 0.04  # seconds of a call, both ways
SHOWN_AT_ONCE = 30  # messages of a screen that people still look at

Point = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the bot in a chat, sent or edited."""

    chat: int
    msg_id: str
    at: datetime
    text: str
    data: tuple[str, ...]
    edited: bool


class Chat(Screen):
    """What one phone shows; `moves` counts what has happened on it."""

    def __init__(self) -> None:
        super().__init__()
        self.moves = 0
        self.unread: list[str] = []

    def put(self, msg_id: str, out: MsgOut) -> None:
        """A message, or another in its place."""
        if msg_id not in self.messages:
            self.unread.append(msg_id)
        self.messages[msg_id] = out
        for old in list(self.messages)[:-SHOWN_AT_ONCE]:
            del self.messages[old]

    @property
    def newest(self) -> str:
        """The words of the last message."""
        return str(self.messages[next(reversed(self.messages))].text) if self.messages else ""


@dataclass(repr=False)
class BotApi:
    """The server. `holding` keeps updates back for a while."""

    now: Callable[[], datetime]
    chats: dict[int, Chat] = field(default_factory=lambda: defaultdict(Chat))
    said: list[Said] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    waiting: deque[dict[str, Any]] = field(default_factory=deque)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    holding: bool = False
    _ids: Iterator[int] = field(default_factory=lambda: count(1))
    _updates: Iterator[int] = field(default_factory=lambda: count(1))

    def take(self, kind: str, body: dict[str, Any], *, who: int) -> None:
        """Somebody does something."""
        sender = {"id": who, "is_bot": False, "first_name": "Warga"}
        update = {"update_id": next(self._updates), kind: {"from": sender, **body}}
        self.waiting.append(update)
        self.arrived.set()

    def written(self, who: int, text: str) -> None:
        """Somebody writes."""
        msg_id, chat = next(self._ids), {"id": who, "type": "private"}
        self.take(
            "message", {"message_id": msg_id, "chat": chat, "date": 1, "text": text}, who=who
        )

    def tapped(self, who: int, msg_id: str, data: str) -> None:
        """Somebody taps a button."""
        chat = {"id": who, "type": "private"}
        message = {"message_id": int(msg_id), "chat": chat, "date": 1, "text": "?"}
        body = {"id": f"q{next(self._ids)}", "message": message, "data": data}
        self.take("callback_query", body, who=who)

    def blocks(self, who: int, *, blocked: bool) -> None:
        """Somebody blocks the bot, or takes it back."""
        (self.gone.add if blocked else self.gone.discard)(who)
        status = {"status": "kicked" if blocked else "member"}
        chat = {"id": who, "type": "private"}
        self.take("my_chat_member", {"chat": chat, "date": 1, "new_chat_member": status}, who=who)

    async def updates(self, offset: int | None) -> list[dict[str, Any]]:
        """What is new; waits, as a long poll does, for as long as there is nothing."""
        while True:
            while self.waiting and self.waiting[0]["update_id"] < (offset or 0):
                self.waiting.popleft()
            if self.waiting and not self.holding:
                return list(self.waiting)[:100]
            self.arrived.clear()
            await self.arrived.wait()

    def release(self) -> None:
        """Updates are not held back any longer."""
        self.holding = False
        self.arrived.set()

    async def answer(self, call: Call) -> tuple[int, Any]:
        """One call of the bot."""
        chat = int(call.parameters.get("chat_id") or 0)
        if chat in self.gone:
            return refusal(403, "Forbidden: bot was blocked by the user")
        match call.method:
            case "getMe":
                return _ok(ME)
            case "getWebhookInfo":
                return _ok({"url": "", "has_custom_certificate": False, "pending_update_count": 0})
            case "getUpdates":
                return _ok(await self.updates(call.parameters.get("offset")))
            case "sendMessage" | "sendPhoto" | "sendDocument":
                return _ok(self._shows(call, chat, str(next(self._ids)), edited=False))
            case "editMessageText":
                return self._edits(call, chat)
            case "deleteMessage":
                self.chats[chat].messages.pop(str(call["message_id"]), None)
        return _ok(result=True)

    def _edits(self, call: Call, chat: int) -> tuple[int, Any]:
        msg_id = str(call["message_id"])
        before = self.chats[chat].messages.get(msg_id)
        if before is None:
            return refusal(400, "Bad Request: message to edit not found")
        if before == _shown(call):
            self.chats[chat].moves += 1
            return refusal(400, "Bad Request: message is not modified")
        return _ok(self._shows(call, chat, msg_id, edited=True))

    def _shows(self, call: Call, chat: int, msg_id: str, *, edited: bool) -> dict[str, Any]:
        out = _shown(call)
        self.chats[chat].put(msg_id, out)
        self.chats[chat].moves += 1
        data = tuple(button.data for row in out.replies for button in row)
        self.said.append(Said(chat, msg_id, self.now(), str(out.text), data, edited))
        return {"message_id": int(msg_id), "date": 1, "chat": {"id": chat, "type": "private"}}


def _ok(result: Any) -> tuple[int, Any]:
    return 200, {"ok": True, "result": result}


def _shown(call: Call) -> MsgOut:
    markup = call.parameters.get("reply_markup") or {}
    markup = json.loads(markup) if isinstance(markup, str) else markup
    words = plain(call.parameters.get("text") or call.parameters.get("caption") or "")
    rows = tuple(
        tuple(
            QuickReply(one["text"], one.get("callback_data", ""), url=one.get("url"))
            for one in row
        )
        for row in markup.get("inline_keyboard", [])
    )
    return MsgOut(text=Text.of(words), replies=rows)


class _Wire(BaseRequest):
    """What carries a process's calls to the server; *point* is where the process may die."""

    def __init__(self, server: BotApi, point: Point) -> None:
        self._server = server
        self._point = point

    @property
    def read_timeout(self) -> float | None:
        return 5.0

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        await self._point()
        await asyncio.sleep(LATENCY / 2)
        status, body = await self._server.answer(_call(url, request_data))
        await asyncio.sleep(LATENCY / 2)
        await self._point()
        return status, json.dumps(body).encode()


class SendsInMemory(SmallAnswers, _Wire):
    """The transport of everything but polls."""


class PollsInMemory(QuietAnswers, _Wire):
    """The transport of polls."""
