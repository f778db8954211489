"""A village's day is planned once, by rows; what is no longer true when it is sent stays unsaid."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from kkb_core import definitions
from kkb_core.messaging import Channel, Language
from kkb_core.reminders import MOST
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import consenting, reminding, unanswered
from kkb_core.services.reminding import Asked, Policy
from kkb_core.storage import Database, Tx, audit, households, interviews, people, roles, tables
from kkb_core.storage import reminders as kept
from kkb_core.storage import rounds as rounds_kept
from kkb_core.storage.consents import ConsentKind
from kkb_core.storage.erasure import erase_household, erase_person
from kkb_core.storage.people import PersonStatus, Relation
from tests.kkb_core.storage.village import (
    JENGGOT,
    NOW,
    Village,
    add_household,
    add_person,
    answer,
    phone,
    settle,
)

KNOWN = definitions.load()
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
DAWN = NOW + 4 * DAY - 4 * HOUR  # 05.00 in Jenggot, four days after the mother last answered


def agree(
    tx: Tx, person: int, kind: ConsentKind = ConsentKind.SURVEY, *, given: bool = True
) -> None:
    consenting.record(
        tx, person, kind, given=given, language=Language.ID, channel=Channel.WEB, now=NOW
    )


def live(tx: Tx) -> Village:
    """A mother who agreed and answered one question."""
    village = settle(tx)
    people.set_status(tx, village.mother, PersonStatus.ACTIVE)
    agree(tx, village.mother)
    answer(tx, village.interview.id, village.mother, "members", "4")
    return village


def plan(tx: Tx, *, now: datetime = DAWN) -> dict[str, int]:
    counts: dict[str, int] = {}
    while found := reminding.plan(tx, KNOWN, Policy(), now=now):
        counts = {name: counts.get(name, 0) + count for name, count in found.items()}
    return counts


def queued(tx: Tx) -> list[Any]:
    return list(tx.execute(select(tables.outbox).order_by(tables.outbox.c.id)))


def rows(tx: Tx) -> int:
    return int(tx.execute(select(func.count()).select_from(tables.reminders)).scalar_one())


async def test_a_day_is_planned_once_whoever_asks(database: Database) -> None:
    village = await database.run(live)

    first = await database.run(plan)
    again = await database.run(plan)
    (sent,) = await database.read(queued)

    assert (first["reminded"], again) == (1, {})
    assert (sent.kind, sent.person_id) == ("reminder", village.mother)
    assert sent.params == {
        "household_id": village.household.id,
        "round_id": village.round_id,
        "section": "profile",
        "number": 1,
        "touched": NOW.isoformat(),
    }
    assert DAWN < sent.not_before < sent.not_after < DAWN + DAY


async def test_the_database_refuses_a_second_reminder_of_the_day(database: Database) -> None:
    def twice(tx: Tx) -> int:
        live(tx)
        plan(tx)
        tx.execute(tables.chores.delete())
        tx.execute(tables.reminders.delete())
        plan(tx)
        return len(queued(tx))

    assert await database.run(twice) == 1


async def test_days_without_an_answer_bring_three_reminders_and_then_the_cadre(
    database: Database,
) -> None:
    def days(tx: Tx) -> tuple[list[dict[str, int]], list[Any], int]:
        village = live(tx)
        cadre = add_person(tx, "cadre")
        roles.grant_role(tx, cadre, Grant(Role.CADRE, Scope(JENGGOT, 1, 2)), now=NOW)
        counts = [plan(tx, now=DAWN + day * DAY) for day in range(7)]
        assert village.mother != cadre
        return counts, queued(tx), cadre

    counts, sent, cadre = await database.run(days)

    assert [one["reminded"] for one in counts] == [1, 1, 1, 0, 0, 0, 0]
    assert [one["told"] for one in counts] == [0, 0, 0, 1, 0, 0, 0]
    assert [one.params.get("number") for one in sent] == [1, 2, 3, None]
    assert (sent[-1].kind, sent[-1].person_id) == ("unanswered", cadre)
    assert sent[-1].params == {"area": JENGGOT, "day": "2026-03-16"}


async def test_a_night_of_being_down_is_not_made_up_for(sqlite_database: Database) -> None:
    def late(tx: Tx) -> tuple[dict[str, int], dict[str, int]]:
        live(tx)
        return plan(tx, now=DAWN + 17 * HOUR), plan(tx, now=DAWN + DAY)

    first, following = await sqlite_database.run(late)

    assert (first["reminded"], following["reminded"]) == (0, 1)


def refuse_survey(tx: Tx, village: Village) -> None:
    agree(tx, village.mother, given=False)


Change = Callable[[Tx, Village], object]


def filled_in_by(tx: Tx, village: Village) -> None:
    """She left the family and fills in for it as its cadre."""
    people.leave(tx, village.mother, village.household.id, now=NOW)
    people.join(tx, village.mother, village.household.id, relation=Relation.CADRE, now=NOW)


CHANGES: dict[str, Change] = {
    "completed": lambda tx, village: interviews.save_interview(
        tx,
        village.interview.id,
        answers={},
        person_id=village.mother,
        cursor={},
        now=NOW,
        completed_at=NOW,
    ),
    "paused": lambda tx, v: people.set_status(tx, v.mother, PersonStatus.PAUSED),
    "stopped": lambda tx, v: people.set_status(tx, v.mother, PersonStatus.STOPPED),
    "refused": lambda tx, v: people.set_status(tx, v.mother, PersonStatus.REFUSED),
    "withdrawn": refuse_survey,
    "blocked": lambda tx, _: people.mark_blocked(tx, phone("mother"), now=NOW),
    "left": lambda tx, v: people.leave(tx, v.mother, v.household.id, now=NOW),
    "resting": lambda tx, v: households.pause(
        tx, v.household.id, until=NOW + 30 * DAY, reason="berduka"
    ),
    "closed": lambda tx, v: rounds_kept.set_end(tx, v.round_id, NOW),
    "erased": lambda tx, v: erase_person(tx, v.mother, now=NOW),
    "a cadre's": filled_in_by,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_who_must_not_be_reminded_is_not(database: Database, change: Change) -> None:
    def work(tx: Tx) -> int:
        change(tx, live(tx))
        plan(tx)
        return len(queued(tx))

    assert await database.run(work) == 0


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_what_was_queued_is_not_said_when_it_is_no_longer_true(
    sqlite_database: Database, change: Change
) -> None:
    def work(tx: Tx) -> tuple[int, int]:
        village = live(tx)
        asked = [_asked(village)]
        before = reminding.still_due(tx, KNOWN, asked, now=DAWN)
        change(tx, village)
        return len(before), len(reminding.still_due(tx, KNOWN, asked, now=DAWN))

    assert await sqlite_database.run(work) == (1, 0)


def _asked(village: Village, *, touched: datetime | None = NOW) -> Asked:
    return Asked(
        household_id=village.household.id,
        round_id=village.round_id,
        person_id=village.mother,
        section="profile",
        touched=touched and touched.isoformat(),
    )


@pytest.mark.parametrize(("touched", "said"), [(NOW, 0), (None, 1)])
async def test_an_answer_makes_a_reminder_needless_but_not_one_that_was_wished(
    database: Database, touched: datetime | None, said: int
) -> None:
    def work(tx: Tx) -> int:
        village = live(tx)
        answer(tx, village.interview.id, village.mother, "couple", "ya", now=NOW + HOUR)
        return len(reminding.still_due(tx, KNOWN, [_asked(village, touched=touched)], now=DAWN))

    assert await database.run(work) == said


async def test_a_family_that_never_began_is_reminded_too(database: Database) -> None:
    def work(tx: Tx) -> list[Any]:
        village = settle(tx)
        father = add_person(tx, "father", add_household(tx, rt=3))
        people.set_status(tx, father, PersonStatus.ACTIVE)
        agree(tx, father)
        plan(tx)
        assert village.mother != father
        return [one.params["touched"] for one in queued(tx)]

    assert await database.run(work) == [NOW.isoformat()]


async def test_one_phone_of_a_household_is_reminded_the_one_that_began(
    database: Database,
) -> None:
    def work(tx: Tx) -> tuple[list[int], int]:
        village = live(tx)
        father = add_person(tx, "father", village.household)
        people.set_status(tx, father, PersonStatus.ACTIVE)
        agree(tx, father)
        plan(tx)
        return [one.person_id for one in queued(tx)], village.mother

    reminded, mother = await database.run(work)

    assert reminded == [mother]


@pytest.mark.parametrize("families", [1, 30])
async def test_a_village_of_any_size_is_planned_with_as_many_statements(
    sqlite_database: Database, families: int
) -> None:
    def many(tx: Tx) -> tuple[int, int]:
        live(tx)
        for number in range(families):
            person = add_person(tx, f"p{number}", add_household(tx, rt=4))
            people.set_status(tx, person, PersonStatus.ACTIVE)
            agree(tx, person)
        before = tx.statements
        counts = plan(tx)
        return counts["reminded"] - families, tx.statements - before

    # Two villages, one of them with an open round.
    assert await sqlite_database.run(many) == (1, 17)


# -- the hour a family chose -------------------------------------------------------------------


def wish(tx: Tx, village: Village, minute: int, *, now: datetime) -> datetime | None:
    return reminding.wish(
        tx,
        KNOWN,
        Policy(),
        village.household,
        person=village.mother,
        minute=minute,
        now=now,
    )


async def test_a_wish_is_kept_and_followed_from_then_on(database: Database) -> None:
    def work(tx: Tx) -> tuple[datetime | None, list[datetime]]:
        village = live(tx)
        at = wish(tx, village, 19 * 60 + 30, now=NOW)
        plan(tx)
        return at, [one.not_before for one in queued(tx)]

    at, sent = await database.run(work)

    assert at == datetime(2026, 3, 9, 12, 30, tzinfo=UTC)
    assert sent == [at, datetime(2026, 3, 13, 12, 30, tzinfo=UTC)]


async def test_a_wish_moves_the_reminder_that_waits_for_the_same_day(database: Database) -> None:
    def work(tx: Tx) -> tuple[list[datetime], int]:
        village = live(tx)
        plan(tx)
        wish(tx, village, 10 * 60, now=DAWN)
        return [one.not_before for one in queued(tx)], rows(tx)

    assert await database.run(work) == ([DAWN + 5 * HOUR], 1)


async def test_after_the_days_reminder_has_left_a_wish_waits_for_other_days(
    database: Database,
) -> None:
    def work(tx: Tx) -> tuple[datetime | None, int]:
        village = live(tx)
        plan(tx)
        tx.execute(update(tables.outbox).values(state="sent"))
        return wish(tx, village, 20 * 60, now=DAWN), len(queued(tx))

    assert await database.run(work) == (None, 1)


async def test_a_wish_brings_no_fourth_reminder(sqlite_database: Database) -> None:
    def work(tx: Tx) -> list[bool]:
        village = live(tx)
        days = range(MOST + 2)
        return [wish(tx, village, 9 * 60, now=NOW + n * DAY) is not None for n in days]

    assert await sqlite_database.run(work) == [True, True, True, False, False]


# -- what the cadre reads ----------------------------------------------------------------------


def told(tx: Tx, *, scope: Scope, change: Change | None = None) -> tuple[list[str], list[Any]]:
    """What somebody with a cadre's role in *scope* reads after the third reminder."""
    village = live(tx)
    cadre = add_person(tx, "cadre")
    roles.grant_role(tx, cadre, Grant(Role.CADRE, Scope(JENGGOT, 1, 2)), now=NOW)
    for day in range(4):
        plan(tx, now=DAWN + day * DAY)
    roles.revoke_role(tx, cadre, Grant(Role.CADRE, Scope(JENGGOT, 1, 2)), now=NOW)
    roles.grant_role(tx, cadre, Grant(Role.CADRE, scope), now=NOW)
    if change is not None:
        change(tx, village)
    day = date(2026, 3, 16)  # of the fourth dawn
    found = unanswered.still_unanswered(tx, cadre, JENGGOT, day=day, now=DAWN + 3 * DAY)
    return [one.label for one in found], list(
        audit.audit_of(tx, "household", village.household.id)
    )


