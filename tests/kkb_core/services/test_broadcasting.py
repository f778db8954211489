"""Announcements: who may, the second person, the first few, and that everything adds up."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from kkb_core import definitions
from kkb_core.broadcast import BroadcastRules, BroadcastState, Outcome, Repeat
from kkb_core.errors import NotAllowed
from kkb_core.messaging import Channel, FileKind, Language, SentFile
from kkb_core.outbox import OutboxState, Reason
from kkb_core.roles import Grant, Role, Scope
from kkb_core.segments import read
from kkb_core.services import (
    broadcast_clock,
    broadcast_course,
    broadcast_report,
    broadcasting,
    erasing,
)
from kkb_core.services.broadcasting import Acting, Refusal
from kkb_core.storage import Database, Tx, audit, broadcasts, outbox, people, roles
from kkb_core.storage.outcomes import outcome, reasons
from kkb_core.storage.tables import outbox as rows
from tests.kkb_core.storage.broadcasting import join_in
from tests.kkb_core.storage.village import (
    DAY,
    JENGGOT,
    KRADENAN,
    NOW,
    add_areas,
    add_household,
    add_person,
)

RULES = BroadcastRules(approve_above=5, canary_least=3)
ENDS = [
    (OutboxState.SENT, None),
    (OutboxState.FAILED, Reason.REJECTED),
    (OutboxState.FAILED, Reason.BLOCKED),
    (OutboxState.UNKNOWN, Reason.UNSURE),
    (OutboxState.STALE, Reason.TOO_LATE),
    (OutboxState.CANCELLED, Reason.MUTED),
    (OutboxState.CANCELLED, None),
    (OutboxState.SENDING, None),
]


PICTURE = SentFile(channel=Channel.TELEGRAM, kind=FileKind.PHOTO, id="AgAC")


class Kota:
    """Jenggot with some families, its coordinators Joko and Rini, the kota's admin Sari."""

    def __init__(self, tx: Tx, families: int = 4) -> None:
        self.tx = tx
        add_areas(tx, JENGGOT, KRADENAN)
        for number in range(families):
            join_in(tx, f"f{number}", add_household(tx, rt=1 + number % 2))
        self.joko = self.office("joko", Role.COORDINATOR, JENGGOT)
        self.rini = self.office("rini", Role.COORDINATOR, JENGGOT)
        self.sari = self.office("sari", Role.ADMIN, "33.75")
        self.wati = self.office("wati", Role.CADRE, JENGGOT)

    def office(self, name: str, role: Role, area: str) -> int:
        person = add_person(self.tx, name)
        roles.grant_role(self.tx, person, Grant(role, Scope(area)), now=NOW)
        return person

    def by(self, person: int | None, *, later: timedelta = timedelta(0)) -> Acting:
        known = definitions.load()
        return Acting(tx=self.tx, by=person, definitions=known, rules=RULES, now=NOW + later)

    def draft(self, segment: str = "all", *, by: int | None = None) -> int:
        author = self.joko if by is None else by
        made = broadcasting.draft(self.by(author), "Rapat", segment=read(segment))
        assert not isinstance(made, Refusal)
        return made.id

    def submitted(self, segment: str = "all", **more) -> int:
        number = self.draft(segment)
        broadcast_course.submit(self.by(self.joko), number, **more)
        return number

    def state(self, number: int) -> BroadcastState:
        found = broadcasts.broadcast(self.tx, number)
        assert found is not None
        return found.state

    def end(self, number: int, state: OutboxState, reason: Reason | None = None) -> None:
        """All that may leave ended so."""
        ended = update(rows).where(rows.c.broadcast_id == number, rows.c.lane == 1)
        self.tx.execute(ended.values(state=state.value, reason=reason, platform_msg_id="9"))


def told(tx: Tx, person: int) -> list[str]:
    asked = select(rows.c.params).where(
        rows.c.person_id == person, rows.c.kind == "broadcast_notice"
    )
    return [row.params["about"] for row in tx.execute(asked.order_by(rows.c.id))]


async def test_few_people_get_it_at_once(database: Database) -> None:
    def work(tx: Tx):
        kota = Kota(tx)
        number = kota.submitted()
        account = outbox.accounts(tx, [number])[number]
        return kota.state(number), account.pending, broadcasts.released_and_open(tx, number)

    assert await database.run(work) == (BroadcastState.CANARY, 4, 3)


