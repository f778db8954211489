"""Ways out of every corner of a talk, and what may not stay on a screen."""

from datetime import timedelta

import pytest

from bot.terminal import shown
from kkb_core import definitions
from kkb_core.messaging import MsgIn
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import inviting
from kkb_core.survey.interview import relevant_questions
from tests.test_transcripts import BEGIN, JENGGOT, Phone

HELLO = ("halo", "[Bahasa Indonesia]", "[Ya]", "[Saya setuju]", "jenggot", "3", "2", "Keluarga A")


@pytest.fixture
async def phone(database):
    made = Phone(database)
    await made.prepare()
    return made


async def plays(phone: Phone, *lines: str) -> str:
    """What is shown after the last of *lines*."""
    said: list[str] = []
    for line in lines:
        said = await phone.does(line if line[0] in "@>" else f"> {line}")
        assert not any("!!" in one for one in said), line
    return "\n".join(said)


async def reaches_private(phone: Phone) -> str:
    """Two people answer until the first private question is about to be asked."""
    await plays(phone, *HELLO, "2", "tidak", "tidak", "tidak ada", "tidak", "tidak", "kawin")
    for _ in range(80):
        labels = [button.label for _, button in phone.screen.buttons()]
        if "Aman" in labels:
            return "\n".join(shown(list(phone.screen.messages.values())[-1]))
        lewati = "Lewati" in labels
        await plays(phone, "[Lewati]" if lewati else f"[{labels[0]}]")
    raise AssertionError("no private question came")


async def test_somebody_invited_to_a_role_is_told_so_before_anything_else(phone):
    grant = Grant(Role.CADRE, Scope(JENGGOT, 3))
    issued = await phone.database.run(
        lambda tx: inviting.invite_to_role(tx, grant, by=None, now=BEGIN)
    )

    told = await plays(phone, f"/start {issued.code}", "[Bahasa Indonesia]")

    assert "Anda sekarang kader di Jenggot." in told


async def test_a_private_question_may_be_answered_in_words_after_a_long_break(phone):
    await reaches_private(phone)

    told = await plays(phone, "@ 40 minutes", "aman", "tidak")

    assert "Apakah aman" not in told


async def test_a_private_question_left_standing_asks_again_whether_it_is_safe(phone):
    await reaches_private(phone)

    told = await plays(phone, "aman", "@ 40 minutes", "tidak")

    assert "Apakah aman menjawab sekarang?" in told


async def test_who_began_to_add_a_family_can_go_on_with_the_one_they_have(phone):
    await plays(phone, *HELLO, "3", "/keluarga", "[Tambah keluarga]")

    told = await plays(phone, "/lanjut")

    assert "Apakah ada pasangan suami istri?" in told


async def test_erasing_takes_private_messages_off_the_screen_too(phone):
    await reaches_private(phone)
    await plays(phone, "aman")
    private = [key for key, out in phone.screen.messages.items() if out.private]

    await plays(phone, "/hapus", "[Ya, hapus semua]")

    assert private
    assert not set(private) & phone.screen.messages.keys()


async def test_sweeping_takes_what_nobody_answered_off_the_screen(phone):
    await reaches_private(phone)
    await plays(phone, "aman")
    later = phone.now + timedelta(minutes=20)

    swept = await phone.database.run(lambda tx: phone.conversations.sweep(tx, now=later))
    again = await phone.database.run(lambda tx: phone.conversations.sweep(tx, now=later))

    assert [address for address, _ in swept] == [phone.address]
    assert again == []


@pytest.mark.parametrize(
    "data", ["", ":", "a", "a:1", "a:1:x:y:z", "n:1:LIN1:1:back", "edit:q:1:LIN1", "fam:99", "permit:x:yes", "lang:xx", "q" * 64]
)  # fmt: skip
async def test_forged_buttons_show_where_the_person_is(phone, data):
    await plays(phone, *HELLO)
    msg = MsgIn(address=phone.address, tap=data, msg_id="m1")

    outs = await phone.database.run(lambda tx: phone.conversations.turn(tx, msg, now=phone.now))

    assert "Ada berapa orang" in str(outs[-1].text)


def test_two_people_have_a_private_question_to_reach():
    asked = definitions.load().current
    private = [name for name, one in asked.questions.items() if one.sensitive]

    assert set(private) & set(relevant_questions(asked, {"members": "2"}))
