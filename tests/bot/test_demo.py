import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select

from bot.clock import VirtualClock
from bot.conversations.router import Conversations
from bot.demo import JENGGOT, VILLAGE_CODE, run_demo, seed
from bot.demo.running import deliver, demo_app, demo_simulator, make_village
from bot.demo.seeding import CADRES_PHONE
from kkb_core import definitions
from kkb_core.errors import InputRefused
from kkb_core.messaging import Address, Channel, MsgIn
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import inviting, unreachable
from kkb_core.storage import Database, households, interviews, roles, rounds, scores
from kkb_core.storage.standing import arrive
from kkb_core.storage.tables import outbox
from kkb_core.survey.interview import relevant_questions
from kkb_core.survey.scoring import Band, score

NOW = datetime(2026, 3, 10, 2, 14, tzinfo=UTC)
EVENING = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)  # 21.00 in Jenggot
KNOWN = definitions.load()
ASKED = KNOWN.current


@pytest.fixture(scope="module")
def village(sqlite_template, tmp_path_factory):
    """A seeded database and what the seeding says."""
    url = sqlite_template.copy_to(tmp_path_factory.mktemp("demo") / "kkb.db")
    database = Database.open(url)
    seeded = database.run_now(lambda tx: seed(tx, KNOWN, now=NOW))
    yield database, seeded
    asyncio.run(database.close())


def interviews_in(database, seeded):
    """Each household's interview of the earlier round."""
    return database.run_now(
        lambda tx: [interviews.interviews_of(tx, each.id)[0] for each in seeded.households]
    )


@pytest.fixture(scope="module")
def answered(village):
    """Every interview of the earlier round."""
    return interviews_in(*village)


@pytest.fixture
async def empty():
    """A database in memory, without tables."""
    database = Database.open("sqlite://")
    yield database
    await database.close()


def test_sixty_families_live_in_several_rts_of_jenggot(village):
    database, seeded = village

    living = database.run_now(lambda tx: households.households_in(tx, Scope(JENGGOT)))

    assert (seeded.area.name, len(living)) == ("Jenggot", 60)
    places = Counter((household.rw, household.rt) for household in living)
    assert len(places) == 12
    assert min(places.values()) >= 5


def test_one_round_has_gone_by_and_one_is_open(village):
    database, seeded = village

    kept = database.run_now(lambda tx: rounds.rounds_of(tx, JENGGOT))

    assert [each.id for each in kept] == [seeded.current.id, seeded.earlier.id]
    assert seeded.earlier.closes_at < seeded.current.opens_at < NOW < seeded.current.closes_at
    assert NOW + timedelta(weeks=8) < seeded.current.closes_at


def test_about_nine_in_ten_families_answered_everything(village, answered):
    _, seeded = village

    complete = [one for one in answered if one.completed_at is not None]

    assert len(complete) == seeded.complete
    assert 48 <= len(complete) < 60


def test_a_complete_family_answered_what_applies_to_it_and_nothing_else(answered):
    for one in answered:
        relevant = set(relevant_questions(ASKED, one.answers))
        assert set(one.answers) <= relevant
        if one.completed_at is not None:
            assert set(one.answers) == relevant


def test_all_was_said_while_the_earlier_round_was_open(village, answered):
    _, seeded = village

    for one in answered:
        assert seeded.earlier.opens_at <= one.started_at < seeded.earlier.closes_at


def test_kept_scores_are_what_the_answers_score(village, answered):
    database, _ = village
    pack = KNOWN.pack("delapan_fungsi")

    for one in answered:
        kept = database.run_now(lambda tx, one=one: scores.score_of(tx, one.id))
        fresh = score(pack, ASKED, one.answers)
        assert (kept is None) <= (one.completed_at is None)
        assert kept is None or kept.total == fresh.total.tenths


def test_families_differ_as_families_do(answered):
    pack = KNOWN.pack("delapan_fungsi")
    scored = [score(pack, ASKED, one.answers) for one in answered]

    bands = Counter(one.total.band for one in scored)

    assert all(bands[band] >= 5 for band in Band)
    assert 5 <= sum(one.krs.at_risk for one in scored) <= 35


