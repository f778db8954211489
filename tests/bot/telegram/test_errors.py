"""Every refusal of the Bot API, through the real library, to the decision we take."""

from datetime import timedelta
from typing import Any

import pytest
from telegram import Bot
from telegram.error import NetworkError, TelegramError, TimedOut

from bot.telegram.errors import translate
from kkb_core.errors import (
    ChannelDown,
    ChatMoved,
    RecipientGone,
    Rejected,
    SendError,
    Throttled,
)
from tests.bot.telegram.recording import TOKEN, RecordedPolls, RecordingRequest, refusal


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        (refusal(429, "Too Many Requests: retry after 3", retry_after=3), Throttled),
        (refusal(403, "Forbidden: bot was blocked by the user"), RecipientGone),
        (refusal(403, "Forbidden: user is deactivated"), RecipientGone),
        (refusal(400, "Bad Request: chat not found"), RecipientGone),
        (refusal(400, "Bad Request: PEER_ID_INVALID"), RecipientGone),
        (refusal(400, "Bad Request: message text is empty"), Rejected),
        (refusal(400, "Bad Request: can't parse entities"), Rejected),
        (refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100), ChatMoved),
        (refusal(500, "Internal Server Error"), ChannelDown),
        (refusal(501, "Method not implemented: x"), ChannelDown),
        (refusal(401, "Unauthorized"), ChannelDown),
        (refusal(409, "Conflict: webhook is active"), ChannelDown),
        ((200, b"<html>not JSON</html>"), ChannelDown),
        ((502, b"<html>not JSON</html>"), ChannelDown),
        (TimedOut(), ChannelDown),
        (NetworkError("no connection"), ChannelDown),
        (RuntimeError("anything"), ChannelDown),
    ],
)
async def test_each_refusal_becomes_one_decision(answer: Any, meant: type[SendError]) -> None:
    request = RecordingRequest()
    request.script["sendMessage"].append(answer)
    bot = Bot(TOKEN, request=request, get_updates_request=RecordedPolls())

    with pytest.raises(TelegramError) as refused:
        await bot.send_message(1, "halo")

    assert type(translate(refused.value)) is meant


async def test_what_is_needed_to_obey_is_kept() -> None:
    request = RecordingRequest()
    bot = Bot(TOKEN, request=request, get_updates_request=RecordedPolls())
    request.script["sendMessage"] += [
        refusal(429, "Too Many Requests", retry_after=17),
        refusal(400, "Bad Request", migrate_to_chat_id=-1007),
        TimedOut(),
        NetworkError("no connection"),
    ]

    throttled, moved, unsure, down = [await refused(bot) for _ in range(4)]

    assert isinstance(throttled, Throttled)
    assert throttled.retry_after == timedelta(seconds=17)
    assert isinstance(moved, ChatMoved)
    assert moved.new_id == "-1007"
    assert isinstance(unsure, ChannelDown)
    assert unsure.accepted is None
    assert isinstance(down, ChannelDown)
    assert down.accepted is False


async def refused(bot: Bot) -> SendError:
    with pytest.raises(TelegramError) as caught:
        await bot.send_message(1, "halo")
    return translate(caught.value)
