"""The same calls by hand, nothing decided, nothing kept: `python -m benchmarks.bots.floor URL`."""

import asyncio
import json
import sys
from typing import Any
from urllib.parse import urlsplit

KEYBOARD = {
    "inline_keyboard": [
        [{"text": "Ya", "callback_data": "a:1"}, {"text": "Tidak", "callback_data": "a:2"}]
    ]
}
CONNECTIONS = 256


class Calls:
    """HTTP over sockets that stay open."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._where = (parts.hostname, parts.port)
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def call(self, method: str, **fields: Any) -> bytes:
        """One call; the body of its answer."""
        reader, writer = (
            self._idle.pop() if self._idle else await asyncio.open_connection(*self._where)
        )
        body = json.dumps(fields).encode()
        writer.write(
            b"POST /bot7654321:bench/%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (method.encode(), len(body), body)
        )
        head = await reader.readuntil(b"\r\n\r\n")
        answer = await reader.readexactly(int(head.rpartition(b"Content-Length:")[2].split()[0]))
        self._idle.append((reader, writer))
        return answer


async def answered(calls: Calls, update: dict[str, Any]) -> None:
    """What every bot says to this update."""
    if "message" in update:
        await calls.call(
            "sendMessage",
            chat_id=update["message"]["chat"]["id"],
            text="Pertanyaan",
            reply_markup=KEYBOARD,
        )
        return
    query = update["callback_query"]
    shown = query["message"]
    await asyncio.gather(
        calls.call("answerCallbackQuery", callback_query_id=query["id"]),
        calls.call(
            "editMessageText", chat_id=shown["chat"]["id"], message_id=shown["message_id"],
            text="Pertanyaan", reply_markup=KEYBOARD,
        ),
    )  # fmt: skip


async def main(address: str) -> None:
    """Poll and answer until told to stop."""
    calls, offset, under_way = Calls(address), 0, set[asyncio.Task[None]]()
    while True:
        batch = json.loads(await calls.call("getUpdates", offset=offset, timeout=25))["result"]
        for update in batch:
            offset = update["update_id"] + 1
            task = asyncio.ensure_future(answered(calls, update))
            under_way.add(task)
            task.add_done_callback(under_way.discard)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
