"""What a MsgOut becomes on the wire."""

from typing import Any

import pytest
from telegram import Bot

from bot.telegram.sending import TelegramChannel
from kkb_core.errors import RecipientGone, Rejected, SendError, Throttled
from kkb_core.messaging import (
    Address,
    Channel,
    Document,
    FileKind,
    MsgOut,
    Picture,
    QuickReply,
    SentFile,
    Text,
    bold,
)
from tests.bot.telegram.conftest import draw
from tests.bot.telegram.recording import TOKEN, RecordedPolls, RecordingRequest, refusal

HERE = Address(Channel.TELEGRAM, "7")
HELLO = Text.of("Halo ", bold("Siti & <b>"))
YES = ((QuickReply("Ya", "a:1"),),)
PHOTO = SentFile(channel=Channel.TELEGRAM, kind=FileKind.PHOTO, id="AgAC")
PICTURE = Picture("result", {"title": "Siti"})


@pytest.fixture
def request_() -> RecordingRequest:
    return RecordingRequest()


@pytest.fixture
def channel(request_: RecordingRequest) -> TelegramChannel:
    return TelegramChannel(Bot(TOKEN, request=request_, get_updates_request=RecordedPolls()), draw)


async def test_a_message_goes_out_with_its_buttons(channel, request_) -> None:
    sent = await channel.send(HERE, MsgOut(text=HELLO, replies=YES))

    (call,) = request_.calls
    assert call.method == "sendMessage"
    assert call.parameters == {
        "chat_id": 7,
        "text": "Halo <b>Siti &amp; &lt;b&gt;</b>",
        "parse_mode": "HTML",
        "reply_markup": {"inline_keyboard": [[{"text": "Ya", "callback_data": "a:1"}]]},
    }
    assert sent == "1001"


async def test_a_replacement_is_edited_in_place(channel, request_) -> None:
    assert await channel.send(HERE, MsgOut(text=HELLO, replies=YES, replaces="55")) == "55"

    (call,) = request_.calls
    assert (call.method, call["message_id"]) == ("editMessageText", 55)


async def test_an_edit_that_changes_nothing_is_a_success(channel, request_) -> None:
    request_.script["editMessageText"].append(
        refusal(400, "Bad Request: message is not modified: specified new message content ...")
    )

    assert await channel.send(HERE, MsgOut(text=HELLO, replaces="55")) == "55"
    assert len(request_.calls) == 1


@pytest.mark.parametrize(
    "why",
    [
        "Bad Request: message to edit not found",
        "Bad Request: message can't be edited",
        "Bad Request: MESSAGE_ID_INVALID",
    ],
)
async def test_what_cannot_be_edited_is_sent_anew(channel, request_, why: str) -> None:
    request_.script["editMessageText"].append(refusal(400, why))

    assert await channel.send(HERE, MsgOut(text=HELLO, replaces="55")) == "1001"
    assert [call.method for call in request_.calls] == ["editMessageText", "sendMessage"]


async def test_the_id_of_another_channel_is_no_reason_to_fail(channel, request_) -> None:
    assert await channel.send(HERE, MsgOut(text=HELLO, replaces="x-9", removes=("y",))) == "1001"
    assert [call.method for call in request_.calls] == ["sendMessage"]


async def test_a_long_text_is_edited_then_continued_with_the_buttons_last(
    channel, request_
) -> None:
    text = Text.lines(["x" * 99] * 60)

    sent = await channel.send(HERE, MsgOut(text=text, replies=YES, replaces="55"))

    first, last = request_.calls
    assert (first.method, last.method) == ("editMessageText", "sendMessage")
    assert "reply_markup" not in first.parameters
    assert "reply_markup" in last.parameters
    assert sent == "1001"


async def test_removing_goes_message_by_message_and_forgives(channel, request_) -> None:
    request_.script["deleteMessage"].append(
        refusal(400, "Bad Request: message to delete not found")
    )

    assert await channel.send(HERE, MsgOut(removes=("3", "4"))) is None
    assert [call["message_id"] for call in request_.of("deleteMessage")] == [3, 4]
    assert request_.of("sendMessage") == []


async def test_an_empty_message_is_never_sent(channel, request_) -> None:
    assert await channel.send(HERE, MsgOut(text=Text.of(" \n"), replies=YES)) is None
    assert request_.calls == []


