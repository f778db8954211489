"""People with work: no button or word opens what their role does not; nothing private passes a cadre."""

import pytest
from sqlalchemy import func, select

from bot.conversations import appointing, cases, field_check, filling, residents, tasks, work
from bot.conversations.doors import joined
from kkb_core import definitions
from kkb_core.messaging import Language, MsgIn
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import inviting
from kkb_core.storage import conversations, interviews, people, roles
from kkb_core.storage.interviews import Via
from kkb_core.storage.people import PersonStatus
from kkb_core.storage.standing import standing
from kkb_core.storage.tables import metadata
from tests.bot.conversations.test_ways_out import HELLO, plays
from tests.test_transcripts import BEGIN, JENGGOT, Phone
from tests.working import delivered, given_role

ASKED = definitions.load().current
WHATS = (
    "list", "open", "script", "met", "refused", "close", "answer", "search", "add", "pause", "wake",
    "merge", "into", "unmerge", "moved", "begin", "survey", "greet", "closed_safe", "start", "revoke",
    "family", "cadre", "admin", "1", "2", "of", "may", "agrees", "away", "next",
)  # fmt: skip
SILENT = {"prompts", "invite_tries"}  # private messages on a screen; codes that were tried
DOORS = joined(
    one.DOORS for one in (appointing, cases, field_check, filling, residents, tasks, work)
)  # what only people with work may


@pytest.fixture
async def phone(sqlite_database):
    made = Phone(sqlite_database)
    await made.prepare()
    return made


@pytest.fixture
async def family(phone):
    """A family that has begun, and called for the cadre."""
    await plays(phone, *HELLO, "[Bantu kader]", "[Boleh dihubungi]")
    return phone


async def taps(phone, data):
    msg = MsgIn(address=phone.address, tap=data, msg_id="m1")
    return await phone.database.run(lambda tx: phone.conversations.turn(tx, msg, now=phone.now))


async def rows(phone):
    """How many rows each table has, and what the flags and households say."""

    def work(tx):
        tables = {name: table for name, table in metadata.tables.items() if name not in SILENT}
        counts = {
            n: tx.execute(select(func.count()).select_from(t)).scalar_one()
            for n, t in tables.items()
        }
        said = {
            n: [tuple(r) for r in tx.execute(select(tables[n]))]
            for n in ("flags", "households", "help_requests", "invites", "roles")
        }
        return counts, said

    return await phone.database.run(work)


def forged(verb):
    """Buttons nobody offered: everything the verb knows, about things that are there."""
    more = DOORS.taps[verb][0] - 1
    rests = {
        0: ("",),
        1: (":1", ":1-2", ":yes"),
        2: (":1:0", ":walk:0"),
        3: (f":{JENGGOT}:3:2", ":1:-:-"),
    }
    return [f"{verb}:{what}{rest}" for what in WHATS for rest in rests[more]]


async def taps_all(phone, verb):
    """What is shown after each of them, in one transaction."""

    def work(tx):
        outs = []
        for data in forged(verb):
            msg = MsgIn(address=phone.address, tap=data, msg_id="m1")
            outs += phone.conversations.turn(tx, msg, now=phone.now)
        return [str(out.text) for out in outs]

    return await phone.database.run(work)


@pytest.mark.parametrize("verb", sorted(DOORS.taps))
async def test_a_forged_button_of_any_work_changes_nothing_for_a_family(family, verb):
    before = await rows(family)

    shown = await taps_all(family, verb)

    assert all("Ada berapa orang" in one for one in shown)
    assert await rows(family) == before


@pytest.mark.parametrize("command", sorted(DOORS.commands.keys() - {"undang"}))
async def test_a_command_of_any_work_shows_a_family_where_it_is(family, command):
    told = await plays(family, f"/{command}", f"/{command} RT02-1: 1=2")

    assert "Ada berapa orang" in told


@pytest.mark.parametrize("role", [Role.PROTECTION, Role.VIEWER, Role.ADMIN])
@pytest.mark.parametrize("verb", ["task", "res", "fill", "ver"])
async def test_who_does_not_look_after_families_opens_none(family, role, verb):
    family.take_up("other")
    await given_role(family, role, Scope(JENGGOT))
    before = await rows(family)

    shown = await taps_all(family, verb)

    assert not any("Keluarga A" in one for one in shown)
    assert await rows(family) == before


