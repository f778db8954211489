"""Somebody who types what the buttons say, and other words for it."""

import pytest

from tests.bot.conversations.talking import HELLO, answers, plays


@pytest.mark.parametrize("words", ["Jangan hubungi saya", "tidak usah", "gak usah", "tidak mau"])
async def test_not_to_be_contacted_is_understood_in_words(phone, words):
    await plays(phone, *HELLO)
    await answers(phone, until="LIN1")
    await plays(phone, "aman", "ya")

    told = await plays(phone, words)

    assert "Tersimpan." in told
    assert "belum paham" not in told


@pytest.mark.parametrize("words", ["tidak aman", "belum aman", "2"])
async def test_that_it_is_not_safe_is_understood_in_words(phone, words):
    await plays(phone, *HELLO)
    await answers(phone, until="LIN1")

    assert "Pertanyaan pribadi kita simpan untuk lain waktu." in await plays(phone, words)


async def test_the_third_button_may_be_typed_as_its_number(phone):
    await plays(phone, *HELLO)
    await answers(phone, until="LIN1")

    assert "Dilewati." in await plays(phone, "3")


async def test_back_from_the_question_whether_it_is_safe(phone):
    await plays(phone, *HELLO)
    await answers(phone, until="EKO6")

    assert "merencanakan belanja" in await plays(phone, "kembali")


@pytest.mark.parametrize("words", ["lanjut", "Lanjutkan", "next"])
async def test_going_on_is_understood_in_words(phone, words):
    await plays(phone, *HELLO)
    await answers(phone, until="AGM1")

    told = await plays(phone, "nanti saja", words)
    assert "belum paham" not in told
    assert "rutin beribadah" in told

    await answers(phone, until="Cukup dulu, simpan")
    assert "Sosial budaya · 1 dari 6" in await plays(phone, words)


async def test_result_and_change_are_understood_in_words(phone):
    await plays(phone, *HELLO)
    await answers(phone, until="SOS1")
    await answers(phone, until="Cukup dulu, simpan")
    await plays(phone, "[Cukup dulu, simpan]")

    assert "Hasil sementara" in await plays(phone, "lihat hasil")
    assert "Bagian mana yang mau diubah?" in await plays(phone, "ubah jawaban")


async def test_that_nothing_changed_is_understood_in_words(phone):
    await plays(phone, *HELLO)
    await answers(phone)
    await plays(phone, "boleh", "tidak usah", "@ 200 days", "halo")

    assert "Agama · 1 dari 7" in await plays(phone, "masih sama")


async def test_what_is_not_understood_is_said_on_every_screen(phone):
    sorry = "Maaf, di sini kami hanya bisa membaca tulisan dan tombol."
    await plays(phone, "halo", "[Bahasa Indonesia]", "[Belum]")
    assert sorry in await plays(phone, "(photo)")

    await plays(phone, "/mulai", "[Ya]")
    assert sorry in await plays(phone, "(photo)")

    await plays(phone, "[Tidak setuju]")
    assert "Baik, tidak ada yang dihapus." in await plays(phone, "/hapus", "[Batal]")