async def test_a_cadre_reads_who_has_not_answered_and_that_is_logged(database: Database) -> None:
    labels, logged = await database.run(lambda tx: told(tx, scope=Scope(JENGGOT, 1)))

    assert labels == ["Keluarga Melati"]
    assert [entry.act for entry in logged] == ["told_unanswered"]


@pytest.mark.parametrize(
    ("scope", "change"),
    [
        (Scope(JENGGOT, 9), None),
        (Scope(JENGGOT), CHANGES["completed"]),
        (Scope(JENGGOT), CHANGES["closed"]),
        (Scope(JENGGOT), lambda tx, v: erase_household(tx, v.household.id, now=NOW)),
    ],
    ids=["another's family", "answered since", "closed since", "erased since"],
)
async def test_a_cadre_reads_nothing_of_others_or_of_what_is_over(
    sqlite_database: Database, scope: Scope, change: Change | None
) -> None:
    assert await sqlite_database.run(lambda tx: told(tx, scope=scope, change=change)) == ([], [])


async def test_where_there_is_no_cadre_the_coordinator_is_told(sqlite_database: Database) -> None:
    def work(tx: Tx) -> list[str]:
        live(tx)
        somebody = add_person(tx, "coordinator")
        roles.grant_role(tx, somebody, Grant(Role.COORDINATOR, Scope("33.75")), now=NOW)
        for day in range(4):
            plan(tx, now=DAWN + day * DAY)
        return [one.kind for one in queued(tx) if one.person_id == somebody]

    assert await sqlite_database.run(work) == ["unanswered"]


async def test_erasing_takes_what_was_reminded_of_along(database: Database) -> None:
    def work(tx: Tx) -> tuple[int, int]:
        village = live(tx)
        plan(tx)
        before = rows(tx)
        erase_person(tx, village.mother, now=DAWN)
        return before, rows(tx)

    assert await database.run(work) == (1, 0)
    assert await database.read(lambda tx: kept.told_of(tx, JENGGOT, since=NOW, until=DAWN)) == (
        frozenset()
    )
