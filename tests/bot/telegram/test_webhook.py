"""The webhook is set, looked after, and never taken from somebody else."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from telegram import Bot
from telegram.error import NetworkError

from bot.clock import VirtualClock
from bot.telegram import webhook
from bot.telegram.webhook import Hook, Webhook
from kkb_core.errors import ChannelDown, InputRefused
from tests.bot.telegram.conftest import START, Naps
from tests.bot.telegram.recording import TOKEN, RecordedPolls, RecordingRequest, refusal

OURS = "https://kkb.example/telegram"
SECRET = "0f1e2d3c4b5a6978"


def info(url: str, **more: Any) -> tuple[int, Any]:
    told = {"url": url, "has_custom_certificate": False, "pending_update_count": 0, **more}
    return 200, {"ok": True, "result": told}


class Desk:
    """A webhook and everything around it."""

    def __init__(self, naps: Naps) -> None:
        self.sends, self.naps = RecordingRequest(), naps
        self.bot = Bot(TOKEN, request=self.sends, get_updates_request=RecordedPolls())
        clock = VirtualClock(START, running=lambda: 0.0)
        self.hook = Webhook(self.bot, Hook(OURS, SECRET), clock=clock, sleep=naps)

    def says(self, *infos: tuple[int, Any] | Exception) -> None:
        self.sends.script["getWebhookInfo"] += infos

    async def looks(self, times: int) -> None:
        running = asyncio.ensure_future(self.hook.run())
        while not running.done() and len(self.naps.taken) < times:  # noqa: ASYNC110
            await asyncio.sleep(0)
        if running.done():
            running.result()
        running.cancel()


@pytest.fixture
def desk(naps: Naps) -> Desk:
    return Desk(naps)


async def test_telegram_is_told_where_to_call_and_the_secret(desk: Desk) -> None:
    desk.says(info(""), info(OURS), info(OURS))

    await desk.looks(3)

    (told,) = desk.sends.of("setWebhook")
    assert (told["url"], told["secret_token"]) == (OURS, SECRET)
    assert told["allowed_updates"] == ["message", "callback_query", "my_chat_member"]
    assert told.parameters.get("drop_pending_updates") in (None, False)
    assert desk.hook.trouble is None


async def test_our_own_webhook_of_before_is_set_anew_with_todays_secret(desk: Desk) -> None:
    desk.says(info(OURS))

    await desk.looks(1)

    assert len(desk.sends.of("setWebhook")) == 1


async def test_a_webhook_that_is_gone_is_set_again(desk: Desk) -> None:
    desk.says(info(""), info(""))

    await desk.looks(2)

    assert len(desk.sends.of("setWebhook")) == 2


@pytest.mark.parametrize("before", [0, 1])
async def test_a_webhook_of_somebody_else_is_left_to_them(desk: Desk, before: int) -> None:
    desk.says(*[info(OURS)] * before, info("https://other.example/bot?key=secret"))

    with pytest.raises(
        InputRefused, match=r"webhook at other\.example .*kkb webhook remove"
    ) as no:
        await desk.looks(2)

    assert "secret" not in str(no.value)
    assert len(desk.sends.of("setWebhook", "deleteWebhook")) == before


async def test_an_address_telegram_refuses_is_one_line(desk: Desk) -> None:
    desk.sends.script["setWebhook"].append(refusal(400, "Bad Request: bad webhook: bad port"))

    with pytest.raises(InputRefused, match=r"webhook_url: .*bad port.*https://"):
        await desk.looks(1)


async def test_a_telegram_that_does_not_answer_is_asked_again_and_health_says_so(
    desk: Desk,
) -> None:
    desk.says(NetworkError("down"), NetworkError("down"))

    await desk.looks(2)
    assert desk.hook.trouble == "Telegram does not answer about the webhook (NetworkError)"
    await desk.looks(3)

    assert desk.naps.taken[:2] == [1, 2]
    assert desk.hook.trouble is None


@pytest.mark.parametrize(
    ("ago", "trouble"),
    [
        (30, "Telegram's calls to the webhook fail (Connection refused)"),
        (3_600, None),
    ],
)
async def test_what_telegram_says_of_its_calls_is_told_while_it_is_news(
    desk: Desk, ago: int, trouble: str | None
) -> None:
    at = int((START - timedelta(seconds=ago)).timestamp())
    desk.says(info(OURS, last_error_date=at, last_error_message="Connection refused"))

    await desk.looks(1)

    assert desk.hook.trouble == trouble


@pytest.mark.parametrize(
    ("url", "host"), [("", None), ("https://other.example/bot?key=secret", "other.example")]
)
async def test_a_webhook_is_removed_when_it_is_asked_for(
    desk: Desk, url: str, host: str | None
) -> None:
    desk.says(info(url))

    assert await webhook.remove(desk.bot) == host
    assert len(desk.sends.of("deleteWebhook")) == (host is not None)


async def test_what_telegram_says_against_it_is_told(desk: Desk) -> None:
    desk.says(NetworkError("down"))

    with pytest.raises(ChannelDown, match="down"):
        await webhook.remove(desk.bot)
