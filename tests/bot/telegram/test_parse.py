"""Real payloads, broken payloads, and payloads nobody thought of."""

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.parse import (
    Heard,
    Ignored,
    Left,
    Meaning,
    Returned,
    Unreadable,
    lane,
    parse,
    update_id,
)
from kkb_core.messaging import Address, Channel, FileKind, MsgIn, SentFile
from tests.bot.telegram.payloads import GROUP, SITI, membership, message, tap

HERE = Address(Channel.TELEGRAM, str(SITI))
PHOTO = SentFile(channel=Channel.TELEGRAM, kind=FileKind.PHOTO, id="A")


def heard(**said: Any) -> Heard:
    return Heard(MsgIn(address=HERE, msg_id="7", **said))


@pytest.mark.parametrize(
    ("raw", "meaning"),
    [
        (message("halo"), heard(text="halo")),
        (message("/start 3f9KQ2"), heard(text="/start 3f9KQ2")),
        (message("<b>&amp; 👨‍👩‍👧"), heard(text="<b>&amp; 👨‍👩‍👧")),
        (message("x" * 4096), heard(text="x" * 4096)),
        (message(""), heard(text="")),
        (message("half \ud83d of an emoji"), heard(text="half ? of an emoji")),
        (
            message(None, photo=[{"file_id": "A"}], caption="ini"),
            heard(other="photo", caption="ini", file=PHOTO),
        ),
        (message(None, sticker={"file_id": "A"}), heard(other="sticker")),
        (message(None, voice={"file_id": "A"}), heard(other="voice")),
        (message(None, contact={"phone_number": "0"}), heard(other="contact")),
        (message(None, location={"latitude": 1.0}), heard(other="location")),
        (message(None, animation={}, document={}), heard(other="animation")),
        (message(None, from_the_future={}), heard(other="unknown")),
        (message(None, pinned_message={}), Ignored("a service message")),
        (message("halo", chat=GROUP), Ignored("not a private chat")),
        (tap(None), Ignored("a tap without data")),
        (membership("kicked"), Left(HERE)),
        (membership("member"), Returned(HERE)),
        (membership("member", chat=GROUP), Ignored("not a private chat")),
        (
            {"update_id": 1, "edited_message": message()["message"]},
            Ignored("another kind of update"),
        ),
        ({"update_id": 1, "channel_post": {}}, Ignored("another kind of update")),
        ({"update_id": 1}, Ignored("another kind of update")),
    ],
)
def test_an_update_means_what_telegram_says_it_means(raw: Any, meaning: Meaning) -> None:
    assert parse(raw) == meaning


def sends(**body: Any) -> MsgIn:
    raw = message("x")
    del raw["message"]["text"]
    raw["message"] |= body
    meaning = parse(raw)
    assert isinstance(meaning, Heard)
    return meaning.msg


def test_a_picture_is_known_by_its_largest_size_and_brings_its_words() -> None:
    found = sends(photo=[{"file_id": "small"}, {"file_id": "large"}], caption="Posyandu")

    assert found.other == "photo"
    assert found.file == SentFile(channel=Channel.TELEGRAM, kind=FileKind.PHOTO, id="large")
    assert found.caption == "Posyandu"


def test_a_document_is_known_by_its_id_and_keeps_its_name() -> None:
    found = sends(document={"file_id": "BQAC", "file_name": "jadwal.pdf"})

    assert found.file == SentFile(
        channel=Channel.TELEGRAM, kind=FileKind.DOCUMENT, id="BQAC", name="jadwal.pdf"
    )


@pytest.mark.parametrize(
    "body",
    [
        {"photo": []},
        {"photo": [{"file_id": 7}]},
        {"document": {"file_id": ""}},
        {"document": {"file_id": "x" * 513}},
        {"sticker": {"file_id": "CAAC"}},
        {"animation": {"file_id": "CgAC"}, "document": {"file_id": "CgAC"}},
    ],
)
def test_what_cannot_be_sent_on_is_no_file(body: dict[str, Any]) -> None:
    assert sends(**body).file is None


