"""What follows a hard answer: thanks, help at once, and whether somebody may get in touch."""

from tests.bot.conversations.talking import HELLO, answers, plays


async def test_hunger_and_debt_in_one_section_still_ask_whether_a_cadre_may_get_in_touch(phone):
    await plays(phone, *HELLO)
    await answers(phone, {"EKO3": "ya"}, until="EKO6")

    told = await plays(phone, "aman", "ya", "[Lanjut]")

    assert "Fungsi Ekonomi selesai dan tersimpan." in told
    assert "Bolehkah kader menghubungi Anda untuk membantu?" in told


async def test_a_private_answer_given_last_leads_to_the_result(phone):
    await plays(phone, *HELLO)
    await answers(phone, until="LIN1")
    await plays(phone, "nanti")
    await answers(phone, until="LIN6")
    await plays(phone, "nanti")
    await answers(phone)
    await plays(phone, "[Boleh]", "[Tidak usah]", "[Jawab pertanyaan pribadi]")

    told = await plays(phone, "aman", "tidak", "4", "ya", "[Jangan hubungi saya]")

    assert "Hasil keluarga Anda" in told


async def test_hunger_is_not_forgotten_when_another_family_is_taken_up_in_between(phone):
    await plays(phone, *HELLO, "/keluarga", "[Tambah keluarga]", "jenggot", "1", "1", "Keluarga B")
    await answers(phone, {"EKO3": "ya"}, until="EKO4")
    await plays(phone, "/keluarga", "[Keluarga A]", "/keluarga", "[Keluarga B]")
    await answers(phone, until="EKO6")

    told = await plays(phone, "aman", "tidak")

    assert "Bolehkah kader menghubungi Anda untuk membantu?" in told
