"""What a family sees of its result, and the square to scan.

`KKB_UPDATE=1 pytest tests/kkb_core/reports` draws the golden pictures anew; look at them.
"""

import os
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from kkb_core.messaging import Picture
from kkb_core.reports.pictures import FONTS, draw, printed

GOLDEN = Path(__file__).parent / "golden"
WORDS = {
    "high": "Sudah baik",
    "middle": "Cukup, terus dijaga",
    "low": "Perlu perhatian",
    "too_few_answers": "Belum cukup jawaban",
    "not_applicable": "Tidak berlaku untuk keluarga ini",
}


def line(name, band, value, change=None):
    score = f"{value:.1f}".replace(".", ",")
    return {
        "name": name,
        "state": "shown",
        "band": band,
        "word": WORDS[band],
        "value": value,
        "score": score,
        "change": change,
    }


def untold(name, state):
    empty = {"band": None, "value": None, "score": None, "change": None}
    return {"name": name, "state": state, "word": WORDS[state], **empty}


def result(**changes):
    card = {
        "title": "Hasil keluarga",
        "household": "Keluarga Ibu Siti Aminah",
        "period": "Putaran Juli\u2013Desember 2026 · RT 3 / RW 2, Jenggot",
        "functions": [
            line("Agama", "high", 88.8, "naik 4,2"),
            line("Sosial budaya", "high", 83.3, "tetap"),
            line("Cinta kasih", "middle", 77.8, "turun 2,1"),
            line("Reproduksi", "middle", 66.7),
            line("Sosialisasi dan pendidikan", "high", 100.0),
            line("Ekonomi", "low", 44.4, "naik 11,1"),
            line("Pembinaan lingkungan", "middle", 60.0),
            untold("Perlindungan", "too_few_answers"),
        ],
        "strong_title": "Yang sudah baik",
        "strong": ["Agama: ibadah bersama sudah menjadi kebiasaan."],
        "steps_title": "Langkah kecil berikutnya",
        "steps": [
            "Sisihkan sedikit uang tiap minggu, walau Rp2.000, di tempat yang aman.",
            "Datang ke posyandu bulan ini untuk menimbang balita.",
            "Ajak semua anggota keluarga makan bersama sekali sehari.",
        ],
        "notes": ["Hasil ini bukan indeks resmi."],
    }
    return Picture("result", card | changes)


FEW = result(
    household=(
        "Keluarga Besar Raden Mas Soerjodiningrat-Kusumowardhani bin Abdurrahman Wahid 😀 "
        "& Putri-Putrinya"
    ),
    functions=[
        line(
            "Sosialisasi dan pendidikan anak usia dini sampai dewasa muda di rumah",
            "low",
            0.0,
            "turun 100,0 sejak putaran Januari\u2013Juni 2026",
        ),
        *(untold(name, "too_few_answers") for name in ("Agama", "Cinta kasih", "Ekonomi")),
        *(untold(name, "not_applicable") for name in ("Reproduksi", "Sosial budaya")),
    ],
    strong=[],
    steps=[],
)
INVITATION = Picture(
    "qr",
    {
        "title": "Ikut Kampung KB Jenggot",
        "caption": "JENGGOT-7K2P",
        "url": "https://t.me/kkb_jenggot_bot?start=JENGGOT-7K2P",
    },
)
VILLAGE = Picture(
    "village",
    {
        "title": "Ringkasan kampung",
        "village": "Jenggot",
        "period": "9\u201315 Maret 2026",
        "response": "214 dari 301 keluarga menjawab (71%)",
        "share": 71,
        "falls": [
            {
                "what": "Ekonomi turun 6,2 sejak putaran lalu.",
                "why": "Dari jawaban keluarga: -4,0. Karena keluarga yang ikut berbeda: -2,2.",
            }
        ],
        "functions": [
            {
                "name": name,
                "band": band,
                "value": value,
                "score": f"{value:.1f}".replace(".", ","),
                "households": "198 keluarga",
                "change": change,
            }
            for name, band, value, change in (
                ("Agama", "high", 82.4, "+0,3 minggu ini · +1,9 sejak putaran lalu"),
                ("Ekonomi", "low", 58.1, "tetap minggu ini · -6,2 sejak putaran lalu"),
                ("Sosialisasi dan pendidikan", "middle", 71.0, ""),
            )
        ],
        "empty": "",
        "try_title": "Satu kegiatan untuk dicoba",
        "try": "Mulai tabungan bersama di UPPKA, walau Rp2.000 seminggu.",
        "notes": [
            "Perkiraan iBangga 64,8 dari 180 keluarga (bukan angka resmi)",
            "Bandingkan dengan kampung sendiri yang lalu, bukan dengan kampung lain.",
        ],
    },
)
CASES = {
    "result": result(),
    "result_few": FEW,
    "invitation": INVITATION,
    "village": VILLAGE,
}


on_a_small_phone = partial(draw, width=360)


def size(png):
    return struct.unpack(">II", png[16:24])


