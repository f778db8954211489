"""What stands before every request: its size, where it comes from, and what the answer allows."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 256 * 1024  # bytes; 4,096 characters as a form are at most 48 KiB
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

ALLOWED: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


def comes_from_here(headers: Headers) -> bool:
    """Whether a browser says the request was made by our own page.

    Programs that are no browsers send neither header; they carry nobody's cookies.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


class SameOrigin:
    """Refuses what another site's page would change here."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer 403."""
        changes = scope["type"] == "http" and scope["method"] not in SAFE_METHODS
        if changes and not comes_from_here(Headers(scope=scope)):
            refusal = PlainTextResponse("Only our own page may do this.\n", status_code=403)
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)


class _TooLarge(Exception):
    """More arrived than was announced or allowed."""


class BodyLimit:
    """Reads at most LARGEST_BODY bytes of a request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer 413 as soon as it is known to be too much."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        arrived = 0

        async def counting() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > LARGEST_BODY:
                raise _TooLarge
            return message

        try:
            _refuse_announced(Headers(scope=scope))
            await self.app(scope, counting, send)
        except _TooLarge:
            await PlainTextResponse("Too large.\n", status_code=413)(scope, receive, send)


def _refuse_announced(headers: Headers) -> None:
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        raise _TooLarge


class Allowances:
    """Tells the browser what our pages may do: run our own files, and nothing from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to whatever is answered."""

        async def with_allowances(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(ALLOWED)
            await send(message)

        await self.app(scope, receive, with_allowances)
