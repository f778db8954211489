"""Bot API calls made of plain values: what answers and polls need, without the library's objects.

A method of `Bot` builds objects out of what it is given and out of what it gets, which costs as much
as the call itself. The transport below it, and its errors, are the same.
"""

from collections.abc import Mapping
from typing import Any

from telegram import Bot
from telegram.request import BaseRequest, RequestData
from telegram.request._requestparameter import RequestParameter


async def call(bot: Bot, method: str, **fields: Any) -> Any:
    """Call *method*; the `result` of the answer as JSON has it. Raises TelegramError."""
    return await bot.request.post(f"{bot.base_url}/{method}", _given(fields))


async def poll(
    bot: Bot, request: BaseRequest, *, seconds: float, within: float, **fields: Any
) -> list[Any]:
    """The updates there are, raw, waiting for the first up to *seconds*, through *request*.

    The answer itself may take *within* seconds more. Raises TelegramError.
    """
    found: Any = await request.post(
        f"{bot.base_url}/getUpdates",
        _given({"timeout": seconds, **fields}),
        read_timeout=seconds + within,
    )
    return found if isinstance(found, list) else []


def _given(fields: Mapping[str, Any]) -> RequestData:
    return RequestData([RequestParameter(name, value, None) for name, value in fields.items()])
