import re
from importlib import resources

import pytest

CSS = resources.files("bot.web").joinpath("static/chat.css").read_text("utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#\w+)", block))
    for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
)
READ = [
    ("ink", "ours"), ("ink", "theirs"), ("ink", "card"), ("ink", "page"), ("soft", "ours"), ("soft", "theirs"),
    ("soft", "card"), ("soft", "page"), ("soft", "wall"), ("accent", "button"), ("accent", "button-over"), ("accent", "ours"),
    ("on-brand", "brand"), ("on-brand", "brand-deep"),
]  # fmt: skip


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_the_greatest_contrast():
    assert contrast("#000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize(("words", "ground"), READ)
@pytest.mark.parametrize("colours", [LIGHT, LIGHT | DARK], ids=["light", "dark"])
def test_words_stand_out_from_what_they_are_written_on(colours, words, ground):
    assert contrast(colours[words], colours[ground]) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, LIGHT | DARK], ids=["light", "dark"])
def test_the_focus_ring_stands_out(colours):
    for ground in ("wall", "page", "card", "button"):
        assert contrast(colours["ring"], colours[ground]) >= 3


def test_the_style_fetches_nothing():
    assert "url(" not in CSS
    assert "@import" not in CSS