def pixels(png: bytes) -> np.ndarray:
    """The pixels of an 8-bit RGB(A) PNG that is not interlaced, as typst writes it."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, body, width, height, depth = 8, b"", 0, 0, 0
    while at < len(png):
        (length,), kind = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        chunk = png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, bits, colour, *rest = struct.unpack(">IIBBBBB", chunk)
            assert (bits, rest) == (8, [0, 0, 0])
            depth = {2: 3, 6: 4}[colour]
        elif kind == b"IDAT":
            body += chunk
        at += length + 12
    return unfiltered(zlib.decompress(body), (height, width, depth))


def unfiltered(raw, shape):
    height, width, depth = shape
    rows = np.frombuffer(raw, np.uint8).reshape(height, width * depth + 1)
    above, out = np.zeros((width, depth), np.uint8), np.empty(shape, np.uint8)
    for number, row in enumerate(rows):
        line = row[1:].reshape(width, depth)
        match row[0]:
            case 0:
                above = line
            case 1:
                above = np.cumsum(line, axis=0, dtype=np.uint8)
            case 2:
                above = line + above
            case other:
                above = one_by_one(line, above, paeth=other == 4)
        out[number] = above
    return out


def one_by_one(line, above, *, paeth):
    out, left, corner = [], [0] * line.shape[1], [0] * line.shape[1]
    for now, up in zip(line.tolist(), above.tolist(), strict=True):
        if paeth:
            guess = [nearest(*three) for three in zip(left, up, corner, strict=True)]
        else:
            guess = [(a + b) // 2 for a, b in zip(left, up, strict=True)]
        left, corner = [(n + g) % 256 for n, g in zip(now, guess, strict=True)], up
        out.append(left)
    return np.array(out, np.uint8)


def nearest(left, up, corner):
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))


@pytest.mark.parametrize("name", CASES)
def test_a_picture_looks_as_it_did(name):
    drawn = on_a_small_phone(CASES[name])
    golden = GOLDEN / f"{name}.png"
    if os.environ.get("KKB_UPDATE"):
        golden.write_bytes(drawn)

    if drawn == golden.read_bytes():
        return
    now, before = pixels(drawn), pixels(golden.read_bytes())
    assert now.shape == before.shape
    different = np.abs(now.astype(int) - before).max(axis=2) > 24
    assert different.mean() < 0.005, "look at it; KKB_UPDATE=1 takes it as it is"


def test_a_picture_is_1080_pixels_wide_and_fits_a_screen_and_a_half():
    width, height = size(draw(result()))

    assert width == 1080
    assert height < 2.25 * width


@pytest.mark.parametrize(
    "picture",
    [
        *CASES.values(),
        result(household="W" * 40, period="W" * 60, steps=["W" * 80]),
        result(functions=[line("M" * 60, "low", 1.0)]),
    ],
)
def test_nothing_runs_over_the_edge(picture):
    seen = pixels(on_a_small_phone(picture))

    for margin in (seen[:, :14], seen[:, -14:], seen[:14], seen[-14:]):
        assert (margin == seen[0, 0]).all()


def test_bands_are_told_apart_without_colour():
    seen = {}
    for band in ("high", "middle", "low"):
        card = result(functions=[line("Agama", band, 50.0) | {"word": "x"}], strong=[], steps=[])
        seen[band] = pixels(on_a_small_phone(card)).astype(int).mean(axis=2) < 170

    assert (seen["high"] != seen["middle"]).any()
    inked = {band: int(dark.sum()) for band, dark in seen.items()}
    assert inked["low"] < inked["middle"] < inked["high"]


def test_a_long_name_makes_the_card_taller():
    short = size(on_a_small_phone(result(household="Bu Siti")))
    long = size(on_a_small_phone(result(household="Bu Siti " * 30)))

    assert long[1] > short[1] + 100


def test_what_the_font_does_not_have_is_left_out_and_markup_is_only_text():
    plain = draw(result(household="Keluarga Siti"))

    assert draw(result(household="Keluarga 😀 Siti \u5bb6")) == plain
    assert draw(result(household='#panic() $x$ *b* "q" \\ <l> @r')) != plain


def test_a_card_without_anything_strong_and_without_steps_is_shorter():
    whole = size(on_a_small_phone(result()))
    bare = size(on_a_small_phone(result(strong=[], steps=[], notes=[])))

    assert bare[1] < whole[1] - 100


def test_a_villages_picture_is_drawn_once_and_a_familys_is_not_kept():
    assert draw(VILLAGE) is draw(VILLAGE)
    assert draw(result()) is not draw(result())


def test_many_threads_draw_the_same_picture():
    with ThreadPoolExecutor(4) as threads:
        drawn = set(threads.map(draw, [INVITATION] * 8))

    assert len(drawn) == 1


def test_a_sheet_can_be_printed():
    assert printed(INVITATION).startswith(b"%PDF-")


def test_the_fonts_are_small_and_have_their_licence_beside_them():
    fonts = list(FONTS.glob("*.ttf"))

    assert len(fonts) == 2
    assert all(font.stat().st_size < 150_000 for font in fonts)
    assert "SIL OPEN FONT LICENSE" in (FONTS / "OFL.txt").read_text()
