"""A Bot API server by others, over real HTTP, that also remembers what stands on each screen."""

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from itertools import count
from typing import Any

from aiohttp import web
from lo_bot_api_emulator import ApiRefusal, LoBotApiEmulator

TOKEN = "7654321:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
QUIET = 0.05  # seconds without a word after which a turn's replies have all come
PATIENCE = 20.0  # seconds until a screen that does not change fails the test

Keyboard = list[list[dict[str, str]]]


@dataclass
class Shown:
    """A message of ours on a screen."""

    id: int
    text: str
    keyboard: Keyboard = field(default_factory=list)
    picture: bool = False

    @property
    def buttons(self) -> list[dict[str, str]]:
        return [button for row in self.keyboard for button in row]


class Screen:
    """What one chat shows; `last` is what changed last, `newest` what changed last with buttons."""

    def __init__(self) -> None:
        self.messages: dict[int, Shown] = {}
        self.removed: list[int] = []
        self.newest: Shown | None = None
        self.last: Shown | None = None
        self.said: list[str] = []

    def put(self, shown: Shown) -> None:
        self.messages[shown.id] = self.last = shown
        self.said.append(shown.text)
        if shown.keyboard:
            self.newest = shown
        elif self.newest is not None and self.newest.id == shown.id:
            self.newest = None

    def remove(self, msg_id: int) -> None:
        self.removed.append(msg_id)
        self.messages.pop(msg_id, None)
        if self.newest is not None and self.newest.id == msg_id:
            self.newest = None


class TelegramServer(LoBotApiEmulator):
    """Checks each call as the emulator does, then shows it; `refuse` may refuse it first."""

    def __init__(self) -> None:
        super().__init__(max_assets=10_000, allow_insecure_loopback_webhooks=True)
        self.screens: dict[int, Screen] = defaultdict(Screen)
        self.calls: list[str] = []
        self.queries: list[str] = []
        self.changed = asyncio.Condition()
        self.refuse: Callable[[str, dict[str, Any]], None] = lambda method, fields: None
        self.address = ""

    def validate(self, method: str, fields: dict[str, Any], uploads: dict[str, Any]) -> Any:
        self.calls.append(method)
        self.refuse(method, fields)
        result = super().validate(method, fields, uploads)
        match method:
            case "getMe":
                return result | {"id": 7654321, "username": "kkb_test_bot"}
            case "sendMessage" | "sendPhoto" | "sendDocument":
                self._show(fields, result["message_id"], picture=method == "sendPhoto")
            case "editMessageText":
                self._edit(fields)
            case "deleteMessage":
                self.screens[int(fields["chat_id"])].remove(int(fields["message_id"]))
            case "answerCallbackQuery":
                self.queries.append(fields["callback_query_id"])
        return result

    async def handle(self, request: web.Request) -> web.StreamResponse:
        answer = await super().handle(request)
        async with self.changed:
            self.changed.notify_all()
        return answer

    async def until(self, enough: Callable[[], Any]) -> Any:
        """Wait until *enough* is true of what has come in; what it was."""
        try:
            async with asyncio.timeout(PATIENCE), self.changed:
                return await self.changed.wait_for(enough)
        except TimeoutError:
            said = {chat: screen.said[-3:] for chat, screen in self.screens.items()}
            raise AssertionError(f"nothing of the kind came; last said: {said}") from None

    def _edit(self, fields: dict[str, Any]) -> None:
        msg_id, screen = int(fields["message_id"]), self.screens[int(fields["chat_id"])]
        before = screen.messages.get(msg_id)
        if before is None:
            raise ApiRefusal("Bad Request: message to edit not found")
        if before == _shown(fields, msg_id):
            raise ApiRefusal("Bad Request: message is not modified")
        self._show(fields, msg_id)

    def _show(self, fields: dict[str, Any], msg_id: int, *, picture: bool = False) -> None:
        self.screens[int(fields["chat_id"])].put(_shown(fields, msg_id, picture=picture))


