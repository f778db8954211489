"""Spans to HTML that Telegram takes, whatever a person is called."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram import render
from kkb_core.messaging import QuickReply, Span, Text, bold


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (Text.of("a < b & c > d"), "a &lt; b &amp; c &gt; d"),
        (Text.of("Keluarga ", bold("<i>Siti</i>")), "Keluarga <b>&lt;i&gt;Siti&lt;/i&gt;</b>"),
        (Text.of(Span("buka", link='https://t.me/x?a=1&b="2"')), '<a href="https://t.me/x?a=1&amp;b=&quot;2&quot;">buka</a>'),
        (Text.of(Span("buka", bold=True, link="tg://user?id=1")), '<a href="tg://user?id=1"><b>buka</b></a>'),
        (Text.of(Span("no", link="javascript:alert(1)")), "no"),
        (Text.of("👨‍👩‍👧 ꦲꦏ꧀ꦱꦫ"), "👨‍👩‍👧 ꦲꦏ꧀ꦱꦫ"),
        (Text.of(bold(" \n")), " \n"),
    ],
)  # fmt: skip
def test_spans_become_html_and_words_stay_words(text: Text, html: str) -> None:
    assert render.messages(Text.of("x", text))[0] == "x" + html


@pytest.mark.parametrize("text", [Text(), Text.of(""), Text.of(" \n "), Text.of(bold("\n"))])
def test_nothing_is_never_sent(text: Text) -> None:
    assert render.messages(text) == []


def test_a_long_text_is_cut_at_line_ends() -> None:
    text = Text.lines([bold(f"{number} " + "x" * 98) for number in range(100)])

    pieces = render.messages(text)

    assert len(pieces) == 3
    assert all(units(piece) <= 4096 for piece in pieces)
    assert all(piece.count("<b>") == piece.count("</b>") for piece in pieces)
    assert words("".join(pieces)) == str(text)
    assert pieces[1].startswith("<b>")


@pytest.mark.parametrize("character", ["<", "&", "👧", "x", "\n", " ", "\u2028", "ꦲ"])
def test_4096_of_any_character_fit_somehow(character: str) -> None:
    pieces = render.messages(Text.of("a", character * 4096, bold(character * 4096), "z"))

    assert all(0 < units(piece) <= 4096 for piece in pieces)
    assert words("".join(pieces)).split() == ("a" + character * 8192 + "z").split()


@given(
    st.lists(
        st.builds(
            Span,
            st.text(st.characters(exclude_categories=("Cs",)), max_size=3000),
            st.booleans(),
            st.sampled_from([None, "https://kkb.example/?a=1&b=<2>"]),
        ),
        max_size=4,
    )
)
def test_no_text_is_lost_or_becomes_markup(spans: list[Span]) -> None:
    text = Text(tuple(spans))

    pieces = render.messages(text)

    assert all(piece.strip() and units(piece) <= 4096 for piece in pieces)
    assert words("".join(pieces)).split() == str(text).split()
    assert not re.search(r"<(?!/?b>|a href=\"[^\"<>]*\">|/a>)", "".join(pieces))


def test_a_caption_that_does_not_fit_is_none() -> None:
    assert render.caption(Text.of("x" * 1024)) == "x" * 1024
    assert render.caption(Text.of("x" * 1025)) is None
    assert render.caption(Text.of("👧" * 512)) is not None
    assert render.caption(Text.of("👧" * 513)) is None


def test_replies_become_rows_of_buttons() -> None:
    rows = (
        (QuickReply("Ya", "a:1"), QuickReply("Tidak", "a:2")),
        (),
        (QuickReply("Buka", url="https://t.me/x"),),
    )

    assert render.keyboard(rows) == {
        "inline_keyboard": [
            [{"text": "Ya", "callback_data": "a:1"}, {"text": "Tidak", "callback_data": "a:2"}],
            [{"text": "Buka", "url": "https://t.me/x"}],
        ]
    }
    assert render.keyboard(()) is None
    assert render.keyboard(((),)) is None


@pytest.mark.parametrize("data", ["", "x" * 65, "é" * 33])
def test_data_that_telegram_would_refuse_never_leaves(data: str) -> None:
    with pytest.raises(AssertionError):
        render.keyboard(((QuickReply("Ya", data),),))


def units(markup: str) -> int:
    return len(markup.encode("utf-16-le")) // 2


def words(markup: str) -> str:
    return unescape(re.sub(r"</?(?:b|a)(?: href=\"[^\"]*\")?>", "", markup))
