"""The whole bot with HTTP from memory: from a raw update to the reply, on both databases."""

import asyncio
import random
from typing import Any

import pytest

from bot.telegram import turns
from kkb_core.errors import DatabaseUnavailable
from kkb_core.messaging import Address, Channel, Language, MsgOut, Text
from kkb_core.storage import Database, updates
from kkb_core.storage.standing import arrive, standing
from tests.bot.telegram.conftest import START, Wired
from tests.bot.telegram.payloads import SITI, membership, message, tap
from tests.bot.telegram.recording import Call, refusal

ACCOUNT = "telegram:123456"
HERE = Address(Channel.TELEGRAM, str(SITI))


def said(count: int):
    """Enough texts have gone out."""
    sends = ("sendMessage", "editMessageText")
    return lambda calls: sum(call.method in sends for call in calls) >= count


async def keep(database: Database, *raws: dict[str, Any]) -> None:
    """*raws* came before the bot starts."""
    known = {raw["update_id"]: raw for raw in raws}
    await database.run(lambda tx: updates.take(tx, ACCOUNT, known, now=START))


async def test_words_are_answered(wired_on_both: Wired) -> None:
    async with wired_on_both.running():
        wired_on_both.polls.batches.put_nowait([message("halo <b>")])
        await wired_on_both.sends.until(said(1))

    (call,) = wired_on_both.sends.of("sendMessage")
    assert call["text"] == "heard halo &lt;b&gt;"
    assert await left_over(wired_on_both.database) == []


async def test_a_tap_is_acknowledged_and_edited_in_place(wired: Wired) -> None:
    raw = tap("a:1", msg_id=44)

    async with wired.running():
        wired.polls.batches.put_nowait([raw])
        await wired.sends.until(said(1))

    (wheel,) = wired.sends.of("answerCallbackQuery")
    (edit,) = wired.sends.of("editMessageText")
    assert wheel["callback_query_id"] == raw["callback_query"]["id"]
    assert edit["message_id"] == 44


async def test_a_broken_update_is_set_aside_while_its_neighbours_are_heard(
    wired_on_both: Wired,
) -> None:
    broken = [
        {"update_id": 1, "message": None},
        {"update_id": 2, "message": {"message_id": "7", "chat": {"id": 5}}},
        {"update_id": 3, "callback_query": [1, 2]},
        {"no": "id"},
        "not even an object",
        {"update_id": 2**80, "message": {}},
    ]

    async with wired_on_both.running():
        wired_on_both.polls.batches.put_nowait([*broken, message("halo")])
        await wired_on_both.sends.until(said(1))
        wired_on_both.polls.batches.put_nowait([message("lagi")])
        await wired_on_both.sends.until(said(2))

    assert wired_on_both.sends.texts() == ["heard halo", "heard lagi"]
    assert await set_aside(wired_on_both.database) == broken[:3]
    assert await left_over(wired_on_both.database) == []


async def test_a_turn_that_fails_is_set_aside_and_the_person_told(wired_on_both: Wired) -> None:
    async with wired_on_both.running():
        wired_on_both.polls.batches.put_nowait([message("broken"), message("halo")])
        await wired_on_both.sends.until(said(2))

    assert wired_on_both.sends.texts() == ["Sorry, something is out of order.", "heard halo"]
    (aside,) = await set_aside(wired_on_both.database)
    assert aside["message"]["text"] == "broken"


async def test_one_persons_updates_are_heard_in_their_order(wired_on_both: Wired) -> None:
    dice = random.Random(7)
    written = [message(f"{who}.{n}", who=who) for n in range(20) for who in range(1, 6)]
    dice.shuffle(written)
    written.sort(key=lambda raw: raw["update_id"])

    async with wired_on_both.running():
        for at in range(0, 100, 30):
            wired_on_both.polls.batches.put_nowait(written[at : at + 30])
        await wired_on_both.sends.until(said(100))

    heard = [msg.text for msg in wired_on_both.echo.heard]
    for who in range(1, 6):
        assert [text for text in heard if text and text.startswith(f"{who}.")] == [
            f"{who}.{n}" for n in range(20)
        ]


