"""What is past its term goes, what is not stays, and what remains names nobody."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from kkb_core.messaging import Address, Channel, Language
from kkb_core.services import consenting, retention
from kkb_core.services.retention import Terms
from kkb_core.storage import (
    Database,
    Tx,
    audit,
    flags,
    interviews,
    invites,
    outbox,
    people,
    scores,
    tables,
    visits,
)
from kkb_core.storage import help as helping
from kkb_core.storage.audit import AuditEntry
from kkb_core.storage.consents import ConsentKind, latest_consents
from kkb_core.storage.erasure import erase_person
from kkb_core.storage.flags import FlagState, NewFlag
from kkb_core.storage.invites import InviteKind, NewInvite
from kkb_core.storage.outbox import Wanted
from kkb_core.storage.people import PersonStatus
from kkb_core.storage.visits import Outcome
from kkb_core.survey.questionnaire import Level, Route
from tests.kkb_core.storage.village import JENGGOT, NOW, Village, a_score, answer, settle

DAY = timedelta(days=1)
MONTH = 30.5 * DAY
BOT = "telegram:1"

Put = Callable[[Tx, Village, datetime], object]


def enforce(tx: Tx, *, now: datetime = NOW, terms: Terms | None = None, **options: int) -> int:
    """Enforce until nothing is left of it; how many went."""
    gone = 0
    while counts := retention.enforce(tx, terms or Terms(), now=now, **options):
        gone += sum(counts.values())
    return gone


def consent(tx: Tx, person: int, *, at: datetime, given: bool = True) -> None:
    consenting.record(
        tx,
        person,
        ConsentKind.STATISTICS,
        given=given,
        language=Language.ID,
        channel=Channel.WEB,
        now=at,
    )


def put_answers(tx: Tx, village: Village, at: datetime) -> None:
    answer(tx, village.interview.id, village.mother, "AGM1", "ya", now=at)


def put_closed_note(tx: Tx, village: Village, at: datetime) -> None:
    flags.move_flag(tx, raise_flag(tx, village, at), FlagState.CLOSED, now=at, outcome="dirujuk")


def put_answered_call(tx: Tx, village: Village, at: datetime) -> None:
    asked = helping.ask_help(tx, village.household.id, village.mother, now=at)
    assert asked is not None
    helping.answer_help(tx, asked, by=village.mother, now=at)


def put_visit(tx: Tx, village: Village, at: datetime) -> None:
    visits.put_visit(tx, village.household.id, village.mother, Outcome.MET, now=at)


def put_replaced_consent(tx: Tx, village: Village, at: datetime) -> None:
    consent(tx, village.mother, at=at - MONTH)
    consent(tx, village.mother, at=at)


def put_expired_invite(tx: Tx, village: Village, at: datetime) -> None:
    new = NewInvite(
        kind=InviteKind.HOUSEHOLD,
        code_hash="x",
        household_id=village.household.id,
        created_at=at,
        expires_at=at,
    )
    invites.put_invite(tx, new)


def put_try(tx: Tx, _village: Village, at: datetime) -> None:
    invites.note_try(tx, Address(Channel.WEB, "x"), now=at)


def put_settled_send(tx: Tx, village: Village, at: datetime) -> None:
    queue(tx, village, at)
    tx.execute(update(tables.outbox).values(state="sent"))


def put_audit(tx: Tx, village: Village, at: datetime) -> None:
    entry = AuditEntry(at=at, actor=village.mother, act="see_household", subject_kind="household")
    audit.put_audit(tx, entry)


def raise_flag(tx: Tx, village: Village, at: datetime) -> int:
    raised = flags.raise_flag(
        tx,
        NewFlag(
            household_id=village.household.id,
            interview_id=village.interview.id,
            question="EKO4",
            level=Level.RED,
            route=Route.CADRE,
            raised_at=at,
            due_at=at,
        ),
        repeat_after=timedelta(),
    )
    assert raised is not None
    return raised


def queue(tx: Tx, village: Village, at: datetime) -> None:
    wanted = Wanted(
        kind="reminder", person_id=village.mother, dedupe_key="k", not_before=at, not_after=at
    )
    assert outbox.put(tx, [wanted], now=at) == 1


KINDS: list[tuple[Put, timedelta, str, int]] = [
    (put_answers, 24 * MONTH, "interviews", 1),
    (put_answers, 24 * MONTH, "answer_history", 1),
    (put_closed_note, 12 * MONTH, "flags", 1),
    (put_answered_call, 12 * MONTH, "help_requests", 1),
    (put_visit, 24 * MONTH, "visits", 1),
    (put_replaced_consent, 60 * MONTH, "consents", 2),
    (put_expired_invite, 30 * DAY, "invites", 1),
    (put_try, 30 * DAY, "invite_tries", 1),
    (put_settled_send, 30 * DAY, "outbox", 1),
    (put_audit, 60 * MONTH, "audit", 1),
]


@pytest.mark.parametrize(
    ("put", "term", "table", "kept"), KINDS, ids=lambda one: getattr(one, "__name__", str(one))
)
async def test_each_kind_goes_when_its_term_is_over_and_not_before(
    database: Database, put: Put, term: timedelta, table: str, kept: int
) -> None:
    await database.run(lambda tx: put(tx, settle(tx), NOW))

    async def left(at: datetime) -> int:
        await database.run(lambda tx: enforce(tx, now=at))
        return await database.read(lambda tx: rows(tx, table))

    assert await left(NOW + term - 10 * DAY) == kept
    assert await left(NOW + term + 10 * DAY) == kept - 1


def rows(tx: Tx, table: str) -> int:
    counted = select(func.count()).select_from(tables.metadata.tables[table])
    return int(tx.execute(counted).scalar_one())


LATER = NOW + 130 * MONTH


@pytest.mark.parametrize(
    ("put", "table"),
    [
        (raise_flag, "flags"),
        (lambda tx, village, at: consent(tx, village.mother, at=at), "consents"),
        (lambda tx, village, at: consent(tx, village.mother, at=at, given=False), "consents"),
        (queue, "outbox"),
    ],
    ids=["an open follow-up", "a standing yes", "a standing no", "a message still queued"],
)
async def test_what_is_still_in_use_stays_however_old_it_is(
    database: Database, put: Put, table: str
) -> None:
    await database.run(lambda tx: put(tx, settle(tx), NOW))

    await database.run(lambda tx: enforce(tx, now=LATER))

    assert await database.read(lambda tx: rows(tx, table)) == 1


async def test_a_withdrawal_is_forgotten_five_years_after_the_person_left(
    database: Database,
) -> None:
    def stop(tx: Tx) -> None:
        village = settle(tx)
        consent(tx, village.mother, at=NOW, given=False)
        people.set_status(tx, village.mother, PersonStatus.STOPPED)

    await database.run(stop)

    await database.run(lambda tx: enforce(tx, now=NOW + 59 * MONTH))
    assert await database.read(lambda tx: rows(tx, "consents")) == 1
    await database.run(lambda tx: enforce(tx, now=NOW + 61 * MONTH))
    assert await database.read(lambda tx: rows(tx, "consents")) == 0


async def test_the_consents_of_an_erased_person_end_with_the_erasure(database: Database) -> None:
    erased = NOW + 50 * MONTH

    def leave(tx: Tx) -> None:
        village = settle(tx)
        consent(tx, village.mother, at=NOW)
        erase_person(tx, village.mother, now=erased)
        enforce(tx, now=erased + DAY)

    await database.run(leave)

    await database.run(lambda tx: enforce(tx, now=erased + 59 * MONTH))
    assert await database.read(lambda tx: rows(tx, "consents")) == 1
    await database.run(lambda tx: enforce(tx, now=erased + 61 * MONTH))
    assert await database.read(lambda tx: rows(tx, "consents")) == 0


async def test_answers_leave_a_village_sum_where_the_family_agreed(database: Database) -> None:
    def live(tx: Tx, *, agrees: bool) -> tuple[Any, ...]:
        village = settle(tx)
        consent(tx, village.mother, at=NOW, given=agrees)
        put_answers(tx, village, NOW)
        scores.put_score(tx, a_score(village.interview, village.household))
        enforce(tx, now=NOW + 25 * MONTH)
        left = tuple(tx.execute(select(tables.past_totals)).mappings())
        return left, rows(tx, "scores"), village.round_id

    found, scored, round_id = await database.run(lambda tx: live(tx, agrees=True))

    (total,) = found
    assert scored == 0
    assert (total["round_id"], total["area_code"], total["households"]) == (round_id, JENGGOT, 1)
    assert (total["agama_count"], total["agama_sum"]) == (1, 750)
    assert (total["ekonomi_count"], total["ekonomi_sum"]) == (0, 0)


async def test_nothing_remains_of_who_did_not_agree_to_statistics(
    sqlite_database: Database,
) -> None:
    def live(tx: Tx) -> int:
        village = settle(tx)
        put_answers(tx, village, NOW)
        scores.put_score(tx, a_score(village.interview, village.household))
        enforce(tx, now=NOW + 25 * MONTH)
        return rows(tx, "past_totals")

    assert await sqlite_database.run(live) == 0


async def test_sums_of_many_batches_add_up(database: Database) -> None:
    def live(tx: Tx) -> tuple[int, int, int]:
        village = settle(tx)
        consent(tx, village.mother, at=NOW)
        begun = {"questionnaire": "kkb.v1", "digest": "d", "answers": {"AGM1": "ya"}}
        when = {"started_at": NOW, "updated_at": NOW, "household_id": village.household.id}
        many = range(1_000, 1_007)
        opened = {"area_code": JENGGOT, "questionnaire": "kkb.v1", "digest": "d", "name": "x"}
        tx.execute(
            tables.rounds.insert(),
            [opened | {"id": n, "opens_at": NOW, "closes_at": NOW} for n in many],
        )
        tx.execute(
            tables.interviews.insert(), [begun | when | {"id": n, "round_id": n} for n in many]
        )
        scores.put_score(tx, a_score(village.interview, village.household))
        one = interviews.load_interview(tx, village.interview.id, village.mother)
        assert one is not None
        gone = enforce(tx, now=NOW + 25 * MONTH, batch=2)
        return gone, rows(tx, "interviews"), rows(tx, "past_totals")

    assert await database.run(live) == (8, 0, 1)


async def test_answers_under_an_open_follow_up_go_and_the_follow_up_stays(
    database: Database,
) -> None:
    def live(tx: Tx) -> tuple[Any, ...]:
        village = settle(tx)
        put_answers(tx, village, NOW)
        raised = raise_flag(tx, village, NOW)
        enforce(tx, now=NOW + 25 * MONTH)
        blank = tx.execute(select(tables.interviews.c.answers)).scalar_one()
        flags.move_flag(tx, raised, FlagState.CLOSED, now=NOW + 25 * MONTH)
        enforce(tx, now=NOW + 38 * MONTH)
        return blank, rows(tx, "flags"), rows(tx, "interviews"), rows(tx, "answer_history")

    assert await database.run(live) == ({}, 0, 0, 0)


async def test_who_comes_back_later_begins_anew(sqlite_database: Database) -> None:
    def live(tx: Tx) -> Any:
        village = settle(tx)
        put_answers(tx, village, NOW)
        enforce(tx, now=NOW + 25 * MONTH)
        here = tables.conversations.c.person_id == village.mother
        return tx.execute(select(tables.conversations).where(here)).one()

    back = await sqlite_database.run(live)

    assert (back.topic, back.interview_id, back.household_id) == ("rest", None, 1)


async def test_a_broadcast_still_adds_up_and_says_no_more_to_whom(database: Database) -> None:
    def live(tx: Tx) -> Any:
        village = settle(tx)
        queue(tx, village, NOW)
        nothing: dict[str, Any] = dict.fromkeys(("text", "segment", "schedule", "counts"), "")
        when = {"created_at": NOW, "updated_at": NOW}
        tx.execute(tables.broadcasts.insert(), nothing | when | {"id": 1, "state": "sent"})
        tx.execute(update(tables.outbox).values(state="sent", broadcast_id=1))
        enforce(tx, now=NOW + 31 * DAY)
        return tx.execute(select(tables.outbox)).one()

    left = await database.run(live)

    assert (left.state, left.person_id, left.dedupe_key) == ("sent", None, None)


async def test_it_is_done_once_a_day(sqlite_database: Database) -> None:
    def live(tx: Tx) -> list[bool]:
        settle(tx)
        enforce(tx)
        moments = (NOW, NOW + 23 * timedelta(hours=1), NOW + DAY)
        return [bool(retention.enforce(tx, Terms(), now=at)) for at in moments]

    assert await sqlite_database.run(live) == [False, False, True]


async def test_terms_are_settings(sqlite_database: Database) -> None:
    def live(tx: Tx) -> int:
        put_answers(tx, settle(tx), NOW)
        enforce(tx, now=NOW + 2 * MONTH, terms=Terms(answers_months=1))
        return rows(tx, "interviews")

    assert await sqlite_database.run(live) == 0


async def test_a_standing_consent_counts_after_its_forerunners_have_gone(
    database: Database,
) -> None:
    def live(tx: Tx) -> Any:
        village = settle(tx)
        for given in (False, True):
            consent(tx, village.mother, at=NOW, given=given)
        enforce(tx, now=LATER)
        return latest_consents(tx, village.mother)[ConsentKind.STATISTICS].given

    assert await database.run(live) is True


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        ((2026, 3, 9), 24, (2024, 3, 9)),
        ((2026, 3, 31), 1, (2026, 2, 28)),
        ((2028, 2, 29), 12, (2027, 2, 28)),
        ((2026, 1, 15), 1, (2025, 12, 15)),
        ((2026, 12, 31), 12, (2025, 12, 31)),
    ],
)
def test_months_are_those_of_the_calendar(
    day: tuple[int, int, int], months: int, before: tuple[int, int, int]
) -> None:
    at = datetime(*day, 4, tzinfo=UTC)

    assert retention.months_before(at, months) == datetime(*before, 4, tzinfo=UTC)