def _shown(fields: dict[str, Any], msg_id: int, *, picture: bool = False) -> Shown:
    markup = fields.get("reply_markup") or {}
    markup = json.loads(markup) if isinstance(markup, str) else markup
    html = fields.get("text") or fields.get("caption") or ""
    return Shown(msg_id, plain(html), markup.get("inline_keyboard", []), picture)


def plain(html: str) -> str:
    """The words of Telegram's HTML; anything else in angle brackets fails."""
    words = re.sub(r"</?(?:b|a)(?: href=\"[^\"]*\")?>", "", html)
    assert not re.search("[<>]", words), words
    return unescape(words)


@asynccontextmanager
async def telegram_server() -> AsyncIterator[TelegramServer]:
    """A server on a free port of this machine."""
    server = TelegramServer()
    runner = web.AppRunner(server.app(), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


class Person:
    """Somebody with a phone."""

    _ids = count(1)

    def __init__(self, server: TelegramServer, id: int) -> None:  # noqa: A002
        self.server = server
        self.id = id
        self._used: tuple[int, Keyboard] | None = None
        self._answered = self._heard = 0

    @property
    def screen(self) -> Screen:
        return self.server.screens[self.id]

    async def types(self, text: str | None, **more: Any) -> None:
        """Write *text*, or with None send something else; does not wait for an answer."""
        said = {} if text is None else {"text": text}
        await self._sends("message", message_id=next(self._ids) + 500_000, **said, **more)

    async def sees(self, words: str) -> Shown:
        """Wait until something with *words* in it stands on the screen; the newest of it."""

        def found() -> Shown | None:
            having = [one for one in self.screen.messages.values() if words in one.text]
            return having[-1] if having else None

        shown: Shown = await self.server.until(found)
        return shown

    async def answered(self, before: int) -> None:
        """Wait until more than *before* messages have been said."""
        await self.server.until(lambda: len(self.screen.said) > before)

    async def buttons(self) -> Shown:
        """Wait for buttons that have not been tapped yet."""

        def fresh() -> Shown | None:
            newest = self.screen.newest
            used = newest is not None and (newest.id, newest.keyboard) == self._used
            return None if used else newest

        shown: Shown = await self.server.until(fresh)
        return shown

    async def prompt(self) -> Shown:
        """Wait until something new asks for something: what was said last."""

        def fresh() -> Shown | None:
            last = self.screen.last
            if last is None or len(self.screen.said) <= self._answered:
                return None
            return last

        shown: Shown = await self.server.until(fresh)
        while not shown.buttons and self._heard < len(self.screen.said):
            # Words alone may be followed by something with buttons.
            self._heard = len(self.screen.said)
            await asyncio.sleep(QUIET)
            shown = self.screen.last or shown
        self._answered = len(self.screen.said)
        return shown

    async def taps(self, label: str) -> None:
        """Tap the button whose label begins so, on the newest message with buttons."""
        shown = await self.buttons()
        found = [button for button in shown.buttons if button["text"].startswith(label)]
        assert found, f"no {label!r} among {[button['text'] for button in shown.buttons]}"
        await self.taps_data(found[0]["callback_data"], shown)

    async def taps_data(self, data: str, shown: Shown) -> None:
        """Tap *data*, forged or not, on *shown*."""
        self._used = (shown.id, shown.keyboard)
        await self.taps_at(data, shown.id)

    async def taps_at(self, data: str, msg_id: int) -> None:
        message = {
            "message_id": msg_id,
            "date": 1,
            "chat": {"id": self.id, "type": "private"},
            "text": "?",
        }
        await self._sends("callback_query", id=f"q{next(self._ids)}", message=message, data=data)

    async def _sends(self, kind: str, **body: Any) -> None:
        sender = {"id": self.id, "is_bot": False, "first_name": f"Person {self.id}"}
        chat = {"id": self.id, "type": "private"}
        body = {"from": sender, "date": 1, **({"chat": chat} if kind == "message" else {}), **body}
        await self.server.enqueue_update({kind: body}, token=TOKEN)
