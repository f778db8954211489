"""/verifikasi: the walk to its end, and buttons that are old, foreign or made up."""

import pytest
from sqlalchemy import func, select

from kkb_core.messaging import Language
from kkb_core.roles import Role, Scope
from kkb_core.services.areas import add_area
from kkb_core.storage import field_checks
from kkb_core.storage.tables import field_checks as table
from kkb_core.storage.tables import field_samples
from tests.bot.conversations.test_summaries import Worker
from tests.kkb_core.services.answered import JENGGOT, READ
from tests.working import given_role

SEED = "4711"


@pytest.fixture
async def phone(sqlite_database):
    made = Worker(sqlite_database)
    await made.settle(Role.COORDINATOR, Scope(JENGGOT), households=16)
    return made


async def says(phone, line):
    return "\n".join(await phone.does(f"> {line}"))


async def taps(phone, data):
    return "\n".join(await phone._hears(tap=data, msg_id="1"))


async def drawn(phone):
    """The households of the sample, in walking order."""
    await says(phone, f"/verifikasi {SEED}")
    return await phone.database.run(lambda tx: field_checks.drawn_in(tx, 1))


async def verdicts(phone):
    asked = select(table.c.verdict).order_by(table.c.id)
    return await phone.database.run(lambda tx: list(tx.execute(asked).scalars()))


def on_screen(phone, label):
    (_, button) = phone.screen.labelled(label)
    return button.data


async def walks(phone):
    """To the end of the way: the first answer of every door differs, the rest agree."""
    await says(phone, f"/verifikasi {SEED}")
    said = [await says(phone, "[Keluarga berikutnya]")]
    while "Daftar contoh" in said[-1]:
        first = "(1 dari" in said[-1]
        label = "Boleh" if "[Boleh]" in said[-1] else "Tidak cocok" if first else "Cocok"
        said.append(await says(phone, f"[{label}]"))
    return said


async def test_at_the_end_of_the_way_the_figure_is_told(phone):
    said = await walks(phone)

    found = await verdicts(phone)
    agree = found.count("agrees")
    assert agree + found.count("differs") == len(found)
    assert f"{agree} dari {len(found)} jawaban cocok" in said[-1]
    assert f"pada {sum('(1 dari' in one for one in said)} keluarga" in said[-1]
    assert "Belum dicek: 0" in said[-1]


async def test_nothing_private_is_ever_shown_at_a_door(phone):
    said = "\n".join(await walks(phone))

    asked = READ.current.questions.values()
    assert not any(one.label[Language.ID] in said for one in asked if one.sensitive)


async def test_no_answer_is_shown_before_the_family_says_yes(phone):
    await says(phone, f"/verifikasi {SEED}")

    told = await says(phone, "[Keluarga berikutnya]")

    assert "Bolehkah" in told
    assert not any(one.label[Language.ID] in told for one in READ.current.questions.values())


async def test_a_button_fits_and_is_no_secret(phone):
    await says(phone, f"/verifikasi {SEED}")
    await says(phone, "[Keluarga berikutnya]")
    await says(phone, "[Boleh]")

    assert all(len(button.data) <= 40 for _, button in phone.screen.buttons())


@pytest.mark.parametrize("label", ["Cocok", "Tidak cocok"])
async def test_a_button_tapped_twice_is_noted_once(phone, label):
    await says(phone, f"/verifikasi {SEED}")
    for step in ("[Keluarga berikutnya]", "[Boleh]"):
        await says(phone, step)
    data = on_screen(phone, label)
    await taps(phone, data)
    before = await verdicts(phone)

    told = await taps(phone, data)

    assert "sudah lama" in told
    assert "(2 dari" in told
    assert await verdicts(phone) == before


async def test_an_old_yes_does_not_undo_a_refusal_noted_since(phone):
    await says(phone, f"/verifikasi {SEED}")
    await says(phone, "[Keluarga berikutnya]")
    data = on_screen(phone, "Boleh")
    await says(phone, "[Tidak bersedia]")

    told = await taps(phone, data)

    assert "sudah lama" in told
    assert "Tercatat: tidak bersedia" in told
    assert "refused" in await verdicts(phone)


FORGED = [
    "ver:agrees:1:1-1:0", "ver:agrees:1:1:-", "ver:differs:1:999-1:-", "ver:away:9:1:-",
    "ver:refused:1:x:-", "ver:may:x:1:-", "ver:open:1:99999999999999999999:-", "ver:open:2:1:-",
    "ver:of:33.74.01.1001:1:-", "ver:of:33.75:4711:-", "ver:list:7:0:-", "ver:list:1:-1:-",
    "ver:burn:1:1:-", "ver:of:x:9999999999:-", "ver:agrees:1:1-2-3:-",
]  # fmt: skip


@pytest.mark.parametrize("data", FORGED)
async def test_a_made_up_button_changes_nothing(phone, data):
    await drawn(phone)

    told = await taps(phone, data)

    assert told
    assert not any(await verdicts(phone))


@pytest.mark.parametrize("what", ["open", "may", "away", "refused", "next", "agrees"])
async def test_a_cadre_opens_no_door_of_another_rw(phone, what):
    homes = await drawn(phone)
    other = next(one for one in homes if one.household.rw == 3)
    phone.take_up("rini")
    await given_role(phone, Role.CADRE, Scope(JENGGOT, 1))

    told = await taps(phone, f"ver:{what}:1:{other.household.id}-{other.checks[0].id}:-")

    assert other.household.label not in told
    assert not any(await verdicts(phone))


@pytest.mark.parametrize("role", [Role.ADMIN, Role.VIEWER, Role.PROTECTION])
async def test_who_sees_no_families_sees_no_door_and_draws_nothing(phone, role):
    phone.take_up("other")
    await given_role(phone, role, Scope(JENGGOT))

    told = await says(phone, f"/verifikasi {SEED}")

    counted = select(func.count()).select_from(field_samples)
    assert "Keluarga" not in told
    assert await phone.database.run(lambda tx: tx.execute(counted).scalar_one()) == 0


async def test_who_coordinates_a_kota_chooses_the_village(phone):
    phone.take_up("kota")
    await given_role(phone, Role.COORDINATOR, Scope("33.75"))
    await phone.database.run(lambda tx: add_area(tx, "33.75.04.1010"))

    await says(phone, f"/verifikasi {SEED}")
    told = await says(phone, "[Jenggot]")

    assert "Cek lapangan Jenggot, angka 4711" in told


async def test_the_menu_offers_it_to_who_works_with_families(phone):
    def names(tx):
        return [name for name, _ in phone.conversations.menu(tx, phone.address)[1]]

    await says(phone, "/verifikasi")
    assert "verifikasi" in await phone.database.run(names)
    phone.take_up("pengamat")
    await given_role(phone, Role.VIEWER, Scope(JENGGOT))
    assert "verifikasi" not in await phone.database.run(names)