def test_a_tap_carries_its_message_and_what_it_is_acknowledged_with() -> None:
    raw = tap("a:1:AGM1:0:yes", msg_id=44)

    assert parse(raw) == Heard(
        MsgIn(address=HERE, tap="a:1:AGM1:0:yes", msg_id="44"), raw["callback_query"]["id"]
    )


def test_a_forged_tap_is_cut_to_a_length_that_can_be_looked_at() -> None:
    meaning = parse(tap("a" * 100_000))

    assert isinstance(meaning, Heard)
    assert len(meaning.msg.tap or "") == 256


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        ({"message": None}, "message"),
        ({"message": []}, "message"),
        ({"message": {"message_id": 1, "text": "x"}}, "chat"),
        ({"message": {"message_id": 1, "text": "x", "chat": {"id": "7"}}}, "id"),
        ({"message": {"message_id": 1, "text": "x", "chat": {"id": 2**70}}}, "id"),
        ({"message": {"message_id": True, "text": "x", "chat": {"id": 7}}}, "message_id"),
        ({"message": {"message_id": 1, "text": 5, "chat": {"id": 7}}}, "text"),
        ({"callback_query": {"message": {}}}, "id"),
        ({"callback_query": {"id": "1", "message": "m", "data": "d"}}, "message"),
        ({"callback_query": tap()["callback_query"] | {"data": {"x": 1}}}, "data"),
        ({"my_chat_member": {"chat": {"id": 7}, "new_chat_member": {}}}, "status"),
    ],
)
def test_a_broken_update_says_where_and_nothing_of_what_was_written(raw: Any, where: str) -> None:
    with pytest.raises(Unreadable, match=rf"^{where} is not"):
        parse(raw)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ({"update_id": 7}, 7),
        ({"update_id": 0}, 0),
        ({"update_id": "7"}, None),
        ({"update_id": 7.0}, None),
        ({"update_id": True}, None),
        ({"update_id": -1}, None),
        ({"update_id": 2**63}, None),
        ({"update_id": None}, None),
        ({}, None),
        ([], None),
        (None, None),
        ("7", None),
    ],
)
def test_only_a_whole_number_is_an_update_id(raw: Any, found: int | None) -> None:
    assert update_id(raw) == found


def test_what_one_person_does_stands_in_one_line() -> None:
    assert {lane(raw) for raw in (message(), tap(), membership("kicked"))} == {str(SITI)}
    assert lane(message(who=6)) != lane(message(who=7))


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(seed=st.integers(0, 2**32), junk=JUNK, times=st.integers(1, 4))
def test_no_mutation_of_an_update_raises_anything_else(seed: int, junk: Any, times: int) -> None:
    dice = random.Random(seed)
    raw = copy.deepcopy(dice.choice([message(), tap(), membership("kicked")]))
    for _ in range(times):
        _mutate(raw, junk, dice)

    update_id(raw)
    assert isinstance(lane(raw), str)
    try:
        meaning = parse(raw)
    except Unreadable:
        return
    assert isinstance(meaning, Meaning)
    if isinstance(meaning, Heard):
        json.dumps(meaning.msg.text, ensure_ascii=False).encode()


def _mutate(raw: dict[str, Any], junk: Any, dice: random.Random) -> None:
    """Replace, remove or add something anywhere in *raw*."""
    place: Any = raw
    while True:
        key = dice.choice(list(place))
        if isinstance(place[key], dict) and place[key] and dice.random() < 0.8:
            place = place[key]
            continue
        match dice.randrange(3):
            case 0:
                place[key] = junk
            case 1 if len(place) > 1:
                del place[key]
            case _:
                place[dice.choice(["text", "data", "chat", "id", "message"])] = junk
        return