async def test_a_slow_chat_keeps_nobody_waiting(wired: Wired) -> None:
    wired.sends.script["sendMessage"].append(refusal(429, "Too Many Requests", retry_after=4))

    async with wired.running():
        wired.polls.batches.put_nowait([message("slow", who=1)])
        await wired.sends.until(said(1))
        wired.polls.batches.put_nowait([message("quick", who=2)])
        await wired.sends.until(lambda calls: "heard quick" in wired.sends.texts())

        assert wired.sends.texts().count("heard slow") == 1


async def test_an_update_that_comes_twice_is_heard_once(wired_on_both: Wired) -> None:
    raw = message("halo")

    async with wired_on_both.running():
        for _ in range(3):
            wired_on_both.polls.batches.put_nowait([raw, raw])
        wired_on_both.polls.batches.put_nowait([message("end", who=9)])
        await wired_on_both.sends.until(said(2))

    assert sorted(msg.text or "" for msg in wired_on_both.echo.heard) == ["end", "halo"]


async def test_what_was_taken_before_a_crash_is_done_after_it(wired_on_both: Wired) -> None:
    await keep(wired_on_both.database, *(message(f"{n}", who=n) for n in range(1, 251)))

    async with wired_on_both.running():
        await wired_on_both.sends.until(said(250))
    async with wired_on_both.running():
        wired_on_both.polls.batches.put_nowait([message("end", who=999)])
        await wired_on_both.sends.until(said(251))

    assert len(wired_on_both.echo.heard) == 251
    assert await left_over(wired_on_both.database) == []


async def test_whoever_comes_alone_is_heard_in_the_commit_that_keeps_them(wired: Wired) -> None:
    running, commits = wired.database.run, []

    async def counted(work):
        commits.append(len(wired.echo.heard))
        return await running(work)

    wired.database.run = counted  # type: ignore[method-assign]
    async with wired.running():
        wired.polls.batches.put_nowait([tap("a:1"), tap("a:2"), tap("a:3", who=9)])
        await wired.sends.until(said(3))

    assert commits == [0, 2]  # the second tap of the same person waits for the first
    assert await left_over(wired.database) == []


async def test_updates_are_acknowledged_only_after_they_are_kept(wired: Wired) -> None:
    first = message("halo")
    kept_at_the_next_poll: list[int] = []

    async def look(calls: list[Call]) -> None:
        rows = await wired.database.read(lambda tx: updates.last_update_id(tx, ACCOUNT))
        kept_at_the_next_poll.append(rows or 0)

    async with wired.running():
        wired.polls.batches.put_nowait([first])
        await wired.polls.until(lambda calls: len(calls) == 2)
        await look(wired.polls.calls)

    before, after = wired.polls.calls
    assert "offset" not in before.parameters
    assert after["offset"] == first["update_id"] + 1
    assert kept_at_the_next_poll == [first["update_id"]]


async def test_blocking_and_coming_back_are_marked(wired: Wired) -> None:
    await wired.database.run(lambda tx: arrive(tx, HERE, now=START))

    async def blocked() -> bool:
        found = await wired.database.read(lambda tx: standing(tx, HERE))
        assert found is not None
        return found.person.blocked_at is not None

    async with wired.running():
        wired.polls.batches.put_nowait([membership("kicked"), message("x", who=9)])
        await wired.sends.until(said(1))
        assert await blocked()
        wired.polls.batches.put_nowait([membership("member"), message("x", who=9)])
        await wired.sends.until(said(2))
        assert not await blocked()


