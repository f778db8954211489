from datetime import timedelta

import pytest

from bot.web.routes import LONGEST_TEXT
from kkb_core.messaging import Document, MsgOut, Picture, QuickReply, Span, Text, bold
from tests.bot.web.tags import Tags

QR = Picture("qr", {"title": "Undangan", "caption": "Jenggot", "url": "https://t.me/x?start=1"})


def tags(answer):
    return Tags(answer.text)


async def test_an_empty_phone_welcomes_and_offers_to_start(site):
    page = tags(await site.client.get("/"))

    (start, *_) = [each for each in page.named("button") if each.get("value") == "/start"]
    assert start["form"] == "say-ibu"
    assert "Selamat datang!" in page.words


async def test_the_page_has_every_phone_and_the_code_of_the_village(site):
    page = tags(await site.client.get("/"))

    assert [each["id"] for each in page.named("section") if "id" in each] == [
        "phone-ibu",
        "phone-kader",
    ]
    assert "JENGGOT" in page.words
    assert "09.14 WIB" in page.words
    assert "Selasa, 10 Maret 2026" in page.words


async def test_a_turn_returns_the_changed_messages_only(site):
    answer = await site.say("halo")

    assert "<html" not in answer.text
    assert "Anda: halo" in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_without_scripts_a_turn_leads_back_to_the_page(site):
    answer = await site.say("halo", htmx=False)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert site.says == ["halo", "Anda: halo"]


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
async def test_blank_text_is_not_sent(site, text):
    await site.say(text)

    assert site.conversations.heard == []


async def test_text_is_cut_where_a_chat_platform_cuts_it(site):
    await site.say("🙂" * (LONGEST_TEXT + 100))

    assert site.conversations.heard[0].text == "🙂" * LONGEST_TEXT


async def test_a_command_is_sent_and_the_draft_is_not(site):
    await site.say("setengah jad", command="/hasil")

    assert [msg.text for msg in site.conversations.heard] == ["/hasil"]


async def test_buttons_stand_in_their_rows_and_carry_message_and_meaning(site):
    rows = (
        (QuickReply("Ya", "i:AGM1:3:ya"), QuickReply("Tidak", "i:AGM1:3:tidak")),
        (QuickReply("Buka", url="https://kkb.test/x"),),
    )
    site.conversations.answers = lambda _: [MsgOut(text=Text.of("Rutin?"), replies=rows)]

    page = tags(await site.say("halo"))

    msg_id = site.phone.screen[-1].id
    taps = [each["value"] for each in page.named("button") if each.get("name") == "tap"]
    assert taps == [f"{msg_id}:i:AGM1:3:ya", f"{msg_id}:i:AGM1:3:tidak"]
    assert len([each for each in page.named("div") if each.get("class") == "row"]) == 2
    assert [each["href"] for each in page.named("a")] == ["https://kkb.test/x"]


async def test_a_tap_brings_its_meaning_whole(site):
    await site.say("halo")

    await site.tap(site.phone.screen[-1].id, "i:AGM1:3:ya")

    assert site.conversations.heard[-1].tap == "i:AGM1:3:ya"


@pytest.mark.parametrize("forged", ["", ":", "1", "1:", "999:x", "x" * 5000, "1:" + "y" * 5000])
async def test_forged_taps_are_survived(site, forged):
    await site.say("halo")

    answer = await site.post("/phones/ibu/tap", tap=forged)

    assert answer.status_code == 200


async def test_edited_messages_say_so(site):
    site.conversations.answers = lambda msg: [
        MsgOut(text=Text.of(msg.tap or "Satu?"), replaces=msg.msg_id if msg.tap else None)
    ]
    first = await site.say("halo")

    second = await site.tap(site.phone.screen[-1].id, "Dua?")

    assert "diedit" not in first.text
    assert "diedit" in second.text


async def test_a_removed_message_leaves_the_page(site):
    site.conversations.answers = lambda msg: [
        MsgOut(text=Text.of("Aman."), removes=(msg.msg_id,))
        if msg.tap
        else MsgOut(text=Text.of("Dipukul?"))
    ]
    await site.say("halo")

    answer = await site.tap(site.phone.screen[-1].id, "ya")

    assert "Dipukul?" not in answer.text
    assert "Aman." in answer.text


@pytest.mark.parametrize("kind", ["photo", "sticker"])
async def test_photos_and_stickers_can_be_sent(site, kind):
    answer = await site.post("/phones/ibu/send", kind=kind)

    assert site.conversations.heard[0].other == kind
    assert f"Anda: {kind}" in answer.text


async def test_nothing_else_can_be_sent(site):
    assert (await site.post("/phones/ibu/send", kind="virus")).status_code == 400
    assert site.phone.screen == []


async def test_the_menu_lists_the_commands(site):
    page = tags(await site.client.get("/phones/ibu/menu"))

    assert [each["value"] for each in page.named("button")] == ["/hasil", "/bantuan"]
    assert "Lihat hasil" in page.words


@pytest.mark.parametrize("path", ["/phones/x/screen", "/phones/x/menu", "/phones/ibu/pictures/9"])
async def test_what_is_not_there_is_not_found(site, path):
    assert (await site.client.get(path)).status_code == 404


