"""Ada perubahan? Once a month, to who has answered everything, and each button leads somewhere."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from kkb_core.roles import Scope
from kkb_core.services import reminding
from kkb_core.services.reminding import Policy
from kkb_core.storage import help as helping
from kkb_core.storage import people
from kkb_core.storage.people import PersonStatus
from kkb_core.storage.standing import arrive
from kkb_core.storage.tables import interviews, outbox
from kkb_core.survey.interview import relevant_questions
from tests.bot.conversations.test_ways_out import HELLO, plays
from tests.test_transcripts import BEGIN, JENGGOT, Phone

DAY = timedelta(days=1)


@pytest.fixture
async def phone(database):
    """A family that answered everything, and has come back to its home since."""
    made = Phone(database)
    await made.prepare()
    await plays(made, *HELLO)

    def finish(tx):
        asked = made.definitions.current
        answers = {"members": "3", "couple": "ya", "wife_age": "30", "pregnant": "tidak"}
        for section in asked.sections:
            while left := [
                name
                for name in relevant_questions(asked, answers, section.name)
                if name not in answers
            ]:
                answers[left[0]] = ""
        done = {"answers": answers, "completed_at": BEGIN, "updated_at": BEGIN}
        tx.execute(update(interviews).values(done))

    await database.run(finish)
    return made


async def asked(phone, days, hours=11):
    """What comes on the evening so many days later."""
    await phone.does(f"@ {days - 1} days")
    await phone.does("@ 22 hours")
    return "\n".join(await phone.does(f"@ {hours + 2} hours"))


async def test_a_month_after_the_last_answer_the_family_is_asked(phone):
    told = await asked(phone, 30)

    assert "Ada perubahan di keluarga bulan ini?" in told
    assert "[Ada yang hamil]" in told


@pytest.mark.parametrize("days", [1, 29, 31])
async def test_on_other_days_it_is_not(phone, days):
    assert "Ada perubahan" not in await asked(phone, days)


@pytest.mark.parametrize("status", [PersonStatus.PAUSED, PersonStatus.STOPPED])
async def test_who_paused_or_stopped_is_not_asked(phone, status):
    def stand(tx):
        person = arrive(tx, phone.address, now=BEGIN).person.id
        people.set_status(tx, person, status)

    await phone.database.run(stand)

    assert "Ada perubahan" not in await asked(phone, 30)


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("Ada yang hamil", "Apakah ada yang sedang hamil?"),
        ("Pindah rumah", "Bolehkah kader menghubungi Anda"),
        ("Ada yang sakit", "Bolehkah kader menghubungi Anda"),
        ("Butuh bantuan", "Bolehkah kader menghubungi Anda"),
        ("Tidak ada", "Sampai bulan depan"),
    ],
)
async def test_each_button_leads_somewhere(phone, label, shown):
    await asked(phone, 30)

    assert shown in await plays(phone, f"[{label}]")


async def test_a_pregnancy_is_an_answer_of_the_profile_then(phone):
    await asked(phone, 30)
    await plays(phone, "[Ada yang hamil]", "[Ya]")

    answers = await phone.database.read(
        lambda tx: tx.execute(select(interviews.c.answers)).scalar()
    )

    assert answers["pregnant"] == "ya"


async def test_help_is_asked_for_once_it_may_come(phone):
    await asked(phone, 30)
    await plays(phone, "[Butuh bantuan]", "[Boleh dihubungi]")

    def wanted(tx):
        return helping.help_wanted(tx, Scope(JENGGOT))

    (request,) = await phone.database.read(wanted)
    assert request.question is None


async def test_a_foreign_household_and_a_made_up_change_lead_nowhere(phone):
    for tap in ("change:pregnant:99", "change:everything:1"):
        said = await phone._hears(tap=tap, msg_id="1")
        assert "Tombol itu sudah lama" in said[0]


async def test_it_is_one_message_a_day_with_the_reminders(phone):
    def plan(tx):
        for _ in range(2):
            while reminding.plan(tx, phone.definitions, Policy(), now=BEGIN + 30 * DAY):
                pass
        return len(tx.execute(select(outbox)).all())

    assert await phone.database.run(plan) == 1
