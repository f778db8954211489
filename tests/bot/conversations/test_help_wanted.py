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
