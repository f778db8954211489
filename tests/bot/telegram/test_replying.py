"""Replies that arrive, arrive late, or never."""

import pytest
from telegram import Bot
from telegram.error import NetworkError

from bot.clock import VirtualClock
from bot.telegram.replying import Replies
from bot.telegram.sending import TelegramChannel
from kkb_core.messaging import Address, Channel, MsgOut, QuickReply, Text
from kkb_core.storage import Database
from kkb_core.storage.standing import arrive, standing
from tests.bot.telegram.conftest import START, Naps, draw
from tests.bot.telegram.recording import TOKEN, RecordedPolls, RecordingRequest, refusal

HERE = Address(Channel.TELEGRAM, "7")
HELLO = MsgOut(text=Text.of("halo"))
MORE = MsgOut(text=Text.of("lagi"))


@pytest.fixture
def request_() -> RecordingRequest:
    return RecordingRequest()


@pytest.fixture
def shown() -> list[tuple[Address, str]]:
    return []


@pytest.fixture
def replies(sqlite_database: Database, request_, shown, naps: Naps) -> Replies:
    bot = Bot(TOKEN, request=request_, get_updates_request=RecordedPolls())
    return Replies(
        TelegramChannel(bot, draw),
        sqlite_database,
        shown=lambda tx, address, msg_id: shown.append((address, msg_id)),
        clock=VirtualClock(START),
        sleep=naps,
    )


async def test_messages_arrive_in_their_order_and_the_wheel_stops(replies, request_) -> None:
    assert await replies.reply(HERE, [HELLO, MORE], query="q1")

    assert request_.texts() == ["halo", "lagi"]
    assert [call.method for call in request_.calls[:2]] == ["answerCallbackQuery", "sendMessage"]


async def test_a_short_wait_is_waited_out(replies, request_, naps) -> None:
    request_.script["sendMessage"].append(refusal(429, "Too Many Requests", retry_after=3))

    assert await replies.reply(HERE, [HELLO])
    assert naps.taken == [3]
    assert request_.texts() == ["halo", "halo"]


async def test_a_long_wait_is_given_up(replies, request_, naps) -> None:
    request_.script["sendMessage"].append(refusal(429, "Too Many Requests", retry_after=60))

    assert not await replies.reply(HERE, [HELLO, MORE])
    assert naps.taken == []
    assert len(request_.calls) == 1


async def test_trouble_on_the_way_is_tried_again(replies, request_, naps) -> None:
    request_.script["sendMessage"] += [NetworkError("down"), refusal(500, "Internal"), None]

    assert await replies.reply(HERE, [HELLO])
    assert naps.taken == [0.5, 2.0]


async def test_trouble_that_stays_is_given_up(replies, request_, naps) -> None:
    request_.script["sendMessage"] += [NetworkError("down")] * 4

    assert not await replies.reply(HERE, [HELLO])
    assert len(request_.calls) == 4


async def test_whoever_blocked_us_is_marked(replies, request_, sqlite_database: Database) -> None:
    await sqlite_database.run(lambda tx: arrive(tx, HERE, now=START))
    request_.script["sendMessage"].append(refusal(403, "Forbidden: bot was blocked by the user"))

    assert not await replies.reply(HERE, [HELLO, MORE])

    found = await sqlite_database.read(lambda tx: standing(tx, HERE))
    assert found is not None
    assert found.person.blocked_at is not None
    assert len(request_.calls) == 1


async def test_a_chat_that_moved_is_followed(replies, request_, sqlite_database: Database) -> None:
    await sqlite_database.run(lambda tx: arrive(tx, HERE, now=START))
    request_.script["sendMessage"].append(refusal(400, "upgraded", migrate_to_chat_id=-100))

    assert await replies.reply(HERE, [HELLO, MORE])

    assert [call["chat_id"] for call in request_.calls] == [7, -100, -100]
    there = Address(Channel.TELEGRAM, "-100")
    assert await sqlite_database.read(lambda tx: standing(tx, there)) is not None


async def test_a_chat_that_keeps_moving_is_given_up(replies, request_) -> None:
    request_.script["sendMessage"] += [refusal(400, "x", migrate_to_chat_id=-1)] * 9

    assert not await replies.reply(HERE, [HELLO])
    assert len(request_.calls) == 4


async def test_a_private_message_is_remembered_by_its_id(replies, request_, shown) -> None:
    await replies.reply(HERE, [MsgOut(text=Text.of("rahasia"), private=True), HELLO])

    assert shown == [(HERE, "1001")]


async def test_a_message_that_cannot_be_rendered_is_not_the_end(replies, request_) -> None:
    impossible = MsgOut(text=Text.of("halo"), replies=((QuickReply("Ya", "x" * 65),),))

    assert not await replies.reply(HERE, [impossible])
    assert await replies.reply(HERE, [HELLO])
