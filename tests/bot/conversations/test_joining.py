"""RW, RT and a nickname, as people write them."""

import pytest

from tests.bot.conversations.talking import plays

BEGUN = ("halo", "[Bahasa Indonesia]", "[Ya]", "[Saya setuju]", "jenggot")


@pytest.mark.parametrize(
    "written",
    [
        ("rw 3", "rt 2"),
        ("RW03", "RT02"),
        ("tiga", "dua ya"),
        ("RT 02 / RW 03",),
        ("rw: 3 rt: 2",),
        ("rw tiga, rt dua",),
        ("4", "RT 02/RW 03"),
        ("4", "kembali", "3", "2"),
        ("4", "[Kembali]", "3", "9", "[Kembali]", "2"),
    ],
)
async def test_rw_and_rt_are_read_as_they_are_written(phone, written):
    await plays(phone, *BEGUN)

    told = await plays(phone, *written, "Keluarga A")

    assert "Keluarga A sudah tercatat di RT 2 RW 3." in told


@pytest.mark.parametrize("written", ["RW 0", "100", "002/003", "RT 2", "tidak tahu", "-", "3.5"])
async def test_what_is_no_rw_is_asked_again(phone, written):
    await plays(phone, *BEGUN)

    assert "RW berapa?" in await plays(phone, written)


@pytest.mark.parametrize(
    "name",
    ["3375 0410 0450 0001", "3375-0410-0450-0001", "0812 3456 7890", "Siti 33.75.04.100450.0001"],
)
async def test_an_identity_or_telephone_number_is_no_nickname(phone, name):
    await plays(phone, *BEGUN, "3", "2")

    assert "tanpa nomor panjang" in await plays(phone, name)


@pytest.mark.parametrize("name", ["lewati", "Lewati", "\u200b\u202e", "  "])
async def test_a_nickname_that_is_none_is_ours(phone, name):
    await plays(phone, *BEGUN, "3", "2")

    assert "Keluarga saya sudah tercatat" in await plays(phone, name)


async def test_a_nickname_keeps_what_can_be_read(phone):
    await plays(phone, *BEGUN, "3", "2")

    told = await plays(phone, "\u202e<b>Bu Siti</b>\u0007 \u2764\ufe0f RT 2 1990")

    assert "< <b>Bu Siti</b> \u2764\ufe0f RT 2 1990 sudah tercatat" in told


async def test_the_village_s_link_pressed_again_leads_back_to_the_family(phone):
    await plays(phone, *BEGUN, "3", "2", "Keluarga A", "4")

    told = await plays(phone, "/start JENGGOT")

    assert "Anda sudah ikut di Keluarga A." in told
    assert "Apakah ada pasangan suami istri?" in told


async def test_who_stopped_comes_back_by_the_village_s_link(phone):
    await plays(phone, *BEGUN, "3", "2", "Keluarga A", "4", "/berhenti", "[Ya, berhenti]")

    told = await plays(phone, "/start JENGGOT", "[Saya setuju]")

    assert "Apakah ada pasangan suami istri?" in told


async def test_one_more_family_still_comes_in_by_the_same_code(phone):
    await plays(phone, *BEGUN, "3", "2", "Keluarga A", "4", "/keluarga", "[Tambah keluarga]")

    assert "RW berapa?" in await plays(phone, "jenggot")
