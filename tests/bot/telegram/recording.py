"""Fakes cut one step below the library: the real bot, with only HTTP being ours."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from telegram.request import BaseRequest, RequestData

from bot.telegram.request import QuietAnswers, SmallAnswers

TOKEN = "123456:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
ME = {"id": 123456, "is_bot": True, "first_name": "KKB", "username": "kkb_test_bot"}


@dataclass(frozen=True)
class Call:
    """One Bot API call as it went out."""

    method: str
    parameters: dict[str, Any]
    files: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        return self.parameters[key]


def refusal(status: int, description: str, **parameters: Any) -> tuple[int, dict[str, Any]]:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return status, body | ({"parameters": parameters} if parameters else {})


class _Memory(BaseRequest):
    """Answers every call from memory and keeps what was asked.

    `script[method]` holds what to answer first: a refusal, an exception, or None for a success.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.script: dict[str, deque[Any]] = defaultdict(deque)
        self.asked = asyncio.Condition()
        self._last_id = 1000

    @property
    def read_timeout(self) -> float | None:
        return 5.0

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        call = _call(url, request_data)
        async with self.asked:
            self.calls.append(call)
            self.asked.notify_all()
        status, body = await self.answer(call)
        return status, body if isinstance(body, bytes) else json.dumps(body).encode()

    async def answer(self, call: Call) -> tuple[int, Any]:
        said = self.script[call.method].popleft() if self.script[call.method] else None
        if isinstance(said, Exception):
            raise said
        return said or (200, {"ok": True, "result": self.result(call)})

    def result(self, call: Call) -> Any:
        match call.method:
            case "getMe":
                return ME
            case "getWebhookInfo":
                return {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
            case "editMessageText":
                return self._message(call, call["message_id"])
            case "sendMessage" | "sendPhoto" | "sendDocument":
                self._last_id += 1
                return self._message(call, self._last_id)
        return True

    async def until(self, enough: Callable[[list[Call]], bool]) -> None:
        """Wait until the calls so far are *enough*."""
        async with self.asked, asyncio.timeout(10):
            await self.asked.wait_for(lambda: enough(self.calls))

    def of(self, *methods: str) -> list[Call]:
        return [call for call in self.calls if call.method in methods]

    def texts(self) -> list[str]:
        return [call["text"] for call in self.of("sendMessage", "editMessageText")]

    def _message(self, call: Call, msg_id: int) -> dict[str, Any]:
        chat = {"id": call["chat_id"], "type": "private"}
        return {"message_id": msg_id, "date": 1, "chat": chat, "text": call.parameters.get("text")}


class RecordingRequest(SmallAnswers, _Memory):
    """The sends of a bot."""


class RecordedPolls(QuietAnswers, _Memory):
    """The polls of a bot: each brings the next of `batches`, then they wait as Telegram does."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: asyncio.Queue[list[Any]] = asyncio.Queue()

    async def answer(self, call: Call) -> tuple[int, Any]:
        if self.script[call.method]:
            return await super().answer(call)
        return 200, {"ok": True, "result": await self.batches.get()}


def _call(url: str, request_data: RequestData | None) -> Call:
    assert TOKEN in url
    method = url.rsplit("/", 1)[1]
    if request_data is None:
        return Call(method, {})
    return Call(method, dict(request_data.parameters), dict(request_data.multipart_data or {}))
