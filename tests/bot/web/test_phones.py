from datetime import UTC, datetime, timedelta

import pytest

from bot.web.phones import LONGEST_SCREEN, Phone, Side
from kkb_core.messaging import Address, Channel, Document, MsgOut, Picture, QuickReply, Text

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
YES = ((QuickReply("Ya", "y"),),)


@pytest.fixture
def phone():
    return Phone("ibu", "Ponsel Ibu")


def said(text, **more):
    return MsgOut(text=Text.of(text), **more)


def texts(phone):
    return [str(shown.text) for shown in phone.screen]


def test_a_phone_is_an_address_on_the_web(phone):
    assert phone.address == Address(Channel.WEB, "ibu")


def test_messages_stand_in_the_order_they_came(phone):
    phone.writes("halo", at=NOW)
    phone.show(said("Halo, Bu"), at=NOW)

    assert texts(phone) == ["halo", "Halo, Bu"]
    assert [shown.side for shown in phone.screen] == [Side.THEIRS, Side.OURS]


def test_an_edit_takes_the_place_of_its_message_and_keeps_its_time(phone):
    msg_id = phone.show(said("Satu?", replies=YES), at=NOW)
    phone.writes("nanti", at=NOW)

    edited = phone.show(said("Dua?", replaces=msg_id), at=NOW + timedelta(days=1))

    assert edited == msg_id
    assert texts(phone) == ["Dua?", "nanti"]
    assert (phone.screen[0].at, phone.screen[0].edits, phone.screen[0].replies) == (NOW, 1, ())


def test_an_edit_that_changes_nothing_is_no_edit(phone):
    msg_id = phone.show(said("Satu?", replies=YES), at=NOW)
    changes = phone.changes

    phone.show(said("Satu?", replies=YES, replaces=msg_id), at=NOW)

    assert phone.changes == changes
    assert phone.screen[0].edits == 0


def test_an_edit_of_a_message_that_is_gone_is_a_new_message(phone):
    msg_id = phone.show(said("Satu?"), at=NOW)
    phone.remove((msg_id,))

    again = phone.show(said("Dua?", replaces=msg_id), at=NOW)

    assert again != msg_id
    assert texts(phone) == ["Dua?"]


def test_removals_come_first_and_unknown_ones_are_ignored(phone):
    theirs = phone.writes("ya, pernah", at=NOW)
    ours = phone.show(said("Apakah aman?"), at=NOW)

    phone.show(said("Terima kasih.", removes=(theirs, ours, "999")), at=NOW)

    assert texts(phone) == ["Terima kasih."]


def test_a_message_that_only_removes_shows_nothing(phone):
    ours = phone.show(said("Apakah aman?"), at=NOW)

    assert phone.show(MsgOut(removes=(ours,)), at=NOW) is None
    assert phone.screen == []


@pytest.mark.parametrize(
    "msg",
    [
        MsgOut(picture=Picture("result", {})),
        MsgOut(document=Document("data.csv", b"")),
    ],
)
def test_a_picture_or_a_file_is_shown_without_words(phone, msg):
    phone.show(msg, at=NOW)

    assert (phone.screen[0].picture, phone.screen[0].document) == (msg.picture, msg.document)


def test_the_screen_keeps_the_newest(phone):
    for number in range(LONGEST_SCREEN + 5):
        phone.writes(str(number), at=NOW)

    assert len(phone.screen) == LONGEST_SCREEN
    assert texts(phone)[0] == "5"


def test_a_cleared_phone_gives_no_id_twice(phone):
    before = phone.writes("halo", at=NOW)
    phone.clear()

    assert phone.screen == []
    assert phone.writes("halo", at=NOW) != before
