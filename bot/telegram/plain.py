"""Bot API calls made of plain values: what an answer needs, without the library's objects.

A method of `Bot` builds objects out of what it is given and out of what it gets, which costs as much
as the call itself. The transport below it, and its errors, are the same.
"""

from typing import Any

from telegram import Bot
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter


async def call(bot: Bot, method: str, **fields: Any) -> Any:
    """Call *method*; the `result` of the answer as JSON has it. Raises TelegramError."""
    given = RequestData([RequestParameter(name, value, None) for name, value in fields.items()])
    return await bot.request.post(f"{bot.base_url}/{method}", given)
