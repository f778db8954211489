"""Hours as people write them."""

import pytest

from bot.conversations import spoken


@pytest.mark.parametrize(
    ("said", "hour"),
    [
        ("nanti jam 19.30", "19.30"),
        ("Nanti jam 19:30 ya!", "19.30"),
        ("jam 7", "19.00"),
        ("jam 7 pagi", "07.00"),
        ("besok jam 8", "08.00"),
        ("jam 8 malam", "20.00"),
        ("pukul 12 siang", "12.00"),
        ("jam 12", "12.00"),
        ("jam 12 malam", "00.00"),
        ("jam 12 pagi", "00.00"),
        ("jam 1 siang", "13.00"),
        ("jam 11 siang", "11.00"),
        ("jam 4 sore", "16.00"),
        ("jam setengah delapan malam", "19.30"),
        ("jam setengah 8 pagi", "07.30"),
        ("mengko jam pitu bengi wae", "19.00"),
        ("sesuk jam 9 esuk", "09.00"),
        ("remind me at 7 pm", "19.00"),
        ("jam 24", "00.00"),
    ],
)
def test_an_hour_is_read_as_people_write_it(said, hour):
    minute = spoken.hour(said)

    assert minute is not None
    assert f"{minute // 60:02d}.{minute % 60:02d}" == hour


@pytest.mark.parametrize(
    "said",
    ["", "nanti", "19.30", "7", "jam", "jam 25", "jam 7.75", "jam berapa", "jam 7 atau 8", "3 jam",
     "anak saya jam 7 sekolah", "jam 99"],
)  # fmt: skip
def test_other_words_are_no_hour(said):
    assert spoken.hour(said) is None
