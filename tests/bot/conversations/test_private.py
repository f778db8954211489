"""What somebody else who takes up the phone may not see, and what somebody in need finds."""

import pytest

from tests.bot.conversations.talking import HELLO, answers, plays

TELLING = (
    "Anda tidak sendirian",
    "SAPA 129",
    "petugas terlatih",
    "aman dihubungi",
    "utang",
    "pinjaman",
)
GATE = "Apakah aman membacanya sekarang?"


def tells(said: str) -> bool:
    return any(word in said for word in TELLING)


async def has_told_of_violence(phone) -> None:
    await plays(phone, *HELLO)
    await answers(phone, until="LIN1")
    assert tells(await plays(phone, "aman", "ya"))


@pytest.mark.parametrize(
    "lines",
    [
        ("@ 40 minutes", "halo"),
        ("@ 40 minutes", "(photo)"),
        ("/lanjut",),
        ("/hapus", "[Batal]"),
        ("/bahasa", "[Bahasa Indonesia]"),
        ("/keluarga", ">> [Ya]"),
    ],
)
async def test_a_private_word_left_open_is_not_shown_before_it_is_safe(phone, lines):
    await has_told_of_violence(phone)

    told = await plays(phone, *lines)

    assert GATE in told
    assert not tells(told)
    assert "Bolehkah petugas terlatih" in await plays(phone, "[Aman]")


async def test_it_may_stay_unread(phone):
    await has_told_of_violence(phone)

    told = await plays(phone, "@ 2 days", "halo", "nanti")

    assert not tells(told)
    assert "Apakah aman menjawab sekarang?" in told


async def test_words_that_are_not_understood_at_once_leave_it_open(phone):
    await has_told_of_violence(phone)

    assert "Bolehkah petugas terlatih" in await plays(phone, "hmm")


@pytest.mark.parametrize("words", ["tolong", "Butuh bantuan!", "saya dipukul suami", "KDRT"])
async def test_a_cry_for_help_is_heard_anywhere_and_leaves_the_screen(phone, words):
    await plays(phone, *HELLO)

    told = await plays(phone, words)

    assert "SAPA 129" in told
    assert told.startswith("<x")
    assert "Ada berapa orang" in await plays(phone, "[Tutup pesan ini]")


async def test_a_cry_for_help_is_heard_before_anything_else_was_said(phone):
    assert "SAPA 129" in await plays(phone, "tolong")


@pytest.mark.parametrize("words", ["pagi", "1", "Pagi (8-11)"])
async def test_the_hour_may_be_typed(phone, words):
    await has_told_of_violence(phone)

    assert "Tersimpan." in await plays(phone, "boleh", words)


async def test_a_cry_for_help_beside_a_private_question_takes_both_off_the_screen(phone):
    await plays(phone, *HELLO)
    await answers(phone, until="LIN1")
    await plays(phone, "aman", "saya dipukul")

    left = [str(out.text) for out in phone.screen.messages.values()]
    assert not any("apakah ada anggota keluarga yang dipukul" in text for text in left)
    assert any("SAPA 129" in text for text in left)


@pytest.fixture
async def two_phones(phone):
    """Siti has answered, of a blow too; Budi came by her invitation."""
    await plays(phone, *HELLO)
    await answers(phone, {"LIN1": "ya"})
    await plays(phone, "/undang", "= budi", "/start {code}", *HELLO[1:4])
    return phone


async def test_another_phone_is_not_told_what_a_band_would_tell(two_phones):
    told = await plays(two_phones, "/hasil")

    for function in ("Perlindungan", "Reproduksi", "Ekonomi"):
        assert f"{function}: sudah dijawab anggota keluarga lain" in told
    assert "Agama: Sudah baik" in told


async def test_who_answered_in_private_is_told_the_own_result(two_phones):
    told = await plays(two_phones, "= siti", "/hasil")

    assert "Reproduksi: Sudah baik" in told
    assert "anggota keluarga lain" not in told