@pytest.mark.parametrize("role", [Role.CADRE, Role.COORDINATOR, Role.ADMIN, Role.VIEWER])
async def test_nobody_but_the_officer_opens_a_case(family, role):
    family.take_up("other")
    await given_role(family, role, Scope(JENGGOT))
    before = await rows(family)

    await taps_all(family, "case")

    assert await rows(family) == before


@pytest.mark.parametrize("topic", sorted(DOORS.topics))
async def test_words_typed_after_a_role_was_taken_away_change_nothing(family, topic):
    family.take_up("rini")
    person = await given_role(family, Role.CADRE, Scope(JENGGOT, 3))
    place = {"area": JENGGOT, "rw": 3, "rt": 2}
    state = {"request": 1, "household": 1, "kind": "survey", "line": "", **place}

    def taken_away(tx):
        roles.revoke_role(tx, person, Grant(Role.CADRE, Scope(JENGGOT, 3)), now=family.now)
        nowhere = {"household_id": None, "interview_id": None, "now": family.now}
        conversations.save_conversation(tx, person, topic=topic, state=state, **nowhere)

    await family.database.run(taken_away)
    before = await rows(family)

    for said in ("ya", "2", "Bu Nur", "RT02-1: 1=2"):
        assert "Keluarga A" not in await plays(family, said)

    assert await rows(family) == before


async def test_a_role_taken_away_is_no_home_any_more(family):
    family.take_up("rini")
    grant = Grant(Role.CADRE, Scope(JENGGOT, 3))
    person = await given_role(family, grant.role, grant.scope)
    await family.database.run(lambda tx: roles.revoke_role(tx, person, grant, now=family.now))

    assert "Anda bertugas" not in await plays(family, "halo")


async def test_who_only_works_invites_to_work_before_anything_else_was_said(phone):
    person = await given_role(phone, Role.ADMIN, Scope(JENGGOT))

    def bare_headed(tx):
        conversations.wear(tx, person, None)
        people.set_status(tx, person, PersonStatus.ACTIVE)

    await phone.database.run(bare_headed)

    assert "Mengundang siapa?" in await plays(phone, "/undang")


async def invited(phone):
    """A code that makes somebody cadre of RW 3."""
    grant = Grant(Role.CADRE, Scope(JENGGOT, 3))
    made = await phone.database.run(
        lambda tx: inviting.invite_to_role(tx, grant, by=None, now=BEGIN)
    )
    return made.code


async def test_who_comes_to_work_is_asked_neither_age_nor_consent(phone):
    code = await invited(phone)

    told = await plays(phone, f"/start {code}", "[Bahasa Indonesia]", "/tugas")

    assert "Tugas hari ini: kader, RW 3, Jenggot" in told


async def test_who_works_still_agrees_before_answering_for_a_family(phone):
    code = await invited(phone)
    await plays(phone, f"/start {code}", "[Bahasa Indonesia]")

    assert "18 tahun" in await plays(phone, "/start jenggot")
    assert "RW berapa?" in await plays(phone, "[Ya]", "[Saya setuju]")


async def test_the_menu_is_the_hats(family):
    def names(tx, address):
        return [name for name, _ in family.conversations.menu(tx, address)[1]]

    as_family = await family.database.run(lambda tx: names(tx, family.address))
    family.take_up("rini")
    await given_role(family, Role.CADRE, Scope(JENGGOT, 3))
    as_cadre = await family.database.run(lambda tx: names(tx, family.address))

    assert "tugas" not in as_family
    assert {"tugas", "warga", "isikan", "undang", "peran"} <= set(as_cadre)
    assert "kasus" not in as_cadre
    assert "hasil" not in as_cadre


# -- filling in --------------------------------------------------------------------------------


