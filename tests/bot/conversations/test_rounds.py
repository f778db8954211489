"""Two phones in one household, and rounds that end while somebody is on their way."""

from kkb_core import definitions
from kkb_core.services import areas
from tests.bot.conversations.talking import HELLO, answers, plays
from tests.test_transcripts import JENGGOT

ROUND = "200 days"


async def opens_a_round(phone) -> None:
    """One more round of the village, begun now."""
    asked = definitions.load().current
    await phone.database.run(
        lambda tx: areas.open_round(tx, JENGGOT, questionnaire=asked, now=phone.now)
    )


async def has_answered_a_round(phone) -> None:
    await plays(phone, *HELLO)
    await answers(phone)
    await plays(phone, "[Boleh]", "[Tidak usah]")


async def test_a_phone_still_asked_if_all_is_the_same_learns_that_the_other_answered_all(phone):
    await has_answered_a_round(phone)
    await plays(phone, f"@ {ROUND}", "halo", "/undang")
    await plays(phone, "= budi", "halo", "[Bahasa Indonesia]", "[Ya]", "[Saya setuju]", "{code}")
    await plays(phone, "= siti", "[Masih sama]")
    await answers(phone)

    told = await plays(phone, "= budi", "[Masih sama]")

    assert "Delapan fungsi sudah selesai." in told


async def test_whether_all_is_the_same_is_not_asked_for_a_round_that_is_over(phone):
    await has_answered_a_round(phone)
    await plays(phone, f"@ {ROUND}", "halo", f"@ {ROUND}")
    assert "belum ada putaran" in await plays(phone, "[Masih sama]")
    await opens_a_round(phone)

    await plays(phone, "halo", "[Masih sama]")
    await answers(phone, until="SOS1")

    assert "Putaran April–Oktober 2027" in await plays(phone, "/hasil")


async def test_the_last_result_is_told_where_no_round_is_open(phone):
    await has_answered_a_round(phone)
    await plays(phone, "/keluarga", "[Tambah keluarga]", "jenggot", "1", "1", "Keluarga B")
    await plays(phone, "@ 800 days", "/keluarga", "[Keluarga A]")

    told = await plays(phone, "/hasil")

    assert "Hasil keluarga Anda\n  🏠 Keluarga A" in told
