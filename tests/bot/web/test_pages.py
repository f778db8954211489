from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.web import pages
from bot.web.phones import Phone
from kkb_core.messaging import Document, Language, MsgOut, QuickReply, Span, Text, bold
from tests.bot.web.tags import Tags

NOW = datetime(2026, 3, 10, 2, 14, tzinfo=UTC)
LOOK = pages.Look(language=Language.ID, zone=ZoneInfo("Asia/Jakarta"), now=NOW, bot_name="KKB")
NASTY = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' autofocus onfocus=alert(1) '",
    "{{ 7 * 7 }}", "</li></ol></form>", "&lt;b&gt; &amp;", "<!--", "]]>", "<svg/onload=alert(1)>",
)  # fmt: skip
# What HTML itself cannot carry, or writes in another way, is not our markup's doing.
WORDS = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=60)


def on_screen(words):
    phone = Phone("ibu", "Ponsel Ibu")
    phone.writes(words, at=NOW)
    phone.show(
        MsgOut(
            text=Text.of(bold(words), Span(words, link="https://kkb.test")),
            replies=((QuickReply(words, words),),),
            document=Document(words, b""),
        ),
        at=NOW,
    )
    return Tags(pages.screen(phone, LOOK))


PLAIN = on_screen("polos")


@settings(max_examples=200, deadline=None)
@given(
    WORDS | st.sampled_from(NASTY) | st.tuples(WORDS, st.sampled_from(NASTY), WORDS).map("".join)
)
def test_whatever_people_write_stays_words(words):
    page = on_screen(f"x{words}x")

    assert [tag for tag, _ in page.found] == [tag for tag, _ in PLAIN.found]
    assert [set(attrs) for _, attrs in page.found] == [set(attrs) for _, attrs in PLAIN.found]
    assert page.words.count(f"x{words}x") == PLAIN.words.count("polos")
    assert page.named("button")[-1]["value"] == f"2:x{words}x"


@given(
    st.text(max_size=40) | st.sampled_from(("javascript:x", "vbscript:x", "data:x", "http://["))
)
def test_a_safe_link_opens_a_page_calls_or_writes(url):
    link = pages.safe_link(url)

    assert link is None or link.lower().startswith(("http:", "https:", "tel:", "mailto:"))


@pytest.mark.parametrize("url", ["https://kkb.test/a?b=c", "tel:129", "mailto:a@kkb.test"])
def test_an_ordinary_link_stays_as_it_is(url):
    assert pages.safe_link(url) == url
