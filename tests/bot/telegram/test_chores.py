"""What the clock has the bot do."""

from datetime import datetime, timedelta

import pytest
from telegram import Bot

from bot.telegram.chores import Chores
from bot.telegram.sending import TelegramChannel
from kkb_core.messaging import Address, Channel, MsgOut, Text
from kkb_core.storage import Database, Tx, invites, updates
from tests.bot.telegram.conftest import START, draw
from tests.bot.telegram.payloads import message
from tests.bot.telegram.recording import TOKEN, RecordedPolls, RecordingRequest, refusal

HERE, WEB = Address(Channel.TELEGRAM, "7"), Address(Channel.WEB, "phone-1")
ACCOUNT = "telegram:123456"


class Left:
    """Knows what was left on which screen."""

    def __init__(self) -> None:
        self.found: list[tuple[Address, MsgOut]] = []

    def sweep(self, tx: Tx, *, now: datetime) -> list[tuple[Address, MsgOut]]:
        return self.found


@pytest.fixture
def request_() -> RecordingRequest:
    return RecordingRequest()


@pytest.fixture
def left() -> Left:
    return Left()


@pytest.fixture
def chores(sqlite_database: Database, request_: RecordingRequest, left: Left) -> Chores:
    bot = Bot(TOKEN, request=request_, get_updates_request=RecordedPolls())
    return Chores(ACCOUNT, sqlite_database, left, TelegramChannel(bot, draw))


async def test_private_prompts_left_on_a_screen_are_taken_off(chores, request_, left) -> None:
    left.found = [(HERE, MsgOut(removes=("3", "4"))), (WEB, MsgOut(removes=("5",)))]

    assert await chores.sweep(START) == {"swept": 1, "failed": 0}
    assert [call["message_id"] for call in request_.of("deleteMessage")] == [3, 4]


async def test_a_screen_that_cannot_be_reached_keeps_no_other_unswept(
    chores, request_, left
) -> None:
    request_.script["sendMessage"].append(refusal(403, "Forbidden: bot was blocked by the user"))
    left.found = [(HERE, MsgOut(text=Text.of("x"))), (HERE, MsgOut(removes=("4",)))]

    assert await chores.sweep(START) == {"swept": 1, "failed": 1}


async def test_updates_done_long_ago_are_forgotten(chores, sqlite_database: Database) -> None:
    raws = {raw["update_id"]: raw for raw in (message(), message(), message())}

    def work(tx: Tx) -> None:
        updates.take(tx, ACCOUNT, raws, now=START)
        for update_id in raws:
            updates.done(tx, ACCOUNT, update_id, now=START)

    await sqlite_database.run(work)

    assert await chores.forget(START + timedelta(days=29)) == {
        "forgotten": 0,
        "tries_forgotten": 0,
    }
    assert await chores.forget(START + timedelta(days=31)) == {
        "forgotten": 2,
        "tries_forgotten": 0,
    }


async def test_wrong_codes_are_forgotten_when_they_count_no_longer(
    chores: Chores, sqlite_database: Database
) -> None:
    for ago in (30, 90):
        at = START - timedelta(minutes=ago)
        await sqlite_database.run(lambda tx, at=at: invites.note_try(tx, HERE, now=at))

    assert (await chores.forget(START))["tries_forgotten"] == 1
    since = START - timedelta(days=1)
    assert await sqlite_database.read(lambda tx: invites.tries_since(tx, HERE, since)) == 1
