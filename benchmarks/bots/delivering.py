"""Updates handed to webhooks: so many connections, spread over the bot's processes in turn."""

import asyncio
import json
from itertools import cycle, islice
from typing import Any

CONNECTIONS = 40  # what Telegram opens unless it is told otherwise
PATH = "/telegram"
HEAD = (
    "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
    "X-Telegram-Bot-Api-Secret-Token: {secret}\r\nContent-Length: "
)


class Deliveries:
    """Hands over what is put, each update to whichever connection is free."""

    def __init__(self, ports: list[int], secret: str) -> None:
        self._waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._head = HEAD.format(path=PATH, secret=secret).encode()
        self._tasks = [
            asyncio.ensure_future(self._deliver(port))
            for port in islice(cycle(ports), CONNECTIONS)
        ]

    def put(self, update: dict[str, Any]) -> None:
        """Somebody did something."""
        self._waiting.put_nowait(update)

    def stop(self) -> None:
        """Deliver nothing more."""
        for task in self._tasks:
            task.cancel()

    async def _deliver(self, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while True:
            body = json.dumps(await self._waiting.get(), separators=(",", ":")).encode()
            writer.write(b"%s%d\r\n\r\n%s" % (self._head, len(body), body))
            head = await reader.readuntil(b"\r\n\r\n")
            assert b" 200 " in head.partition(b"\r\n")[0], head
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
