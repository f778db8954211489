"""What a family is told of where it stands."""

from datetime import UTC, datetime

from tests.bot.conversations.talking import HELLO, answers, plays

ALONE = {"members": "1", "elder": "ya", "head_status": "3"}


async def test_a_function_that_does_not_apply_is_not_counted_as_done(phone):
    await plays(phone, *HELLO)
    await answers(phone, ALONE, until="Cukup dulu, simpan")

    assert "0 dari 7 fungsi selesai." in await plays(phone, "halo")


async def test_all_that_applies_is_all(phone):
    await plays(phone, *HELLO)
    await answers(phone, ALONE)
    await plays(phone, "boleh", "tidak usah")

    assert "Delapan fungsi sudah selesai." in await plays(phone, "halo")


async def test_a_rest_ends_on_the_day_of_the_familys_own_calendar(phone):
    await plays(phone, *HELLO)
    phone.now = datetime(2026, 3, 10, 18, tzinfo=UTC)  # 01.00 of the 11th in Jenggot

    assert "18 Maret 2026" in await plays(phone, "/jeda", "[1 minggu]")