async def test_many_need_a_second_person_who_is_not_the_author(database: Database) -> None:
    def work(tx: Tx):
        kota = Kota(tx, families=6)
        number = kota.submitted("area:33.75.04.1004")
        same = broadcast_course.approve(kota.by(kota.joko), number, revision=0, yes=True)
        waits = kota.state(number)
        asked = [told(tx, person) for person in (kota.rini, kota.sari, kota.joko)]
        broadcast_course.approve(kota.by(kota.rini), number, revision=0, yes=True)
        return same, waits, asked, kota.state(number), told(tx, kota.joko)

    assert await database.run(work) == (
        Refusal.SAME_PERSON,
        BroadcastState.WAITING,
        [["approve"], ["approve"], []],
        BroadcastState.CANARY,
        ["approved"],
    )


async def test_an_approval_is_of_the_words_that_were_shown(database: Database) -> None:
    def work(tx: Tx):
        kota = Kota(tx, families=6)
        number = kota.submitted()
        broadcasting.edit(kota.by(kota.joko), number, texts={Language.ID: "Rapat batal"})
        broadcast_course.submit(kota.by(kota.joko), number)
        old = broadcast_course.approve(kota.by(kota.rini), number, revision=0, yes=True)
        return old, kota.state(number)

    assert await database.run(work) == (Refusal.NOT_NOW, BroadcastState.WAITING)


async def test_who_may_not_announce_there_may_do_nothing(database: Database) -> None:
    def work(tx: Tx) -> int:
        kota = Kota(tx)
        number = kota.draft(by=kota.sari)
        refused = 0
        for act in (
            lambda: kota.draft(by=kota.wati),
            lambda: kota.draft("area:33.75", by=kota.joko),
            lambda: kota.draft("not area:33.75.04.1001", by=kota.joko),
            lambda: broadcast_course.pause(kota.by(kota.joko), number),
            lambda: broadcast_course.submit(kota.by(kota.wati), number),
            lambda: broadcasting.edit(kota.by(kota.rini), kota.draft(), texts={}),
            lambda: kota.draft(f"missed:{number}=failed", by=kota.joko),
        ):
            with pytest.raises(NotAllowed):
                act()
            refused += 1
        return refused

    assert await database.run(work) == 7


async def test_a_role_taken_away_before_its_time_reaches_nobody(database: Database) -> None:
    def work(tx: Tx):
        kota = Kota(tx)
        number = kota.submitted(at=NOW + DAY)
        roles.revoke_role(tx, kota.joko, Grant(Role.COORDINATOR, Scope(JENGGOT)), now=NOW)
        broadcast_clock.advance(kota.by(None, later=2 * DAY))
        return kota.state(number), outbox.accounts(tx, [number])

    assert await database.run(work) == (BroadcastState.DONE, {})


async def test_a_segment_that_empties_before_its_time_ends_with_nobody(database: Database) -> None:
    def work(tx: Tx):
        kota = Kota(tx, families=1)
        number = kota.submitted(at=NOW + DAY)
        family = people.person(tx, 1)
        assert family is not None
        erasing.erase(tx, definitions.load(), 1, now=NOW)
        broadcast_clock.advance(kota.by(None, later=2 * DAY))
        return kota.state(number)

    assert await database.run(work) is BroadcastState.DONE


async def test_a_segment_that_empties_after_the_count_is_sent_to_nobody(
    database: Database,
) -> None:
    def work(tx: Tx):
        kota = Kota(tx, families=1)
        number = kota.draft()
        counted = broadcasting.dry_run(kota.by(kota.joko), number).count.eligible
        erasing.erase(tx, definitions.load(), 1, now=NOW)
        return counted, broadcast_course.submit(kota.by(kota.joko), number), kota.state(number)

    assert await database.run(work) == (1, Refusal.EMPTY, BroadcastState.DRAFT)


async def test_a_picture_stays_as_it_was_once_some_have_it(database: Database) -> None:
    def work(tx: Tx):
        kota = Kota(tx)
        number = kota.draft()
        broadcasting.attach(kota.by(kota.joko), number, PICTURE)
        broadcast_course.submit(kota.by(kota.joko), number)
        refused = broadcasting.attach(kota.by(kota.joko), number, None)
        found = broadcasts.broadcast(tx, number)
        assert found is not None
        return refused, found.file

    assert await database.run(work) == (Refusal.FILE_BEGUN, PICTURE)


async def test_what_is_sent_again_has_the_same_picture(database: Database) -> None:
    def work(tx: Tx):
        kota = Kota(tx)
        number = kota.draft()
        broadcasting.attach(kota.by(kota.joko), number, PICTURE)
        broadcast_course.submit(kota.by(kota.joko), number)
        broadcast_course.stop(kota.by(kota.joko), number)
        again = broadcast_course.resend(kota.by(kota.joko), number, (Outcome.CANCELLED,))
        assert not isinstance(again, Refusal)
        return again.file

    assert await database.run(work) == PICTURE


