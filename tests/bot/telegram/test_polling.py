"""The poller on a bad day."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from telegram import Bot
from telegram.error import NetworkError

from bot.telegram.app import connect
from bot.telegram.polling import Poller
from kkb_core.errors import DatabaseUnavailable, InputRefused
from tests.bot.telegram.conftest import Naps
from tests.bot.telegram.payloads import message
from tests.bot.telegram.recording import TOKEN, RecordedPolls, RecordingRequest, refusal

CONFLICT = refusal(409, "Conflict: terminated by other getUpdates request")
OURS = "https://kkb.example/telegram"
API = "https://api.telegram.org"


class Kept:
    """An intake that only remembers."""

    def __init__(self) -> None:
        self.raws: list[Any] = []
        self.sorry: list[Any] = []
        self.refusing = 0

    async def take(self, raws: Sequence[Any]) -> None:
        if self.refusing:
            self.refusing -= 1
            raise DatabaseUnavailable("the database is locked")
        self.raws += raws

    async def apologise(self, raws: Sequence[Any]) -> None:
        self.sorry += raws


class Desk:
    """A poller and everything around it."""

    def __init__(self, naps: Naps) -> None:
        self.sends, self.polls, self.kept, self.naps = (
            RecordingRequest(),
            RecordedPolls(),
            Kept(),
            naps,
        )
        bot = Bot(TOKEN, request=self.sends, get_updates_request=self.polls)
        self.poller = Poller(bot, self.polls, self.kept, ours=OURS, sleep=naps)  # type: ignore[arg-type]

    async def polls_until(self, count: int) -> None:
        """Poll until *count* polls went out."""
        running = asyncio.ensure_future(self.poller.run())
        waiting = asyncio.ensure_future(self.polls.until(lambda calls: len(calls) >= count))
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if running.done():
            running.result()
        running.cancel()


@pytest.fixture
def desk(naps: Naps) -> Desk:
    return Desk(naps)


async def test_a_poll_asks_for_what_we_understand_and_waits_long(desk: Desk) -> None:
    await desk.polls_until(1)

    (call,) = desk.polls.calls
    assert call.parameters == {
        "limit": 100,
        "timeout": 25,
        "allowed_updates": ["message", "callback_query", "my_chat_member"],
    }


def webhook(url: str) -> tuple[int, dict[str, Any]]:
    there = {"url": url, "has_custom_certificate": False, "pending_update_count": 3}
    return 200, {"ok": True, "result": there}


async def test_a_webhook_of_somebody_else_is_refused_and_left(desk: Desk) -> None:
    desk.sends.script["getWebhookInfo"].append(webhook("https://other.example/x"))

    with pytest.raises(InputRefused, match=r"a webhook at other\.example .*kkb webhook remove"):
        await desk.polls_until(1)

    assert desk.sends.of("deleteWebhook") == []


async def test_our_own_webhook_of_before_is_removed(desk: Desk) -> None:
    desk.sends.script["getWebhookInfo"].append(webhook(OURS))

    await desk.polls_until(1)

    (removed,) = desk.sends.of("deleteWebhook")
    assert removed.parameters.get("drop_pending_updates") in (None, False)


async def test_where_there_is_no_webhook_none_is_removed(desk: Desk) -> None:
    await desk.polls_until(1)

    assert desk.sends.of("deleteWebhook") == []


async def test_trouble_is_waited_out_longer_and_longer(desk: Desk) -> None:
    desk.polls.script["getUpdates"] += [NetworkError("down")] * 8

    await desk.polls_until(9)

    assert desk.naps.taken == [1, 2, 4, 8, 16, 30, 30, 30]


async def test_a_success_ends_the_trouble(desk: Desk) -> None:
    desk.polls.script["getUpdates"].append(NetworkError("down"))

    await desk.polls_until(2)
    assert desk.poller.trouble == "polling Telegram fails (NetworkError)"
    desk.polls.batches.put_nowait([message()])
    await desk.polls_until(4)

    assert desk.poller.trouble is None


async def test_telegram_says_how_long_to_wait(desk: Desk) -> None:
    desk.polls.script["getUpdates"].append(refusal(429, "Too Many Requests", retry_after=11))

    await desk.polls_until(2)

    assert desk.naps.taken == [11]


async def test_a_poll_of_our_own_that_still_hangs_is_waited_out(desk: Desk) -> None:
    desk.polls.script["getUpdates"] += [CONFLICT, CONFLICT]

    await desk.polls_until(3)

    assert desk.naps.taken == [1, 2]


async def test_another_poller_ends_ours_with_one_clear_line(desk: Desk) -> None:
    desk.polls.script["getUpdates"] += [CONFLICT] * 3

    with pytest.raises(InputRefused, match="another program polls with this token") as refused:
        await desk.polls_until(9)

    assert "\n" not in str(refused.value)
    assert TOKEN not in str(refused.value)


async def test_a_token_that_is_taken_back_ends_polling(desk: Desk) -> None:
    desk.polls.script["getUpdates"].append(refusal(401, "Unauthorized"))

    with pytest.raises(InputRefused, match=r"telegram\.token"):
        await desk.polls_until(9)


async def test_what_could_not_be_kept_is_asked_for_again(desk: Desk) -> None:
    raw = message()
    desk.kept.refusing = 1
    desk.polls.batches.put_nowait([raw])
    desk.polls.batches.put_nowait([raw])

    await desk.polls_until(3)

    assert desk.kept.sorry == [raw]
    assert desk.kept.raws == [raw]
    assert [call.parameters.get("offset") for call in desk.polls.calls] == [
        None,
        None,
        raw["update_id"] + 1,
    ]


async def test_a_batch_without_a_single_id_is_not_asked_for_without_pause(desk: Desk) -> None:
    desk.polls.batches.put_nowait([{"update_id": None}, 5])

    await desk.polls_until(2)

    assert desk.naps.taken == [1]


async def connected(sends: RecordingRequest, naps: Naps) -> Any:
    return await connect(TOKEN, api_base_url=API, sends=sends, polls=RecordedPolls(), sleep=naps)


async def test_we_are_who_telegram_says_we_are(naps: Naps) -> None:
    account = await connected(RecordingRequest(), naps)

    assert account.name == "telegram:123456"
    assert account.username == "kkb_test_bot"


@pytest.mark.parametrize("status", [401, 404])
async def test_a_wrong_token_is_one_clear_line_without_the_token(naps: Naps, status: int) -> None:
    sends = RecordingRequest()
    sends.script["getMe"].append(refusal(status, "Unauthorized"))

    with pytest.raises(InputRefused, match=r"^telegram\.token: .*@BotFather$") as refused:
        await connected(sends, naps)

    assert TOKEN not in repr(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


async def test_telegram_may_be_away_when_we_start(naps: Naps) -> None:
    sends = RecordingRequest()
    sends.script["getMe"] += [NetworkError("down"), refusal(500, "Internal")]

    assert (await connected(sends, naps)).username == "kkb_test_bot"
    assert naps.taken == [1, 2]


class Opening(RecordingRequest):
    """A transport that takes its time to open."""

    def __init__(self) -> None:
        super().__init__()
        self.is_open = asyncio.Event()

    async def initialize(self) -> None:
        self.is_open.set()
        await asyncio.Event().wait()

    async def shutdown(self) -> None:
        self.is_open.clear()


async def test_told_to_stop_while_connecting_nothing_is_left_open() -> None:
    sends, polls = Opening(), RecordedPolls()
    async with asyncio.TaskGroup() as tasks:
        connecting = tasks.create_task(connect(TOKEN, api_base_url=API, sends=sends, polls=polls))
        await sends.is_open.wait()
        connecting.cancel()

    assert not sends.is_open.is_set()
