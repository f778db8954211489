"""HTTP for python-telegram-bot over aiohttp: one pool, and no address in any error.

The address holds the bot's token, so neither an error's words nor its cause leave this module.
"""

import json
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    FormData,
    TCPConnector,
)
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
UPLOAD_SECONDS = 60.0
IDLE_SECONDS = 60.0

# A gateway says these when it cannot tell whether the server behind it took the message.
UNSURE = (502, 504)

SUCCESS = b'{"ok":true,"result":true}'
KEPT_OF_A_MESSAGE = ("message_id", "date", "chat")


class AiohttpRequest(BaseRequest):
    """The transport: one pool of connections."""

    def __init__(self, *, connections: int = 256) -> None:
        self._connections = connections
        self._session: ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        """Seconds an answer may take unless the call says otherwise."""
        return READ_SECONDS

    async def initialize(self) -> None:
        """Open the pool."""
        if self._session is None or self._session.closed:
            connector = TCPConnector(limit=self._connections, keepalive_timeout=IDLE_SECONDS)
            self._session = ClientSession(connector=connector, headers={"User-Agent": "kkb"})

    async def shutdown(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - one limit holds for all
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """One call.

        Raises TimedOut when the server may have taken it, NetworkError when it certainly has not.
        """
        if self._session is None:
            raise NetworkError("the transport is not open")
        seconds = _seconds(read_timeout, request_data)
        timeout = ClientTimeout(
            total=seconds + CONNECT_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=seconds
        )
        given = _body(request_data)
        where = urlsplit(url)
        if proxy := _proxy(where.scheme, where.hostname or ""):
            given["proxy"] = proxy
        try:
            async with self._session.request(
                method, url, timeout=timeout, allow_redirects=False, **given
            ) as response:
                payload = await response.read()
        except (ConnectionTimeoutError, ClientConnectorError) as error:
            raise NetworkError(f"no connection ({type(error).__name__})") from None
        except TimeoutError:
            raise TimedOut("no answer in time") from None
        except (ClientError, OSError) as error:
            raise TimedOut(f"the connection broke ({type(error).__name__})") from None
        if response.status in UNSURE:
            raise TimedOut(f"the server answered {response.status}")
        return response.status, payload


class QuietAnswers(BaseRequest):
    """Reads answers without a word of their content in any error: it may be private."""

    # The library's own is static and logs what it cannot read.
    def parse_json_payload(self, payload: bytes) -> dict[str, Any]:  # type: ignore[override]
        """Read an answer."""
        try:
            answer = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise TelegramError("the server's answer is not a JSON object") from None
        return answer


class SmallAnswers(QuietAnswers):
    """Keeps only id, date and chat of a message the server answers with.

    Nobody reads the rest, and building it costs more than sending it. Of an edited message not
    even those: its id is known.
    """

    async def do_request(
        self, url: str, method: str, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        """One call, its answer forgotten where only its success counts."""
        calling = super().do_request  # type: ignore[safe-super]  # the transport stands behind
        status, payload = await calling(url, method, *args, **kwargs)
        edited = status == HTTPStatus.OK and url.endswith("/editMessageText")
        return status, SUCCESS if edited else payload

    def parse_json_payload(self, payload: bytes) -> dict[str, Any]:  # type: ignore[override]
        """Read an answer and forget most of it."""
        answer = super().parse_json_payload(payload)
        result = answer.get("result")
        if isinstance(result, dict) and "message_id" in result:
            answer["result"] = {key: result[key] for key in KEPT_OF_A_MESSAGE if key in result}
        return answer


class SendingRequest(SmallAnswers, AiohttpRequest):
    """The transport of everything but polls."""


class PollingRequest(QuietAnswers, AiohttpRequest):
    """The transport of polls."""


def _seconds(given: Any, request_data: RequestData | None) -> float:
    if isinstance(given, int | float):
        return float(given)
    uploads = request_data is not None and request_data.contains_files
    return UPLOAD_SECONDS if uploads else READ_SECONDS


@cache
def _proxy(scheme: str, host: str) -> str | None:
    """The proxy that the environment names for *host*; looked up once, it takes as long as a send."""
    return None if proxy_bypass(host) else getproxies().get(scheme)


def _body(request_data: RequestData | None) -> dict[str, Any]:
    if request_data is None:
        return {}
    if not request_data.contains_files:
        return {"json": request_data.parameters}
    form = FormData()
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, kind) in request_data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return {"data": form}
