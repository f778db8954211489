"""A talk in a terminal: what stands on the screen, and what is written down of it."""

from datetime import UTC, datetime

import pytest

from bot.clock import VirtualClock
from bot.terminal import Screen, Talk, sent, shown
from kkb_core.messaging import (
    Address,
    Channel,
    Document,
    MsgOut,
    Picture,
    QuickReply,
    Text,
    bold,
)

HERE = Address(Channel.TERMINAL, "siti")
YES_NO = ((QuickReply("Ya", "y"), QuickReply("Tidak", "n")), (QuickReply("Lewati", "s"),))


def said(text, **rest):
    return MsgOut(text=Text.of(text), **rest)


@pytest.mark.parametrize(
    ("out", "lines"),
    [
        (said("Halo"), ["< Halo"]),
        (said("Halo\n\nApa kabar?\n1. baik"), ["< Halo", "", "  Apa kabar?", "  1. baik"]),
        (said("Mau?", replies=YES_NO), ["< Mau?", "  [Ya] [Tidak]", "  [Lewati]"]),
        (said("Sudah", replaces="m1"), ["<~ Sudah"]),
        (MsgOut(removes=("m1", "m2")), ["<x"]),
        (said("Baik", removes=("m1",)), ["<x", "< Baik"]),
        (MsgOut(text=Text.of("Ini ", bold("tebal"))), ["< Ini tebal"]),
        (said("Lihat", picture=Picture("result", {})), ["< Lihat", "  (picture: result)"]),
        (MsgOut(document=Document("data.csv", b"")), ["<", "  (document: data.csv)"]),
        (said("<b> > x"), ["< <b> > x"]),
    ],
)
def test_a_message_is_written_down(out, lines):
    assert shown(out) == lines


@pytest.mark.parametrize(
    ("line", "kind", "name", "caption"),
    [
        ("(photo)", "photo", "", ""),
        ("(photo) Posyandu", "photo", "", "Posyandu"),
        ("(document: a b.pdf) Lihat\nini", "document", "a b.pdf", "Lihat\nini"),
    ],
)
def test_a_file_can_be_sent(line, kind, name, caption):
    msg = sent(line, HERE, "m1")

    assert (msg.other, msg.file.kind, msg.file.name, msg.caption) == (kind, kind, name, caption)
    assert line.startswith(shown(MsgOut(file=msg.file))[1].strip())


@pytest.mark.parametrize("line", ["photo", "(foto)", "lihat (photo)"])
def test_words_are_no_file(line):
    assert sent(line, HERE, "m1") is None


def test_a_message_that_takes_the_place_of_another_keeps_its_place():
    screen = Screen()
    first = screen.show(said("1?", replies=YES_NO))
    screen.show(said("2?"))

    again = screen.show(said("1!", replaces=first))

    assert again == first
    assert [str(out.text) for out in screen.messages.values()] == ["1!", "2?"]
    assert screen.buttons() == []


def test_removed_messages_leave_the_screen():
    screen = Screen()
    first = screen.show(said("1?", replies=YES_NO))

    assert screen.show(MsgOut(removes=(first, "never there"))) is None

    assert screen.messages == {}
    assert screen.labelled("Ya") is None


def test_a_label_is_found_on_the_last_message_that_has_it():
    screen = Screen()
    screen.show(said("1?", replies=YES_NO))
    last = screen.show(said("2?", replies=((QuickReply("Ya", "other"),),)))
    screen.show(said("3"))

    assert screen.labelled(" ya ") == (last, QuickReply("Ya", "other"))
    assert screen.labelled("Tidak")[1].data == "n"


def test_a_link_is_no_button_to_tap():
    screen = Screen()
    screen.show(said("1", replies=((QuickReply("Buka", url="https://example.org"),),)))

    assert screen.labelled("Buka") is None
    assert screen.buttons() == []


class Echo:
    """A conversation that says back what it heard."""

    def __init__(self):
        self.heard = []
        self.kept = []

    def turn(self, tx, msg, *, now):
        self.heard.append((msg.text, msg.tap, msg.msg_id, now))
        return [said(f"{msg.text or msg.tap}?", replies=YES_NO, private=True)]

    def shown(self, tx, address, msg_id, *, now):
        self.kept.append((address.id, msg_id))


@pytest.fixture
def echo():
    return Echo()


@pytest.fixture
def talk(echo, sqlite_database):
    written = []
    begun = Talk(
        sqlite_database,
        echo,
        address=Address(Channel.TERMINAL, "siti"),
        clock=VirtualClock(datetime(2026, 3, 2, tzinfo=UTC), running=lambda: 0.0),
        write=written.append,
    )
    begun.written = written
    return begun


def lines(*typed):
    waiting = [*typed, None]
    return lambda: waiting.pop(0)


def test_words_labels_and_numbers_are_understood(talk, echo):
    talk.hold(lines("halo", "  ", "tidak", "#1", "[Lewati]", "#9", "'ya"))

    assert [(text, tap) for text, tap, *_ in echo.heard] == [
        ("halo", None),
        (None, "n"),
        (None, "y"),
        (None, "s"),
        ("#9", None),
        ("ya", None),
    ]


def test_a_tap_names_the_message_it_was_on(talk, echo):
    talk.hold(lines("halo", "ya"))

    assert echo.heard[1][2] == "m2"
    assert echo.kept == [("siti", "m2"), ("siti", "m3")]


def test_the_talk_can_be_pasted_into_a_transcript(talk):
    talk.hold(lines("halo", "#2"))

    assert talk.transcript == [
        "> halo",
        "< halo?",
        "  [Ya] [Tidak]",
        "  [Lewati]",
        "> [Tidak]",
        "< n?",
        "  [Ya] [Tidak]",
        "  [Lewati]",
    ]


def test_buttons_are_numbered_on_the_screen(talk):
    talk.hold(lines("halo"))

    assert talk.written[1:] == ["< halo?", "  #1 [Ya] #2 [Tidak]", "  #3 [Lewati]"]