async def test_nobody_to_send_to_is_said_before(database: Database) -> None:
    def work(tx: Tx):
        kota = Kota(tx)
        number = kota.draft("rw:77")
        return broadcast_course.submit(kota.by(kota.joko), number), kota.state(number)

    assert await database.run(work) == (Refusal.EMPTY, BroadcastState.DRAFT)


@pytest.mark.parametrize(
    ("ended", "state", "notice"),
    [
        (OutboxState.SENT, BroadcastState.RUNNING, []),
        (OutboxState.FAILED, BroadcastState.HALTED, ["halted"]),
        (OutboxState.UNKNOWN, BroadcastState.HALTED, ["halted"]),
    ],
)
async def test_the_others_go_only_when_the_first_arrived(
    database: Database, ended: OutboxState, state: BroadcastState, notice: list[str]
) -> None:
    def work(tx: Tx):
        kota = Kota(tx)
        number = kota.submitted()
        broadcast_clock.advance(kota.by(None))
        before = kota.state(number)
        kota.end(number, ended)
        broadcast_clock.advance(kota.by(None))
        return before, kota.state(number), told(tx, kota.joko)

    assert await database.run(work) == (BroadcastState.CANARY, state, notice)


async def test_what_is_paused_stays_and_what_is_stopped_never_leaves(database: Database) -> None:
    def work(tx: Tx):
        kota = Kota(tx)
        number = kota.submitted()
        broadcast_course.pause(kota.by(kota.rini), number)
        held = broadcasts.released_and_open(tx, number)
        broadcast_course.resume(kota.by(kota.joko), number)
        again = broadcasts.released_and_open(tx, number)
        broadcast_course.stop(kota.by(kota.sari), number)
        return held, again, outbox.accounts(tx, [number])[number].cancelled

    assert await database.run(work) == (0, 3, 4)


async def test_words_changed_on_the_way_are_changed_on_screens_too(database: Database) -> None:
    def work(tx: Tx):
        kota = Kota(tx)
        number = kota.submitted()
        kota.end(number, OutboxState.SENT)
        broadcasting.edit(kota.by(kota.joko), number, texts={Language.ID: "Rapat batal"})
        paused = kota.state(number)
        broadcast_course.resume(kota.by(kota.joko), number)
        asked = select(rows.c.params).where(rows.c.kind == "announcement_change")
        return paused, [row.params["how"] for row in tx.execute(asked)]

    assert await database.run(work) == (BroadcastState.PAUSED, ["rewrite"] * 3)


async def test_words_that_a_second_person_agreed_to_are_changed_on_screens_once(
    database: Database,
) -> None:
    def work(tx: Tx):
        kota = Kota(tx, families=6)
        number = kota.submitted()
        broadcast_course.approve(kota.by(kota.rini), number, revision=0, yes=True)
        kota.end(number, OutboxState.SENT)
        broadcasting.edit(kota.by(kota.joko), number, texts={Language.ID: "Rapat batal"})
        broadcast_course.resume(kota.by(kota.joko), number)
        asked = select(rows.c.params).where(rows.c.kind == "announcement_change")
        before = len(tx.execute(asked).all())
        broadcast_course.approve(kota.by(kota.rini), number, revision=1, yes=True)
        kota.end(number, OutboxState.SENT)
        broadcast_course.pause(kota.by(kota.joko), number)
        broadcast_course.resume(kota.by(kota.joko), number)
        return before, len(tx.execute(asked).all())

    assert await database.run(work) == (0, 3)


async def test_withdrawing_asks_for_each_message_once(database: Database) -> None:
    def work(tx: Tx):
        kota = Kota(tx)
        number = kota.submitted()
        kota.end(number, OutboxState.SENT)
        broadcast_course.stop(kota.by(kota.joko), number)
        return [broadcast_course.withdraw(kota.by(kota.joko), number) for _ in range(2)]

    assert await database.run(work) == [3, 0]


async def test_sending_again_means_those_who_were_missed(database: Database) -> None:
    def work(tx: Tx):
        kota = Kota(tx)
        number = kota.submitted()
        kota.end(number, OutboxState.FAILED, Reason.UNREACHABLE)
        broadcast_course.stop(kota.by(kota.joko), number)
        acting = kota.by(kota.joko)
        again = broadcast_course.resend(acting, number, (Outcome.FAILED, Outcome.STALE))
        assert not isinstance(again, Refusal)
        return again.parent == number, broadcasting.dry_run(acting, again.id).count.eligible

    assert await database.run(work) == (True, 3)


