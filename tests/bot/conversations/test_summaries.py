"""/ringkasan and /ekspor as people see them, and the summary that comes by itself on Monday."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.conversations.unasked import KINDS
from kkb_core.messaging import Language
from kkb_core.reports.pictures import draw
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import summarising
from kkb_core.services.areas import add_area
from kkb_core.services.letters import Letter
from kkb_core.storage import areas, people, roles
from kkb_core.storage.people import PersonStatus
from kkb_core.storage.standing import arrive
from kkb_core.storage.tables import audit, outbox
from tests.kkb_core.services.answered import JENGGOT, MONDAY, READ, WEEK, settle, works
from tests.test_transcripts import Phone, read, write

WORK = Path(__file__).parents[2] / "transcripts" / "work"
TALKS = {
    "ringkasan": (Role.CADRE, Scope(JENGGOT, 1)),
    "ekspor": (Role.COORDINATOR, Scope(JENGGOT)),
    "verifikasi": (Role.COORDINATOR, Scope(JENGGOT)),
}


class Worker(Phone):
    """The phone of somebody with work, in a village that has answered."""

    async def settle(self, role: Role | None, scope: Scope, *, households: int = 40) -> int:
        self.now = MONDAY + timedelta(days=2)

        def work(tx):
            settle(tx, households)
            person = arrive(tx, self.address, now=MONDAY).person.id
            people.set_language(tx, person, Language.ID)
            people.set_status(tx, person, PersonStatus.ACTIVE)
            if role is not None:
                roles.grant_role(tx, person, Grant(role, scope), now=MONDAY)
            return person

        return await self.database.run(work)


async def told(phone: Worker, talk: str) -> str:
    lines: list[str] = []
    for line in talk.splitlines():
        if line.startswith((">", "=", "@")):
            lines += [line, *await phone.does(line)]
        elif line.startswith("#"):
            lines.append(line)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", TALKS)
async def test_the_talk_goes_as_written(name, sqlite_database, request):
    phone = Worker(sqlite_database)
    await phone.settle(*TALKS[name])
    path = WORK / f"{name}.txt"

    now = await told(phone, read(path))

    if request.config.getoption("--update-transcripts"):
        write(path, now)
    assert "!!" not in now
    assert now == read(path)


async def test_the_summary_fits_a_phone_screen(sqlite_database):
    phone = Worker(sqlite_database)
    await phone.settle(Role.CADRE, Scope(JENGGOT, 1))

    (said,) = [one for one in await phone.does("> /ringkasan") if one.startswith("<")]

    assert said.startswith("< Ringkasan 16")
    assert len("\n".join(await phone.does("> /ringkasan"))) < 2500


async def test_a_family_has_no_summary_and_a_forged_tap_shows_nothing(sqlite_database):
    phone = Worker(sqlite_database)
    await phone.settle(None, Scope(JENGGOT))

    asked = "\n".join(await phone.does("> /ringkasan"))
    forged = "\n".join(await phone._hears(tap=f"sum:at:{JENGGOT}", msg_id="1"))

    assert "untuk kader dan pengurus" in asked
    assert "Ringkasan 16" not in asked + forged


@pytest.mark.parametrize(
    "tap", [f"exp:binder:{JENGGOT}:1", f"exp:of:{JENGGOT}:1", "exp:month:33.75:1"]
)
async def test_a_cadre_gets_no_paper_by_a_forged_tap(sqlite_database, tap):
    phone = Worker(sqlite_database)
    await phone.settle(Role.CADRE, Scope(JENGGOT), households=10)

    said = "\n".join(await phone._hears(tap=tap, msg_id="1"))

    assert "document" not in said
    assert "Laporan" not in said


async def test_a_viewer_of_the_kota_chooses_a_village_and_sees_no_name(sqlite_database):
    phone = Worker(sqlite_database)
    await phone.settle(Role.VIEWER, Scope("33.75"))
    await sqlite_database.run(lambda tx: add_area(tx, "33.75.04.1010"))

    asked = "\n".join(await phone.does("> /ringkasan"))
    shown = "\n".join(await phone.does("> [Jenggot]"))

    assert "Sokoduwet" in asked
    assert "Delapan fungsi" in shown
    assert "Keluarga " not in shown.replace("Keluarga:", "").replace("Keluarga berisiko", "")


async def test_names_that_were_read_are_on_record(sqlite_database):
    phone = Worker(sqlite_database)
    person = await phone.settle(Role.CADRE, Scope(JENGGOT, 1))

    await phone.does("> /ringkasan")

    asked = select(audit.c.actor, audit.c.detail).where(audit.c.act == "see_names")
    rows = await sqlite_database.run(lambda tx: tx.execute(asked).all())
    assert [(row.actor, row.detail["rw"]) for row in rows] == [(person, 1)]


async def test_a_jury_names_the_seed_and_the_coordinator_is_told_the_names(sqlite_database):
    phone = Worker(sqlite_database)
    await phone.settle(Role.COORDINATOR, Scope(JENGGOT))

    lists = []
    for seed in ("4711", "4711", "4712"):
        await phone.does(f"> /ekspor {seed}")
        lists.append(await phone.does("> [Berkas verifikasi (PDF)]"))

    assert lists[0] == lists[1] != lists[2]
    assert sum("Keluarga " in line and "RW" in line for line in lists[0]) == 20


# -- weeks that are over -----------------------------------------------------------------------


async def keeps(phone: Worker, *mondays) -> None:
    def work(tx):
        for monday in mondays:
            summarising.enqueue(tx, READ, areas.area(tx, JENGGOT), monday=monday, now=MONDAY)

    await phone.database.run(work)


@pytest.mark.parametrize(
    ("scope", "seen", "unseen"),
    [
        (Scope(JENGGOT), "Selesai delapan fungsi", "RW 1"),
        (Scope(JENGGOT, 1), "Jenggot · RW 1", "Selesai delapan fungsi"),
    ],
)
async def test_a_week_that_was_kept_can_be_seen_again(database, scope, seen, unseen):
    phone = Worker(database)
    await phone.settle(Role.CADRE, scope)
    await keeps(phone, WEEK)
    await phone.does("> /ringkasan")

    told = "\n".join(await phone.does("> [◀ Minggu sebelumnya]"))

    assert "Ringkasan 9" in told
    assert seen in told
    assert "paling lama" in told
    assert unseen not in told
    assert "Belum selesai" not in told


async def test_a_week_nobody_kept_is_said_to_be_missing(sqlite_database):
    phone = Worker(sqlite_database)
    await phone.settle(Role.VIEWER, Scope(JENGGOT))
    await keeps(phone, WEEK, WEEK - timedelta(days=14))

    newest = "\n".join(await phone._hears(tap=f"past:{JENGGOT}:{WEEK}", msg_id="1"))

    assert "tidak tercatat" in newest


@pytest.mark.parametrize("day", ["2026-03-10", "x", "9999-99-99", ""])
async def test_a_forged_week_and_somebody_elses_village_show_nothing(sqlite_database, day):
    phone = Worker(sqlite_database)
    await phone.settle(Role.VIEWER, Scope("33.75.04.1010"))
    await keeps(phone, WEEK)

    said = [
        *await phone._hears(tap=f"past:{JENGGOT}:{day}", msg_id="1"),
        *await phone._hears(tap=f"past:{JENGGOT}:{WEEK}", msg_id="1"),
    ]

    assert "Ringkasan" not in "\n".join(said)


# -- by itself ---------------------------------------------------------------------------------


def queued(tx):
    settle(tx)
    works(tx, "pengamat", Role.VIEWER, Scope(JENGGOT))
    summarising.enqueue(tx, READ, areas.area(tx, JENGGOT), monday=WEEK, now=MONDAY)
    return tx.execute(select(outbox.c.person_id, outbox.c.params).order_by(outbox.c.id)).all()


def worded(tx, *rows, language=Language.ID):
    letters = []
    for one in rows:
        people.set_language(tx, one.person_id, language)
        person = people.person(tx, one.person_id)
        letters.append(Letter(id=1, kind="summary", params=one.params, person=person))
    return KINDS["summary"].words(tx, letters, MONDAY)


def test_monday_brings_the_village_as_a_picture_and_the_own_part_as_text(sqlite_tx):
    cadre, coordinator = queued(sqlite_tx)

    hers, whole = worded(sqlite_tx, cadre, coordinator)

    assert "Jenggot · RW 1" in str(hers.text)
    assert "RW" not in str(whole.text)
    assert hers.picture is whole.picture
    assert hers.picture.data["village"] == "Jenggot"
    assert draw(hers.picture) is draw(whole.picture)  # drawn once


@pytest.mark.parametrize("language", Language)
def test_it_is_said_in_every_language(sqlite_tx, language):
    cadre, _ = queued(sqlite_tx)

    (said,) = worded(sqlite_tx, cadre, language=language)

    assert "{" not in str(said.text)
    assert draw(said.picture).startswith(b"\x89PNG")


def test_who_lost_the_role_meanwhile_is_told_nothing(sqlite_tx):
    cadre, coordinator = queued(sqlite_tx)
    roles.revoke_role(sqlite_tx, cadre.person_id, Grant(Role.CADRE, Scope(JENGGOT, 1)), now=MONDAY)

    hers, whole = worded(sqlite_tx, cadre, coordinator)

    assert hers is None
    assert whole is not None