async def test_a_database_in_trouble_delays_the_turn_and_loses_nothing(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "PAUSES", (0.0,))
    working, broken = wired.database.run_all, [True] * 3

    async def sometimes(works):
        if broken:
            broken.pop()
            raise DatabaseUnavailable("the database is locked")
        return await working(works)

    await keep(wired.database, message("halo"))
    wired.database.run_all = sometimes  # type: ignore[method-assign]
    async with wired.running():
        await wired.sends.until(said(2))

    assert wired.sends.texts() == ["Sorry, something is out of order.", "heard halo"]
    assert len(wired.echo.heard) == 1


async def test_turns_that_cannot_be_done_together_are_done_one_by_one(wired: Wired) -> None:
    working, sizes = wired.database.run_all, []

    async def deadlocking(works):
        sizes.append(len(works))
        if len(works) > 1:
            raise DatabaseUnavailable("the database is busy: two transactions met")
        return await working(works)

    await keep(wired.database, *(message("halo", who=who) for who in (1, 2, 3)))
    wired.database.run_all = deadlocking  # type: ignore[method-assign]
    async with wired.running():
        await wired.sends.until(said(3))

    assert sizes == [3, 1, 1, 1]
    assert wired.sends.texts() == ["heard halo"] * 3


async def test_a_batch_nobody_could_keep_is_told_once_and_polled_again(wired: Wired) -> None:
    raw = message("halo")
    working, broken = wired.database.run, [True] * 2

    async def sometimes(work):
        if broken:
            broken.pop()
            raise DatabaseUnavailable("the database is full")
        return await working(work)

    wired.database.run = sometimes  # type: ignore[method-assign]
    async with asyncio.timeout(20), wired.running() as bot:
        bot._poller._sleep = lambda _: asyncio.sleep(0)
        for _ in range(3):
            wired.polls.batches.put_nowait([raw])
        await wired.sends.until(said(2))

    assert wired.sends.texts() == ["Sorry, something is out of order.", "heard halo"]
    assert all("offset" not in call.parameters for call in wired.polls.calls[:3])


async def test_stopping_finishes_what_is_in_hand(wired: Wired) -> None:
    wired.sends.script["sendMessage"].append(refusal(429, "Too Many Requests", retry_after=0.2))

    async with wired.running():
        wired.polls.batches.put_nowait([message("halo")])
        await wired.sends.until(said(1))

    assert wired.sends.texts() == ["heard halo", "heard halo"]


async def test_a_private_prompt_is_remembered(wired: Wired) -> None:
    wired.echo.answer = lambda msg: [MsgOut(text=Text.of("private"), private=True)]

    async with wired.running():
        wired.polls.batches.put_nowait([message("halo")])
        await wired.sends.until(said(1))

    assert wired.echo.on_screen == [(HERE, "1001")]


async def test_the_menu_follows_the_persons_language(wired: Wired) -> None:
    async with wired.running():
        wired.polls.batches.put_nowait([message("halo")])
        await wired.sends.until(lambda _: len(menus(wired)) == 5)
        wired.echo.language = Language.JV
        wired.polls.batches.put_nowait([tap("a:1"), tap("lang:jv")])
        await wired.sends.until(lambda _: len(menus(wired)) == 6)
        wired.polls.batches.put_nowait([message("halo"), message("end", who=9)])
        await wired.sends.until(lambda _: len(menus(wired)) == 7)

    general = [menu for menu in menus(wired) if "scope" not in menu.parameters]
    assert [menu.parameters.get("language_code") for menu in general] == [None, "id", "jv", "en"]
    own = [menu for menu in menus(wired) if "scope" in menu.parameters]
    assert [menu["scope"]["chat_id"] for menu in own] == [SITI, SITI, 9]
    assert own[1]["commands"] == [{"command": "mulai", "description": "Begin in jv"}]


def menus(wired: Wired) -> list[Call]:
    return wired.sends.of("setMyCommands")


async def left_over(database: Database) -> list[object]:
    return [one.raw for one in await database.read(lambda tx: updates.pending(tx, ACCOUNT))]


async def set_aside(database: Database) -> list[dict]:
    return [one.raw for one in await database.read(lambda tx: updates.quarantined(tx, ACCOUNT))]
