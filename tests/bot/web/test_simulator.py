import asyncio
from datetime import timedelta

from kkb_core.messaging import Address, Channel, MsgOut, QuickReply, Text


def asks(text, data="ya", **more):
    return MsgOut(text=Text.of(text), replies=((QuickReply("Ya", data),),), **more)


async def test_what_is_written_reaches_the_conversation_with_its_id(site):
    await site.simulator.hears(site.phone, "halo")

    (msg,) = site.conversations.heard
    assert (msg.address, msg.text) == (Address(Channel.WEB, "ibu"), "halo")
    assert msg.msg_id == site.phone.screen[0].id
    assert site.says == ["halo", "Anda: halo"]


async def test_a_picture_that_was_sent_is_shown_again_where_it_is_told_of(site):
    site.conversations.answers = lambda msg: [MsgOut(text=Text.of("Ini"), file=msg.file)]

    await site.simulator.is_sent(site.phone, "photo")

    (msg,) = site.conversations.heard
    assert site.phone.screen[-1].file == msg.file is not None


async def test_phones_do_not_see_each_other(site):
    await site.simulator.hears(site.simulator.phones[1], "saya kader")

    assert site.says == []


async def test_a_tap_edits_the_message_it_stands_under(site):
    site.conversations.answers = lambda msg: (
        [asks("Dua?", replaces=msg.msg_id)] if msg.tap else [asks("Satu?")]
    )
    await site.simulator.hears(site.phone, "halo")

    await site.simulator.is_tapped(site.phone, site.phone.screen[-1].id, "ya")

    assert site.says == ["halo", "Dua?"]


async def test_old_buttons_stay_tappable(site):
    site.conversations.answers = lambda msg: [asks(f"Anda {msg.tap or msg.text}")]
    for text in ("satu", "dua", "tiga"):
        await site.simulator.hears(site.phone, text)

    await site.simulator.is_tapped(site.phone, site.phone.screen[1].id, "ya")

    assert site.conversations.heard[-1].msg_id == site.phone.screen[1].id
    assert site.says[-1] == "Anda ya"


async def test_a_button_that_left_the_screen_cannot_be_tapped(site):
    await site.simulator.is_tapped(site.phone, "999", "ya")

    assert site.conversations.heard == []


async def test_twenty_taps_at_once_are_answered_one_after_the_other(site):
    site.conversations.answers = lambda msg: [asks("Tanya?")]
    await site.simulator.hears(site.phone, "halo")
    msg_id = site.phone.screen[-1].id
    taps = [site.simulator.is_tapped(site.phone, msg_id, f"t{n}") for n in range(20)]

    await asyncio.gather(*taps)

    assert [msg.tap for msg in site.conversations.heard[1:]] == [f"t{n}" for n in range(20)]


async def test_the_id_of_a_private_message_is_told(site):
    site.conversations.answers = lambda _: [asks("Biasa?"), asks("Pribadi?", private=True)]

    await site.simulator.hears(site.phone, "halo")

    assert site.conversations.told_shown == [(site.phone.address, site.phone.screen[-1].id)]


async def test_a_sweep_takes_private_messages_off_the_screens(site):
    site.conversations.answers = lambda _: [asks("Pribadi?", private=True)]
    await site.simulator.hears(site.phone, "halo")
    gone = MsgOut(removes=(site.phone.screen[-1].id,))
    site.conversations.due = [(site.phone.address, gone), (Address(Channel.WEB, "x"), gone)]

    await site.simulator.sweep()

    assert site.says == ["halo"]


async def test_beginning_anew_empties_the_phones_after_the_turns_under_way(site):
    site.clock.forward(timedelta(days=1))
    turns = [site.simulator.hears(phone, "halo") for phone in site.simulator.phones]

    await asyncio.gather(*turns, site.simulator.begin_anew())

    assert site.restarts == [site.clock.now()]
    assert [phone.screen for phone in site.simulator.phones] == [[], []]
    assert len(site.conversations.heard) == 2