def test_a_family_that_does_well_in_one_thing_tends_to_do_well_in_others(answered):
    pack = KNOWN.pack("delapan_fungsi")
    scored = [score(pack, ASKED, one.answers) for one in answered]
    pairs = [
        (one.scale("agama").exact, one.scale("ekonomi").exact)
        for one in scored
        if None not in (one.scale("agama").exact, one.scale("ekonomi").exact)
    ]
    middle = sorted(agama for agama, _ in pairs)[len(pairs) // 2]

    def mean(values):
        return sum(values) / len(values)

    well = mean([float(ekonomi) for agama, ekonomi in pairs if agama > middle])
    less = mean([float(ekonomi) for agama, ekonomi in pairs if agama <= middle])
    assert well > less + 3


def test_the_villages_code_lets_families_in_as_often_as_wanted(village):
    database, _ = village

    def tried(tx):
        person = arrive(tx, Address(Channel.WEB, "baru"), now=NOW).person.id
        return [inviting.accept(tx, VILLAGE_CODE.lower(), person, now=NOW) for _ in range(3)]

    offers = database.run_now(tried)

    assert [offer.scope for offer in offers] == [Scope(JENGGOT)] * 3


def test_the_same_seed_draws_the_same_families(answered, empty):
    seeded = make_village(empty, VirtualClock(NOW, running=lambda: 0.0))

    again = interviews_in(empty, seeded)
    assert [one.answers for one in again] == [one.answers for one in answered]


@pytest.mark.parametrize("count", [0, 1, 11, 25])
def test_a_village_may_have_fewer_families(count, empty):
    make_village(empty, VirtualClock(NOW), households=count)

    living = empty.run_now(lambda tx: households.households_in(tx, Scope(JENGGOT)))
    assert len(living) == count


async def test_a_reset_takes_everything_back(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path / 'demo.db'}")
    clock = VirtualClock(NOW, running=lambda: 0.0)
    seeded = await asyncio.to_thread(make_village, database, clock)
    transport = httpx.ASGITransport(demo_app(database, clock, seeded))
    async with httpx.AsyncClient(transport=transport, base_url="http://kkb.test") as client:
        await client.post("/phones/ibu/say", data={"text": "/start"})
        await client.post("/clock", data={"hours": "24"})
        await client.post("/reset")
        page = (await client.get("/")).text
        ready = await client.get("/readyz")

    assert "Selasa, 10 Maret 2026" in page
    assert "Bahasa Indonesia" not in page
    assert ready.text == "ready\n"
    living = await database.read(lambda tx: households.households_in(tx, Scope(JENGGOT)))
    assert len(living) == 60
    await database.close()


def test_a_taken_port_is_said_in_one_line_with_the_cure(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(InputRefused) as refused:
            run_demo(port, folder=tmp_path)

    assert str(refused.value) == (
        f"port {port} cannot be used (address already in use); "
        "choose another: kkb demo --port 8080"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_number_that_is_no_port_is_refused(tmp_path):
    with pytest.raises(InputRefused, match="port 99999 is no port; choose one up to 65535"):
        run_demo(99_999, folder=tmp_path)


def test_the_demo_answers_in_a_browser_until_it_is_interrupted(tmp_path):
    code = f"from pathlib import Path; from bot.demo import run_demo; run_demo(0, folder=Path({str(tmp_path)!r}))"
    running = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        line = running.stdout.readline()
        url = next(word for word in line.split() if word.startswith("http://"))
        assert "JENGGOT" in httpx.get(url).text
    finally:
        os.kill(running.pid, signal.SIGINT)
        said, complaints = running.communicate(timeout=30)

    assert (running.returncode, said, complaints) == (0, "", "")
    assert [path.suffix for path in tmp_path.glob("*.db")] == [".db"]


async def test_moving_the_clock_brings_reminders_to_families(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path}/demo.db")
    clock = VirtualClock(NOW)
    seeded = await asyncio.to_thread(make_village, database, clock, households=12)
    transport = httpx.ASGITransport(demo_app(database, clock, seeded))

    async with httpx.AsyncClient(transport=transport, base_url="http://kkb.test") as client:
        await client.post("/clock", data={"hours": "48"})

    queued = await database.read(lambda tx: tx.execute(select(outbox)).all())
    await database.close()
    queued = [one for one in queued if one.kind == "reminder"]
    assert len({one.person_id for one in queued}) == len(seeded.households)


async def test_what_nobody_waits_for_reaches_the_phone_in_open_hours_only(empty):
    clock = VirtualClock(EVENING, running=lambda: 0.0)
    simulator = demo_simulator(empty, clock, make_village(empty, clock, households=2))
    (phone, *_) = simulator.phones
    await empty.run(lambda tx: cannot_be_reached(tx, phone.address, clock.now()))

    async with asyncio.TaskGroup() as tasks, asyncio.timeout(20):
        delivering = tasks.create_task(deliver(simulator))
        await asyncio.sleep(1)
        at_night = list(phone.screen)
        clock.forward(timedelta(hours=12))
        while not phone.screen:  # noqa: ASYNC110 - a screen rings no bell
            await asyncio.sleep(0.05)
        delivering.cancel()

    assert at_night == []
    assert "lewat chat" in str(phone.screen[0].text)


def cannot_be_reached(tx, cadre, now):
    """The phone at *cadre* is a cadre's, and one of the families does not take messages."""
    person = arrive(tx, cadre, now=now).person.id
    roles.grant_role(tx, person, Grant(Role.CADRE, Scope(JENGGOT)), now=now)
    unreachable.gone(tx, Address(Channel.WEB, "warga-1"), now=now)


async def test_the_cadres_phone_has_a_round_to_go(village):
    database, _ = village
    hello = MsgIn(address=CADRES_PHONE, text="/tugas", msg_id="1")

    outs = await database.run(lambda tx: Conversations(KNOWN).turn(tx, hello, now=NOW))

    assert "Tugas hari ini: kader, RW 1, Jenggot" in str(outs[0].text)
    assert "belum mulai" in str(outs[0].text)


async def test_monday_at_seven_brings_the_cadre_the_week_before_anybody_else_is_written_to(empty):
    sunday = datetime(2026, 3, 15, 13, 45, tzinfo=UTC)  # 20.45 in Jenggot
    clock = VirtualClock(sunday, running=lambda: 0.0)
    simulator = demo_simulator(empty, clock, make_village(empty, clock))
    family, cadre, _ = simulator.phones

    await simulator.move(clock, timedelta(hours=10, minutes=16))

    assert "Ringkasan" in str(cadre.screen[0].text)
    assert cadre.screen[0].picture is not None
    assert not family.screen
