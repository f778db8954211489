"""Where a platform delivers updates: a word it proves itself with, and 200 only for what is kept."""

import json
from collections.abc import Awaitable, Callable, Sequence
from hmac import compare_digest
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - where the secret comes, not one

Receive = Callable[[Sequence[Any]], Awaitable[bool]]


def telegram_webhook(path: str, secret: str, receive: Receive) -> Route:
    """Telegram's calls at *path*. *receive* says whether the updates are kept.

    Anything but 200 makes Telegram deliver the update again.
    """
    assert secret, "a webhook without a secret would believe everybody"
    expected = secret.encode()

    async def delivered(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "").encode("latin-1")
        if not compare_digest(given, expected):
            return PlainTextResponse("Only Telegram may call here.\n", status_code=403)
        try:
            raw = json.loads(await request.body())
        except (ValueError, RecursionError):
            return PlainTextResponse("This is not JSON.\n", status_code=400)
        if not await receive([raw]):
            return PlainTextResponse("Not kept; deliver it again.\n", status_code=503)
        return PlainTextResponse("kept\n")

    return Route(path, delivered, methods=["POST"])
