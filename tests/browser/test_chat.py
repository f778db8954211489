"""The page as fingers and keys meet it: sending, tapping, editing, vanishing, fitting."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from kkb_core.messaging import Address, Channel, MsgOut, QuickReply, Text

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),  # one Chromium, not one a process
    pytest.mark.asyncio(loop_scope="session"),
]

at_both_sizes = pytest.mark.parametrize("size", ["phone", "desktop"])

LONG = "Tidak pernah sekali pun dalam enam bulan terakhir"


def asks(text, *labels, **more):
    row = tuple(QuickReply(label, f"{text}>{label}") for label in labels)
    return MsgOut(text=Text.of(text), replies=(row,), **more)


def questions(msg):
    """Satu?, then Dua? in its place, then Tiga? and so on."""
    if msg.tap is None:
        return [asks("Satu?", "Ya", "Tidak")]
    after = {"Satu?": "Dua?", "Dua?": "Tiga?"}.get(msg.tap.partition(">")[0], "Empat?")
    return [asks(after, "Ya", "Tidak", replaces=msg.msg_id)]


def box(page):
    return page.get_by_role("textbox", name="Ketik pesan")


def bubble(page, text):
    return page.locator(
        ".message:not(.leaving, .pending) .text", has_text=re.compile(rf"^{re.escape(text)}$")
    )


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


async def says(page, text):
    await box(page).fill(text)
    await box(page).press("Enter")


@pytest_asyncio.fixture(loop_scope="session")
async def chat(chat_url, page):
    await page.goto(chat_url)
    return page


@at_both_sizes
async def test_enter_sends_and_the_writer_goes_on_writing(chat):
    await says(chat, "halo")

    await expect(bubble(chat, "Anda: halo")).to_be_in_viewport()
    await expect(box(chat)).to_have_value("")
    await expect(box(chat)).to_be_focused()


async def test_shift_enter_begins_a_new_line(chat, conversations):
    await box(chat).fill("satu")
    await box(chat).press("Shift+Enter")
    await box(chat).press_sequentially("dua")
    await button(chat, "Kirim").click()

    await expect(bubble(chat, "satu\ndua")).to_be_visible()
    assert conversations.heard[0].text.split() == ["satu", "dua"]


async def test_start_is_one_tap_away(chat, conversations):
    await button(chat, "Mulai").click()

    await expect(bubble(chat, "Anda: /start")).to_be_in_viewport()
    await expect(chat.get_by_text("Selamat datang!")).to_have_count(0)


@at_both_sizes
async def test_a_tap_changes_the_question_in_its_place(chat, conversations):
    conversations.answers = questions
    await says(chat, "halo")

    await button(chat, "Ya").click()

    await expect(bubble(chat, "Dua?")).to_be_in_viewport()
    await expect(chat.locator(".message")).to_have_count(2)
    await expect(chat.locator(".meta", has_text="diedit")).to_have_count(1)


@at_both_sizes
async def test_the_newest_message_and_all_its_buttons_are_in_sight(chat, conversations):
    rows = tuple((QuickReply(f"{n}. {LONG}", str(n)),) for n in range(4))
    conversations.answers = lambda _: [MsgOut(text=Text.of("Rutin?"), replies=rows)]

    for number in range(4):
        await says(chat, f"pesan {number}")
        await expect(bubble(chat, f"pesan {number}")).to_be_attached()

    await expect(chat.locator(".reply").last).to_be_in_viewport(ratio=1)


@at_both_sizes
async def test_a_message_longer_than_the_screen_is_read_from_its_beginning(chat, conversations):
    await says(chat, "halo")
    await expect(bubble(chat, "Anda: halo")).to_be_visible()
    rows = tuple((QuickReply(f"Pilihan {n}", str(n)),) for n in range(20))
    conversations.answers = lambda _: [MsgOut(text=Text.of("Sumber air?"), replies=rows)]

    await says(chat, "lanjut")
    await expect(bubble(chat, "Sumber air?")).to_be_in_viewport(ratio=1)
    await button(chat, "Ke pesan terbaru").click()

    await expect(button(chat, "Pilihan 19")).to_be_in_viewport(ratio=1)
    await expect(button(chat, "Ke pesan terbaru")).to_be_hidden()


async def test_somebody_who_reads_back_is_left_in_peace(chat, conversations):
    for number in range(12):
        await says(chat, f"pesan {number}")
        await expect(bubble(chat, f"Anda: pesan {number}")).to_be_attached()
    await chat.locator(".scroll").evaluate("each => { each.scrollTop = 0 }")
    await expect(bubble(chat, "pesan 0")).to_be_in_viewport()
    address = Address(Channel.WEB, "ibu")

    conversations.due = [(address, MsgOut(text=Text.of("Hilang."), replaces="4"))]
    await chat.evaluate("htmx.trigger(document.body, 'moved')")

    await expect(bubble(chat, "Hilang.")).to_be_attached()
    await expect(bubble(chat, "pesan 0")).to_be_in_viewport()


async def test_an_impatient_second_click_answers_nothing_else(chat, conversations):
    conversations.answers = questions
    await says(chat, "halo")

    await button(chat, "Ya").dblclick()

    await expect(bubble(chat, "Dua?")).to_be_visible()
    await expect(chat.locator(".htmx-request")).to_have_count(0)
    assert {msg.tap for msg in conversations.heard if msg.tap} == {"Satu?>Ya"}


@at_both_sizes
async def test_keys_alone_are_enough(chat, conversations):
    conversations.answers = questions
    await chat.keyboard.press("Tab")
    while not await button(chat, "Mulai").evaluate("each => each === document.activeElement"):
        await chat.keyboard.press("Tab")

    await chat.keyboard.press("Enter")
    await expect(bubble(chat, "Satu?")).to_be_visible()
    await expect(button(chat, "Ya")).to_be_focused()
    await chat.keyboard.press("Tab")
    await chat.keyboard.press("Space")
    await expect(bubble(chat, "Dua?")).to_be_visible()
    await expect(button(chat, "Ya")).to_be_focused()

    assert [msg.tap for msg in conversations.heard] == [None, "Satu?>Tidak"]


def ticks(msg):
    """Choices to tick, in the place of the same."""
    on = "☑ Dua" if msg.tap == "Apa saja?>☐ Dua" else "☐ Dua"
    return [asks("Apa saja?", "☐ Satu", on, replaces=msg.msg_id if msg.tap else None)]


async def test_whoever_ticks_by_keyboard_stays_at_what_was_ticked(chat, conversations):
    conversations.answers = ticks
    await says(chat, "halo")
    await button(chat, "☐ Dua").focus()

    await chat.keyboard.press("Space")

    await expect(button(chat, "☑ Dua")).to_be_focused()


async def test_new_messages_are_read_out(chat):
    log = chat.get_by_role("log", name="Percakapan")

    await says(chat, "halo")

    await expect(log.get_by_text("Anda: halo", exact=True)).to_be_visible()
    await expect(log.locator(".unseen")).to_have_text(["Anda:", "KKB:"])


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
async def test_a_private_message_disappears(chat, conversations, motion):
    await chat.emulate_media(reduced_motion=motion)
    conversations.answers = lambda msg: (
        [MsgOut(removes=(msg.msg_id,)), asks("Terima kasih.")]
        if msg.tap
        else [asks("Dipukul?", "Ya")]
    )
    await says(chat, "halo")

    await button(chat, "Ya").click()

    await expect(bubble(chat, "Terima kasih.")).to_be_visible()
    await expect(chat.get_by_text("Dipukul?")).to_have_count(0)


async def test_a_slash_opens_the_menu_and_a_command_is_sent(chat, conversations):
    await box(chat).press_sequentially("/")
    await expect(button(chat, "/hasil Lihat hasil")).to_be_visible()

    await chat.keyboard.press("ArrowDown")
    await expect(button(chat, "/hasil Lihat hasil")).to_be_focused()
    await chat.keyboard.press("Enter")

    await expect(bubble(chat, "Anda: /hasil")).to_be_visible()
    await expect(button(chat, "/hasil Lihat hasil")).to_be_hidden()
    await expect(box(chat)).to_have_value("")


async def test_escape_closes_the_menu_and_gives_the_focus_back(chat):
    opener = button(chat, "Menu perintah")
    await opener.click()
    await expect(button(chat, "/bantuan Bantuan")).to_be_visible()

    await chat.keyboard.press("Escape")

    await expect(button(chat, "/bantuan Bantuan")).to_be_hidden()
    await expect(opener).to_be_focused()
    await expect(opener).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize(("name", "kind"), [("Foto", "photo"), ("Stiker", "sticker")])
async def test_photos_and_stickers_are_sent(chat, name, kind):
    await button(chat, "Kirim foto atau stiker").click()
    await button(chat, name).click()

    await expect(chat.get_by_role("img", name=name)).to_be_visible()
    await expect(bubble(chat, f"Anda: {kind}")).to_be_in_viewport()


async def test_what_could_not_be_sent_is_said_and_can_be_sent_again(chat, conversations):
    await chat.route("**/say", lambda route: route.abort())
    await says(chat, "halo")
    await expect(chat.get_by_role("alert")).to_have_text("Belum terkirim. Coba lagi, ya.")
    await expect(box(chat)).to_have_value("halo")

    await chat.unroute("**/say")
    await box(chat).press("Enter")

    await expect(bubble(chat, "Anda: halo")).to_be_visible()
    assert len(conversations.heard) == 1
    assert all("Failed to" in complaint for complaint in chat.complaints)
    chat.complaints.clear()


@at_both_sizes
async def test_the_clock_moves_on_by_a_week(chat, size):
    if size == "phone":
        await button(chat, "Waktu dan bantuan").click()

    await button(chat, "+1 minggu").click()

    await expect(chat.locator("#clock")).to_contain_text("Selasa, 17 Maret 2026")


@at_both_sizes
async def test_the_invitation_is_opened_in_the_chat(chat, size):
    if size == "phone":
        await button(chat, "Waktu dan bantuan").click()

    await button(chat, "Buka undangan").click()

    await expect(bubble(chat, "Anda: /start JENGGOT")).to_be_in_viewport()


@at_both_sizes
async def test_starting_over_asks_first_and_empties_the_chat(chat, size):
    await says(chat, "halo")
    await expect(bubble(chat, "Anda: halo")).to_be_visible()
    asked = []

    async def agree(dialog):
        asked.append(dialog.message)
        await dialog.accept()

    chat.on("dialog", agree)
    if size == "phone":
        await button(chat, "Waktu dan bantuan").click()
    await button(chat, "Ulang dari awal").click()

    await expect(chat.get_by_text("Selamat datang!")).to_be_visible()
    assert len(asked) == 1


@at_both_sizes
async def test_the_page_changes_its_language_and_the_chat_stays(chat, size):
    await says(chat, "halo")
    await expect(bubble(chat, "Anda: halo")).to_be_visible()
    if size == "phone":
        await button(chat, "Waktu dan bantuan").click()

    await chat.get_by_role("link", name="English").click()

    await expect(chat.get_by_role("textbox", name="Message")).to_be_visible()
    await expect(bubble(chat, "Anda: halo")).to_be_visible()


@at_both_sizes
async def test_nothing_is_cut_off_or_wider_than_the_screen(chat, conversations):
    rows = (
        tuple(QuickReply(label, label) for label in ("Kembali", "Lewati", "Tidak tahu")),
        (QuickReply(LONG, "x"), QuickReply("Ya", "y")),
        tuple(QuickReply(str(n), str(n)) for n in range(1, 8)),
    )
    words = "W" * 300 + " " + "x" * 50 + "\n" + "ya " * 100
    conversations.answers = lambda _: [MsgOut(text=Text.of(words), replies=rows)]
    await says(chat, words)
    await expect(button(chat, "Ya")).to_be_visible()

    too_wide = await chat.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll('.phone, .scroll, .reply, .bubble')]
             .filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.className)"""
    )

    assert too_wide == []


@at_both_sizes
async def test_buttons_are_large_enough_for_a_thumb(chat, conversations):
    conversations.answers = questions
    await says(chat, "halo")
    await expect(bubble(chat, "Satu?")).to_be_visible()

    heights = await chat.locator(".phone button:visible").evaluate_all(
        "all => all.map(each => Math.round(each.getBoundingClientRect().height))"
    )

    assert min(heights) >= 44
