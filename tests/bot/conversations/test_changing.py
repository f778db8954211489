"""/ubah: every answer can be changed, from wherever the person stands."""

from tests.bot.conversations.talking import HELLO, answers, plays


async def has_a_result(phone, given=None) -> None:
    await plays(phone, *HELLO)
    await answers(phone, given)


async def test_an_answer_is_changed_before_the_consents_after_the_result_are_answered(phone):
    await has_a_result(phone)

    told = await plays(phone, "/ubah", "[Agama]", "[1]", "[Tidak]")

    assert "✓ Tersimpan: Tidak" in told
    assert "Bolehkah jawaban keluarga ini ikut dihitung" in told


async def test_a_changed_answer_that_asks_for_help_asks_for_contact(phone):
    await has_a_result(phone)
    await plays(phone, "[Boleh]", "[Boleh]")

    told = await plays(phone, "/ubah", "[Ekonomi]", "[3]", "[Ya]")

    assert "Bolehkah kader menghubungi Anda untuk membantu?" in told


async def test_a_private_word_is_finished_before_an_answer_is_changed(phone):
    await plays(phone, *HELLO)
    await answers(phone, until="EKO6")
    await plays(phone, "aman", "ya")

    told = await plays(phone, "/ubah", "[Agama]", "[1]")

    assert "Ada pesan pribadi untuk Anda." in told


async def test_each_private_answer_can_be_given_again(phone):
    await has_a_result(phone)
    await plays(phone, "/ubah", "[Perlindungan]")

    told = await plays(phone, "[Pertanyaan pribadi 3]", "[Aman]")

    assert "apakah anak sering dipukul" in told


async def test_an_answer_looked_at_again_can_be_left_as_it_is(phone):
    await plays(phone, *HELLO)
    await answers(phone, until="AGM3")

    assert "Jawaban tadi: Selalu" in await plays(phone, "[Kembali]")
    assert "✓ Tersimpan: Selalu" in await plays(phone, "[Biarkan jawaban tadi]")

    told = await plays(phone, "/ubah", "[Data keluarga]", "[5]", "[Biarkan jawaban tadi]")
    assert "✓ Tersimpan: 0-23 bulan, 7-15 tahun" in told
    assert "Agama · 3 dari 7" in told


async def test_a_private_answer_can_be_left_as_it_is_without_being_shown(phone):
    await has_a_result(phone)

    shown = await plays(phone, "/ubah", "[Perlindungan]", "[Pertanyaan pribadi 1]", "aman")
    told = await plays(phone, "biarkan")

    assert "Jawaban tadi" not in shown
    assert "✓ Tersimpan." in told


async def test_an_answer_that_is_skipped_after_all_is_said_to_be_gone(phone):
    await plays(phone, *HELLO)
    await answers(phone, until="AGM3")

    assert "Jawaban tadi tidak dipakai lagi." in await plays(phone, "[Kembali]", "[Lewati]")


async def test_back_at_the_first_question_says_so(phone):
    await plays(phone, *HELLO)
    await answers(phone, until="SOS1")

    assert "belum ada jawaban sebelum pertanyaan ini" in await plays(phone, "[Kembali]")


async def test_a_family_corrects_its_name_and_where_it_lives(phone):
    await plays(phone, *HELLO)
    await answers(phone, until="AGM3")

    shown = await plays(phone, "/ubah", "[Nama, RW, dan RT]")
    told = await plays(phone, "RT 7 / RW 8", "Keluarga Bu Tun")

    assert "Sekarang tercatat: Keluarga A, RT 2 RW 3." in shown
    assert "Sudah diubah: Keluarga Bu Tun, RT 7 RW 8." in told
    assert "Agama · 3 dari 7" in told
    assert "Keluarga: Keluarga Bu Tun, RT 7 RW 8, Jenggot" in await plays(phone, "/data_saya")


async def test_a_family_that_moved_keeps_its_name_and_may_change_its_mind(phone):
    await plays(phone, *HELLO, "/ubah", "[Nama, RW, dan RT]")
    assert "Data keluarga · 1 dari 5" in await plays(phone, "[Batal]")

    told = await plays(
        phone, "/ubah", "[Nama, RW, dan RT]", "4", "[Kembali]", "5", "6", "[Lewati]"
    )

    assert "Sudah diubah: Keluarga A, RT 6 RW 5." in told
