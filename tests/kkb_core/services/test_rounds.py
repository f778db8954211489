"""Rounds are opened, extended and closed by who may, and every step is in the audit log."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from kkb_core import definitions
from kkb_core.errors import InputRefused, NotAllowed
from kkb_core.messaging import Address, Channel
from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import answering, areas, rounds
from kkb_core.services.answering import Writer
from kkb_core.storage import Database, Tx, audit, households, interviews, roles, standing
from kkb_core.storage import rounds as kept
from kkb_core.storage.rounds import Round
from kkb_core.survey.interview import resume, start

JENGGOT, KRADENAN = "33.75.04.1004", "33.75.04.1002"
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)  # 09.00 in Jenggot
DAY = timedelta(days=1)
ASKED = definitions.load().current


def opened(tx: Tx, code: str = JENGGOT, *, now: datetime = NOW, by: int | None = None) -> Round:
    areas.add_area(tx, code)
    return rounds.open_one(tx, code, by=by, questionnaire=ASKED, now=now)


def somebody(tx: Tx, role: Role, scope: Scope) -> int:
    person = standing.arrive(tx, Address(Channel.WEB, str(role)), now=NOW).person.id
    roles.grant_role(tx, person, Grant(role, scope), now=NOW)
    return person


Set = Callable[[Tx, Round, int], object]
ACTS: list[Set] = [
    lambda tx, one, by: opened(tx, KRADENAN, by=by),
    lambda tx, one, by: rounds.extend(tx, one.id, until=date(2026, 12, 31), by=by, now=NOW),
    lambda tx, one, by: rounds.close(tx, one.id, by=by, now=NOW),
    lambda tx, one, by: rounds.one(tx, one.id, by=by),
]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    ("role", "scope", "may"),
    [
        (Role.ADMIN, Scope("33.75"), True),
        (Role.COORDINATOR, Scope("33.75.04"), True),
        (Role.COORDINATOR, Scope(JENGGOT, 3), False),
        (Role.COORDINATOR, Scope("33.76"), False),
        (Role.CADRE, Scope("33.75"), False),
        (Role.PROTECTION, Scope("33.75"), False),
        (Role.VIEWER, Scope("33.75"), False),
    ],
)
def test_a_round_is_set_by_who_may_where_they_may(tx, act, role, scope, may):
    areas.add_area(tx, KRADENAN)
    one, by = opened(tx), somebody(tx, role, scope)

    if may:
        assert act(tx, one, by)
    else:
        with pytest.raises(NotAllowed):
            act(tx, one, by)


@pytest.mark.parametrize(
    ("role", "scope", "areas_"),
    [
        (Role.ADMIN, Scope("33.75"), ("33.75",)),
        (Role.COORDINATOR, Scope(JENGGOT), (JENGGOT,)),
        (Role.COORDINATOR, Scope(JENGGOT, 3), ()),
        (Role.CADRE, Scope(JENGGOT), ()),
    ],
)
def test_whole_areas_can_be_set(tx, role, scope, areas_):
    assert rounds.may_set(tx, somebody(tx, role, scope)) == areas_


def test_every_step_is_in_the_audit_log(tx):
    areas.add_area(tx, JENGGOT)
    by = somebody(tx, Role.COORDINATOR, Scope(JENGGOT))
    one = opened(tx, by=by)
    rounds.extend(tx, one.id, until=date(2026, 10, 1), by=by, now=NOW)
    rounds.close(tx, one.id, by=None, now=NOW + DAY)

    told = audit.audit_of(tx, "round", one.id)

    assert [(entry.act, entry.actor) for entry in told] == [
        ("open_round", by),
        ("extend_round", by),
        ("close_round", None),
    ]
    assert told[1].detail == {"area": JENGGOT, "until": "2026-10-01"}


def test_an_extended_round_ends_with_the_day_named(tx):
    extended = rounds.extend(tx, opened(tx).id, until=date(2026, 10, 1), by=None, now=NOW)

    assert extended.last == date(2026, 10, 1)
    assert extended.round.closes_at == datetime(2026, 10, 1, 17, tzinfo=UTC)


def test_a_closed_round_is_open_no_more(tx):
    one = opened(tx)

    rounds.close(tx, one.id, by=None, now=NOW + DAY)

    assert kept.round_for(tx, JENGGOT, now=NOW + DAY) is None
    assert opened(tx, now=NOW + DAY).id != one.id


@pytest.mark.parametrize(
    ("act", "line"),
    [
        (lambda tx, one: rounds.close(tx, one.id, by=None, now=NOW + 300 * DAY), "is not open"),
        (lambda tx, one: rounds.close(tx, one.id, by=None, now=NOW - DAY), "is not open"),
        (lambda tx, one: rounds.close(tx, 99, by=None, now=NOW), "there is no round 99"),
        (
            lambda tx, one: rounds.extend(tx, one.id, until=date(2026, 3, 1), by=None, now=NOW),
            "this day has passed",
        ),
        (
            lambda tx, one: rounds.extend(
                tx, one.id, until=date(2027, 3, 1), by=None, now=NOW + 300 * DAY
            ),
            "closed on 2026-09-01",
        ),
    ],
)
def test_what_cannot_be_set_is_refused(tx, act, line):
    one = opened(tx)

    with pytest.raises(InputRefused, match=line):
        act(tx, one)


def test_rounds_are_listed_while_they_concern_anybody(tx):
    one, kota = opened(tx), opened(tx, "33.75")

    def found(area: str, after: timedelta = timedelta()) -> list[int]:
        return [listed.round.id for listed in rounds.listed(tx, area, now=NOW + after)]

    assert found("33.75") == [kota.id, one.id]
    assert found(JENGGOT) == [one.id]
    assert found("33.76") == []
    assert found(JENGGOT, one.closes_at - NOW + 29 * DAY) == [one.id]
    assert found(JENGGOT, one.closes_at - NOW + 31 * DAY) == []


# -- twice a year ------------------------------------------------------------------------------


def due(tx: Tx, *, now: datetime, months: int = 6) -> int:
    return rounds.open_due(tx, questionnaire=ASKED, every_months=months, now=now)["opened"]


@pytest.mark.parametrize(
    ("months", "after", "opens"),
    [
        (6, datetime(2026, 9, 1, 16, tzinfo=UTC), 0),
        (6, datetime(2026, 9, 1, 17, tzinfo=UTC), 0),  # closed, and not six months since it opened
        (6, datetime(2026, 9, 2, 2, tzinfo=UTC), 1),
        (12, datetime(2026, 9, 2, 2, tzinfo=UTC), 0),
        (12, datetime(2027, 3, 2, 2, tzinfo=UTC), 1),
        (0, datetime(2036, 3, 2, 2, tzinfo=UTC), 0),
    ],
)
def test_the_next_round_opens_so_long_after_the_last_was_opened(tx, months, after, opens):
    opened(tx)

    assert due(tx, now=after, months=months) == opens


def test_two_years_are_four_rounds_one_after_the_other(tx):
    opened(tx)

    hours = range(0, 2 * 365 * 24, 6)
    started = [NOW + hour * DAY / 24 for hour in hours if due(tx, now=NOW + hour * DAY / 24)]

    assert [at.date() for at in started] == [
        date(2026, 9, 2),
        date(2027, 3, 2),
        date(2027, 9, 2),
    ]


def test_a_round_of_the_kota_keeps_its_villages_from_opening_their_own(tx):
    opened(tx)
    later = NOW + 365 * DAY
    opened(tx, "33.75", now=later - DAY)

    assert due(tx, now=later) == 0
    assert due(tx, now=later + 365 * DAY) == 1
    assert kept.newest_rounds(tx)[0].area_code == "33.75"


def test_a_round_to_come_is_waited_for(tx):
    opened(tx)
    opened(tx, now=NOW + 400 * DAY)

    assert due(tx, now=NOW + 300 * DAY) == 0


async def test_what_is_due_is_read_from_rows_on_every_database(database: Database) -> None:
    later = NOW + 200 * DAY
    await database.run(opened)

    first = await database.run(lambda tx: due(tx, now=later))
    again = await database.run(lambda tx: due(tx, now=later))

    assert (first, again) == (1, 0)


# -- late answers ------------------------------------------------------------------------------


def test_a_late_answer_goes_to_the_round_it_began_in(tx):
    known = definitions.load()
    old = opened(tx)
    mother = standing.arrive(tx, Address(Channel.WEB, "siti"), now=NOW).person.id
    home = households.create(tx, Scope(JENGGOT, 1, 1), "Keluarga", now=NOW)
    stored = answering.open_interview(tx, known, home, person=mother, now=NOW)
    assert stored is not None
    writer = Writer(person=mother, channel=Channel.WEB)
    stored = answering.keep(tx, known, home, stored, start(ASKED), writer=writer, now=NOW)
    rounds.close(tx, old.id, by=None, now=NOW + DAY)
    opened(tx, now=NOW + DAY)

    answered = resume(ASKED, answering.value_of(stored), "3")
    late = NOW + DAY + timedelta(minutes=1)
    answering.keep(tx, known, home, stored, answered, writer=writer, now=late)

    (one,) = interviews.interviews_of(tx, home.id)
    assert (one.round_id, one.answers["members"], one.updated_at) == (old.id, "3", late)