async def test_a_picture_is_drawn_and_sent_with_its_words_below(channel, request_) -> None:
    sent = await channel.send(HERE, MsgOut(text=HELLO, replies=YES, picture=PICTURE))

    (call,) = request_.calls
    assert call.method == "sendPhoto"
    assert call.files["photo"][:2] == ("result.png", b"PNG of Siti")
    assert call["caption"] == "Halo <b>Siti &amp; &lt;b&gt;</b>"
    assert call["reply_markup"]
    assert sent == "1001"


async def test_words_too_long_for_a_caption_follow_the_picture(channel, request_) -> None:
    await channel.send(HERE, MsgOut(text=Text.of("x" * 2000), replies=YES, picture=PICTURE))

    photo, words = request_.calls
    assert "caption" not in photo.parameters
    assert "reply_markup" not in photo.parameters
    assert words["text"] == "x" * 2000
    assert words["reply_markup"]


async def test_a_picture_that_cannot_be_drawn_leaves_its_words(channel, request_) -> None:
    await channel.send(HERE, MsgOut(text=HELLO, picture=Picture("result", {})))

    assert [call.method for call in request_.calls] == ["sendMessage"]


@pytest.mark.parametrize(
    ("kind", "method"), [(FileKind.PHOTO, "sendPhoto"), (FileKind.DOCUMENT, "sendDocument")]
)
async def test_what_lies_with_telegram_is_sent_on_by_its_id(
    channel, request_, kind: FileKind, method: str
) -> None:
    file = SentFile(channel=Channel.TELEGRAM, kind=kind, id="AgAC")

    sent = await channel.show(HERE, MsgOut(text=HELLO, replies=YES, file=file))

    (call,) = request_.calls
    assert (call.method, call[kind.value]) == (method, "AgAC")
    assert call["caption"] == "Halo <b>Siti &amp; &lt;b&gt;</b>"
    assert sent == ["1001"]


@pytest.mark.parametrize(
    ("length", "methods"), [(1_024, ["sendPhoto"]), (1_025, ["sendPhoto", "sendMessage"])]
)
async def test_words_stand_below_a_picture_or_follow_it(
    channel, request_, length: int, methods: list[str]
) -> None:
    shown = await channel.show(HERE, MsgOut(text=Text.of("x" * length), file=PHOTO))

    assert [call.method for call in request_.calls] == methods
    assert len(shown) == len(methods)


async def test_what_lies_elsewhere_leaves_its_words(channel, request_) -> None:
    elsewhere = SentFile(channel=Channel.WEB, kind=FileKind.PHOTO, id="landscape")

    await channel.send(HERE, MsgOut(text=HELLO, file=elsewhere))

    assert [call.method for call in request_.calls] == ["sendMessage"]


@pytest.mark.parametrize(
    ("length", "methods"),
    [
        (1_024, ["editMessageText", "editMessageCaption"]),
        (1_025, ["editMessageText", "editMessageCaption", "sendMessage"]),
    ],
)
async def test_the_words_below_a_picture_are_edited_where_they_fit(
    channel, request_, length: int, methods: list[str]
) -> None:
    request_.script["editMessageText"].append(
        refusal(400, "Bad Request: there is no text in the message to edit")
    )

    await channel.send(HERE, MsgOut(text=Text.of("x" * length), file=PHOTO, replaces="55"))

    assert [call.method for call in request_.calls] == methods


async def test_a_document_keeps_its_name(channel, request_) -> None:
    await channel.send(HERE, MsgOut(document=Document("data.csv", b"a,b\n")))

    (call,) = request_.calls
    assert call.method == "sendDocument"
    assert call.files["document"][:2] == ("data.csv", b"a,b\n")
    assert "caption" not in call.parameters


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(403, "Forbidden: bot was blocked by the user"), RecipientGone),
        (refusal(429, "Too Many Requests", retry_after=4), Throttled),
        (refusal(400, "Bad Request: can't parse entities"), Rejected),
    ],
)
async def test_a_refusal_rises_as_ours_after_everything_was_tried(
    channel, request_, answer: Any, error: type[SendError]
) -> None:
    request_.script["sendMessage"].append(answer)

    with pytest.raises(error):
        await channel.send(HERE, MsgOut(text=HELLO, removes=("3",)))

    assert len(request_.of("deleteMessage")) == 1


async def test_a_tap_acknowledged_too_late_is_no_failure(channel, request_) -> None:
    request_.script["answerCallbackQuery"].append(
        refusal(400, "Bad Request: query is too old and response timeout expired")
    )

    await channel.acknowledge("123")

    assert request_.calls[0]["callback_query_id"] == "123"