async def test_a_picture_is_drawn_when_it_is_looked_at(site):
    site.conversations.answers = lambda _: [MsgOut(text=Text.of("Undangan"), picture=QR)]
    page = tags(await site.say("halo"))

    (picture,) = page.named("img")
    answer = await site.client.get(picture["src"])

    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert picture["alt"]


async def test_a_file_is_given_under_its_name(site):
    document = Document('data "saya" ñ.csv', b"a,b\n")
    site.conversations.answers = lambda _: [MsgOut(document=document)]
    page = tags(await site.say("halo"))

    answer = await site.client.get(page.named("a")[0]["href"])

    assert answer.content == b"a,b\n"
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''data%20%22saya%22%20%C3%B1.csv"
    )


async def test_a_message_without_picture_or_file_has_none_to_give(site):
    await site.say("halo")
    msg_id = site.phone.screen[0].id

    for what in ("pictures", "documents"):
        assert (await site.client.get(f"/phones/ibu/{what}/{msg_id}")).status_code == 404


async def test_looking_again_shows_what_changed_meanwhile_and_else_nothing(site):
    site.conversations.answers = lambda _: [MsgOut(text=Text.of("Rahasia"), private=True)]
    page = tags(await site.say("halo"))
    (seen,) = [each["value"] for each in page.named("input") if each["id"] == "seen-ibu"]
    look = {"params": {"seen": seen}, "headers": {"hx-request": "true"}}

    before = await site.client.get("/phones/ibu/screen", **look)
    site.conversations.due = [(site.phone.address, MsgOut(removes=(site.phone.screen[-1].id,)))]
    after = await site.client.get("/phones/ibu/screen", **look)

    assert before.status_code == 204
    assert after.status_code == 200
    assert "Rahasia" not in after.text


@pytest.mark.parametrize(("hours", "words"), [("1", "10.14"), ("24", "Rabu, 11 Maret 2026")])
async def test_the_clock_moves_forward(site, hours, words):
    answer = await site.post("/clock", hours=hours)

    assert words in answer.text
    assert answer.headers["hx-trigger"] == "moved"


@pytest.mark.parametrize("hours", ["", "-1", "1.5", "x", "٣x"])
async def test_the_clock_does_not_move_otherwise(site, hours):
    before = site.clock.now()

    assert (await site.post("/clock", hours=hours)).status_code == 400
    assert site.clock.now() == before


async def test_messages_stand_under_the_day_they_came(site):
    await site.say("halo")
    site.clock.forward(timedelta(days=1))

    words = tags(await site.say("lagi")).words

    days = [words.index(day) for day in ("Selasa, 10 Maret 2026", "Rabu, 11 Maret 2026")]
    assert days == sorted(days)


async def test_a_reset_begins_anew_and_shows_the_page_again(site):
    await site.say("halo")

    answer = await site.post("/reset")

    assert answer.headers["hx-refresh"] == "true"
    assert site.restarts
    assert site.says == []


@pytest.mark.parametrize(
    ("language", "words"), [("id", "Ketik pesan"), ("jv", "Ketik pesen"), ("en", "Message")]
)
async def test_the_page_speaks_the_language_chosen(site, language, words):
    await site.client.get(f"/language/{language}")

    page = tags(await site.client.get("/"))

    assert page.named("html") == [{"lang": language}]
    assert page.named("textarea")[0]["placeholder"] == words


async def test_choosing_the_pages_language_says_nothing_in_the_chat(site):
    await site.client.get("/language/jv")

    assert site.conversations.heard == []


async def test_styles_and_links_of_our_text_are_shown(site):
    site.conversations.answers = lambda _: [
        MsgOut(text=Text.of(bold("SAPA"), " ", Span("129", link="tel:129")))
    ]

    page = tags(await site.say("halo"))

    assert page.named("b") == [{}]
    assert [each["href"] for each in page.named("a")] == ["tel:129"]


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//x", "http://[", ""],
)
async def test_a_link_that_could_run_something_is_no_link(site, link):
    span = Span("tekan", link=link)
    site.conversations.answers = lambda _: [
        MsgOut(text=Text.of(span), replies=((QuickReply("Buka", url=link or "x:y"),),))
    ]

    page = tags(await site.say("halo"))

    assert "tekan" in page.words
    assert [each["href"] for each in page.named("a")] == ["#"]


@pytest.mark.parametrize(
    "words",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "</li></ol>"],
)
async def test_markup_that_is_written_stays_words(site, words):
    page = tags(await site.say(words))

    assert page.words.count(words) == 2
    assert not {"script", "img"} & {tag for tag, _ in page.found}


async def test_the_whole_page_weighs_less_than_100_kilobytes(site):
    page = tags(await site.client.get("/"))
    paths = [each["src"] for each in page.named("script")]
    paths += [each["href"] for each in page.named("link")]

    weight = sum([len((await site.client.get(path)).content) for path in ["/", *paths]])

    assert all(path.startswith("/static/") for path in paths)
    assert weight < 100_000
