"""What people, and programs that pretend to be people, may send: valid, hostile and broken."""

from collections.abc import Mapping
from copy import deepcopy
from random import Random
from typing import Any

WORDS = (
    "ya", "tidak", "?", "1", "2", "3", "30", "inggih", "mboten", "selesai", "kembali", "lewati",
    "nanti", "aman", "jelaskan", "bantu kader", "kawin", "1990-03-09", "9/3/1990", "12,5", "kemarin",
    "halo", "JENGGOT", "Bahasa Indonesia", "Saya setuju", "a b c", "1 2", "1,2 dan 3",
)  # fmt: skip
HOSTILE = (
    "", " ", "\n", "\x00", "\x00\x01\x02\x1f\x7f", "\u202e\u202d abc", "\u200b\u200d\ufeff", "\ud800", "a\udfffb",
    "<b>&amp;</b><script>alert(1)</script>", "</b>", "<a href='tg://user?id=1'>x</a>", "&lt;&#x3c;", "%s %d {0} {name} ${x}",
    "'; DROP TABLE people;--", "=1+1", "@SUM(A1)", "-1", "+1", "--1", "٣", "１２", "½", "Ⅳ", "1e308", "1e-9", "NaN", "inf",
    "9" * 400, "0" * 5000, "0.000000000000000000001", "1_000", "0x10", "2026-02-30", "0000-00-00", "9999-12-31", "31/12/99999",
    "ꦱꦶꦠꦶ", "سيتي", "ห้า", "👨‍👩‍👧" * 300, "x" * 4096, "x" * 20_000, "Z̴̨" * 900, "*_`[" * 200, "\r\n" * 2000,
    "/", "//", "/ ", "/start", "/start@kkb_bot", "/mulai " + "x" * 500, "/entah", "/\x00", "/START jenggot", "a:1:AGM1:0:ya",
)  # fmt: skip
COMMANDS = (
    "start", "mulai", "lanjut", "hasil", "ubah", "keluarga", "undang", "bahasa", "data_saya", "jeda",
    "berhenti", "hapus", "privasi", "bantuan", "help",
)  # fmt: skip
TAPS = (
    "", ":", "::::", "a:", "n:1", "a:x:y:z:w", "lang:xx", "lang:jv", "adult:yes", "adult:no", "consent:yes", "consent:no",
    "consent:", "join:rw:1", "join:rt:0", "join:name:", "join:name:<b>", "join:code:x", "same:yes", "same:no", "same:", "home:on",
    "home:enough", "home:result", "home:edit", "home:", "result:picture:1", "result:x:y", "edit:s:1:agama", "edit:q:1:LIN1",
    "edit:x:0:0", "pausing:week", "pausing:open", "stopping:yes", "erasing:yes", "erasing:no", "fam:add", "fam:invite", "fam:1",
    "fam:999999999999999999999", "permit:contact:yes", "permit:x:no", "call:yes", "aside:a:b", "help:x", "\x00", "é" * 32,
    "q" * 300, "\ud800", "a:9223372036854775808:AGM1:0:ya",
)  # fmt: skip
OTHER = ("photo", "sticker", "voice", "contact", "location", "dice", "poll", "pinned_message", "x")
JUNK = (
    None, True, False, 0, -1, 1.5, 1e308, 2**31, 2**63, 2**64, 10**400, "", "x", "1", [], [None],
    {}, {"id": 1}, {"id": "1"}, float("inf"),
)  # fmt: skip


def text(draw: Random) -> str:
    """Something written."""
    luck = draw.random()
    if luck < 0.55:
        return draw.choice(WORDS)
    if luck < 0.8:
        return draw.choice(HOSTILE)
    if luck < 0.9:
        return str(draw.choice((draw.randrange(100), draw.randrange(10**12), draw.random() * 99)))
    ranges = ((32, 127), (0, 0x250), (0x600, 0x700), (0xA980, 0xA9E0), (0x1F300, 0x1F700))
    low, high = draw.choice(ranges)
    return "".join(chr(draw.randrange(low, high)) for _ in range(draw.randrange(1, 60)))


def forged(draw: Random, data: str) -> str:
    """A button's data with one part of it changed."""
    parts = data.split(":")
    place = draw.randrange(len(parts))
    match draw.randrange(4):
        case 0 if parts[place].isdigit():
            parts[place] = str(int(parts[place]) + draw.choice((-2, -1, 1, 2, 7, 10**9)))
        case 1:
            parts[place] = draw.choice(("", "0", "-1", "x", "ya", "?", "999999", "\x00", "+", "-"))
        case 2:
            del parts[place]
        case _:
            parts.insert(place, draw.choice(parts))
    return ":".join(parts)


def broken(draw: Random, raw: Mapping[str, Any]) -> Any:
    """*raw* with something missing or of the wrong kind, somewhere in it."""
    whole: Any = deepcopy(dict(raw))
    here = whole
    while True:
        key = draw.choice(list(here))
        if isinstance(here[key], dict) and here[key] and draw.random() < 0.75:
            here = here[key]
            continue
        if draw.random() < 0.4:
            del here[key]
        else:
            here[key] = deepcopy(draw.choice(JUNK))
        return whole