async def fills_in_for(phone, name="Mbah Karto"):
    """A cadre sits down with a family without a phone; its household's id."""
    phone.take_up("rini")
    await given_role(phone, Role.CADRE, Scope(JENGGOT, 3))
    await plays(
        phone, "/warga", "[Tambah keluarga]", "2", name, "[Isikan untuk keluarga ini]",
        "[Keluarga setuju]", "[Keluarga setuju]",
    )  # fmt: skip
    where = await phone.database.run(lambda tx: standing(tx, phone.address))
    return where.household.id


async def answers_everything(phone):
    """The cadre answers whatever is asked; all that was ever shown."""
    shown, labels = [], []
    for _ in range(150):
        labels = [button.label for _, button in phone.screen.buttons()]
        last = list(phone.screen.messages.values())[-1]
        shown.append(str(last.text))
        if "Delapan fungsi sudah selesai" in shown[-1]:
            return shown
        following = next(
            (one for one in labels if one.startswith(("Lanjut", "Aman", "Lewati"))), labels[0]
        )
        await plays(phone, f"[{following}]")
    raise AssertionError(shown[-6:])


async def test_a_cadre_is_never_shown_a_question_about_violence(phone):
    home = await fills_in_for(phone)
    await plays(phone, "2", "tidak", "tidak", "7", "selesai", "tidak", "tidak", "kawin")

    shown = await answers_everything(phone)

    about = [ASKED.questions[name].label[Language.ID] for name in ("LIN1", "LIN6", "REP5")]
    assert not any(label in one for label in about for one in shown)
    stored = await phone.database.run(lambda tx: interviews.interviews_of(tx, home)[0])
    assert not stored.answers.keys() & {"LIN1", "LIN6", "REP5"}


async def test_answers_through_a_cadre_are_marked_as_such(phone):
    home = await fills_in_for(phone)
    await plays(phone, "3")

    def work(tx):
        stored = interviews.interviews_of(tx, home)[0]
        return [one.via for one in interviews.history_of(tx, stored.id)]

    assert await phone.database.run(work) == [Via.CADRE]


@pytest.mark.parametrize("said", ["/mulai", "/start jenggot", "/keluarga"])
async def test_filling_in_for_others_is_no_consent_of_ones_own(phone, said):
    await fills_in_for(phone)

    await plays(phone, said)

    where = await phone.database.run(lambda tx: standing(tx, phone.address))
    assert where.person.status is PersonStatus.NEW
    assert "RW berapa" not in str(list(phone.screen.messages.values())[-1].text)


async def test_what_was_filled_in_is_not_the_cadres_own(phone):
    await fills_in_for(phone)

    told = await plays(phone, "3", "/data_saya")

    assert "Mbah Karto" not in told


async def test_a_role_taken_away_ends_the_filling_in_at_once(phone):
    home = await fills_in_for(phone)

    def taken_away(tx):
        person = standing(tx, phone.address).person.id
        roles.revoke_role(tx, person, Grant(Role.CADRE, Scope(JENGGOT, 3)), now=phone.now)

    await phone.database.run(taken_away)
    await plays(phone, "3")

    stored = await phone.database.run(lambda tx: interviews.interviews_of(tx, home)[0])
    assert stored.answers == {}


async def test_turning_to_other_work_ends_the_filling_in(phone):
    home = await fills_in_for(phone)

    await plays(phone, "/tugas")

    members = await phone.database.run(lambda tx: people.members_of(tx, home))
    assert [one.relation for one in members] == [people.Relation.SELF]
    told = await plays(phone, "3")
    assert "Anda bertugas" in told


# -- what comes back to the family -------------------------------------------------------------


async def test_the_familys_yes_reaches_the_follow_up_only_from_the_family(family):
    family.take_up("rini")
    await given_role(family, Role.CADRE, Scope(JENGGOT, 3))

    outs = await taps(family, "came:1:yes")

    assert "sudah lama" in str(outs[0].text)


async def test_notices_name_nobody_and_no_reason(family):
    family.take_up("rini")
    await given_role(family, Role.CADRE, Scope(JENGGOT, 3))
    family.take_up("siti")
    await plays(family, "3")
    await plays(family, "[Bantu kader]")

    told = "\n".join(await delivered(family))

    assert "minta dibantu" in told
    assert "Keluarga A" not in told