async def test_every_week_comes_a_run_of_its_own(database: Database) -> None:
    def work(tx: Tx):
        kota = Kota(tx)
        number = kota.submitted(at=NOW + DAY, repeat=Repeat.WEEKLY)
        for day in (0, 1, 1, 9, 16):  # a tick twice, and one that was missed
            broadcast_clock.advance(kota.by(None, later=day * DAY))
        plan = broadcasts.broadcast(tx, number)
        assert plan is not None
        return len(broadcasts.runs_of(tx, number)), plan.state, plan.due_at

    assert await database.run(work) == (3, BroadcastState.SCHEDULED, NOW + 22 * DAY)


async def test_everything_done_is_in_the_audit_log(database: Database) -> None:
    def work(tx: Tx):
        kota = Kota(tx)
        number = kota.submitted()
        broadcast_course.pause(kota.by(kota.rini), number)
        return [(one.actor, one.act) for one in audit.audit_of(tx, "broadcast", number)], kota

    acts, kota = await database.run(work)

    assert acts == [
        (kota.joko, "broadcast_draft"),
        (kota.joko, "broadcast_schedule"),
        (kota.joko, "broadcast_begin"),
        (kota.rini, "broadcast_pause"),
    ]


async def test_two_who_send_it_at_once_send_it_once(database: Database) -> None:
    number = await database.run(lambda tx: Kota(tx).draft())
    office = await database.run(lambda tx: roles.grants_of(tx, 5))
    assert office

    def submit(tx: Tx):
        acting = Acting(tx=tx, by=5, definitions=definitions.load(), rules=RULES, now=NOW)
        return broadcast_course.submit(acting, number)

    done = await asyncio.gather(database.run(submit), database.run(submit))

    assert sorted(isinstance(one, Refusal) for one in done) == [False, True]
    account = await database.run(lambda tx: outbox.accounts(tx, [number])[number])
    assert account.eligible == 4


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(ends=st.lists(st.sampled_from(ENDS), min_size=4, max_size=4), erased=st.booleans())
def test_whatever_becomes_of_them_they_add_up(sqlite_url: str, ends, erased) -> None:
    database = Database.open(sqlite_url)

    class Undone(Exception):
        pass

    def work(tx: Tx) -> None:
        kota = Kota(tx)
        number = kota.submitted()
        ids = [
            row.id for row in tx.execute(select(rows.c.id).where(rows.c.broadcast_id == number))
        ]
        for row_id, (state, reason) in zip(ids, ends, strict=True):
            ended = update(rows).where(rows.c.id == row_id)
            tx.execute(ended.values(state=state.value, reason=reason))
        if erased:
            erasing.erase(tx, definitions.load(), 1, now=NOW)
        found = broadcasts.broadcast(tx, number)
        assert found is not None
        account = outbox.accounts(tx, [number])[number]
        parts = {one: getattr(account, one.value) for one in Outcome}
        assert sum(parts.values()) == found.eligible == account.eligible == 4
        by_row = [
            row.found
            for row in tx.execute(
                select(outcome().label("found")).where(rows.c.broadcast_id == number)
            )
        ]
        assert parts == {one: by_row.count(one.value) for one in Outcome}
        assert sum(reasons(tx, number).values()) == 4 - account.pending
        raise Undone

    try:
        with pytest.raises(Undone):
            database.run_now(work)
    finally:
        asyncio.run(database.close())


async def test_the_sheet_holds_words_and_no_formulas(database: Database) -> None:
    def work(tx: Tx):
        kota = Kota(tx, families=5)
        number = kota.submitted()
        found = broadcasts.broadcast(tx, number)
        assert found is not None
        odd = replace(found, texts={Language.ID: "=1+1"})
        return list(broadcast_report.rows_of(tx, odd)), broadcast_report.workbook(tx, odd)

    told_rows, content = await database.run(work)

    assert ["1 (id)", "=1+1", None] in told_rows
    assert ["pending", None, 5] in told_rows
    assert b"<f>" not in content


async def test_of_a_handful_nothing_is_told_apart(database: Database) -> None:
    def work(tx: Tx):
        kota = Kota(tx)
        found = broadcasts.broadcast(tx, kota.submitted())
        assert found is not None
        return list(broadcast_report.rows_of(tx, found))

    assert ["eligible", None, "< 5"] in await database.run(work)
