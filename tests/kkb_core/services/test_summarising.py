"""The week of a village: equal to what raw answers give, the same for all who are told, told once."""

from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select, update

from kkb_core.roles import Grant, Role, Scope
from kkb_core.services import answering, summarising
from kkb_core.services.areas import add_area, open_round
from kkb_core.services.summarising import Hour, enqueue, gather, told, week_due, widest
from kkb_core.services.summary_job import SummaryJob
from kkb_core.storage import areas, flags, interviews, people, rollups
from kkb_core.storage.tables import outbox, scores
from kkb_core.summary.week import Week, age_of
from kkb_core.survey.questionnaire import Route
from tests.kkb_core.services.answered import (
    JENGGOT,
    MONDAY,
    READ,
    WEEK,
    recomputed,
    says,
    settle,
)


def week(tx, *scopes):
    village = gather(tx, READ, JENGGOT, monday=WEEK, now=MONDAY)
    return told(tx, READ, village, scopes or (Scope(JENGGOT),))


def mean(values):
    return round(Fraction(sum(values), len(values)))


async def test_the_figures_are_those_of_the_raw_answers(database):
    def work(tx):
        village = settle(tx)
        raw = recomputed(tx, village.homes, village.current)
        return week(tx), raw, recomputed(tx, village.homes, village.earlier)

    found, raw, before = await database.run(work)

    assert {one.name for one in found.functions} == {n for n, v in raw.items() if len(v) >= 5}
    for one in found.functions:
        values = raw[one.name]
        assert (one.households, one.mean) == (len(values), mean(values))
        assert one.change.tenths == mean(values) - mean(before[one.name])
        low, high = sum(v < 600 for v in values), sum(v > 800 for v in values)
        bands = (low, len(values) - low - high, high)
        assert one.bands == (None if any(0 < n < 5 for n in bands) else bands)


async def test_the_parts_of_all_cadres_add_up_to_the_coordinators_village(database):
    def work(tx):
        settle(tx)
        village = gather(tx, READ, JENGGOT, monday=WEEK, now=MONDAY)
        parts = [village.part((Scope(JENGGOT, rw),)) for rw in (1, 2, 3, 4)]
        return village.whole(), parts

    whole, (first, *others) = await database.run(work)

    for one in others:
        first += one
    assert first.activity == whole.activity
    assert first.now == whole.now
    assert first.before == whole.before
    assert first.readings == whole.readings
    assert dict(first.tasks) == dict(whole.tasks)
    assert first.quality == whole.quality


def test_activity_is_counted_household_by_household(tx):
    village = settle(tx)

    found = week(tx).activity

    assert found.registered == len(village.homes) == 40
    assert 20 < found.begun < 40
    assert 0 < found.complete < found.begun
    assert 0 < found.answered <= found.begun


def test_who_only_looked_at_the_first_question_has_not_answered(tx):
    village = settle(tx)
    before = week(tx).activity
    newcomer = next(one for one in village.homes if not interviews_in(tx, one.id, village.current))
    at = MONDAY - timedelta(days=2)
    answering.open_interview(tx, READ, newcomer, person=village.cadre, now=at)

    found = week(tx).activity

    assert found.begun == before.begun + 1
    assert found.answered == before.answered


def interviews_in(tx, household, round_id):
    found = interviews.interviews_of(tx, household)
    return [one for one in found if one.round_id == round_id]


def test_a_fall_is_named_first_and_split(tx):
    settle(tx, 80, fall=1.2)

    found = week(tx)

    assert found.falls
    assert found.weakest == found.falls[0]
    deepest = found.falls[0].change
    assert deepest.tenths == min(one.change.tenths for one in found.functions)
    assert deepest.answers + deepest.composition == deepest.tenths


def test_the_same_village_a_week_later_says_what_the_week_changed(tx):
    settle(tx)
    area = areas.area(tx, JENGGOT)
    enqueue(tx, READ, area, monday=WEEK, now=MONDAY)

    later = MONDAY + timedelta(days=7)
    village = gather(tx, READ, JENGGOT, monday=WEEK + timedelta(days=7), now=later)
    found = told(tx, READ, village, (Scope(JENGGOT),))

    assert [one.since_week for one in found.functions] == [0] * len(found.functions)


def test_no_protection_case_and_no_private_question_is_in_any_number(tx):
    settle(tx)
    before = week(tx)

    private = summarising.private_questions(READ.current)
    every = flags.flags_of(tx, Scope(JENGGOT), Route)
    hidden = [one for one in every if one.question in private or one.route is Route.PROTECTION]

    assert hidden
    for one in hidden:
        flags.move_flag(tx, one.id, flags.FlagState.CLOSED, now=MONDAY)
    assert week(tx).tasks == before.tasks
    assert "LIN1" in private


def test_who_said_no_to_statistics_is_in_no_figure_but_is_counted_as_taking_part(tx):
    village = settle(tx)
    before = week(tx)

    for home in village.homes[:10]:
        for member in people.members_of(tx, home.id):
            says(tx, member.person.id, given=False)
    after = week(tx)

    assert after.activity == before.activity
    raw = recomputed(tx, village.homes[10:], village.current)
    assert {one.name: one.households for one in after.functions} == {
        name: len(values) for name, values in raw.items() if len(values) >= 5
    }


def test_a_village_without_a_round_has_no_week(tx):
    add_area(tx, JENGGOT)

    assert gather(tx, READ, JENGGOT, monday=WEEK, now=MONDAY) is None


def test_a_part_that_would_give_the_rest_away_shows_no_function(tx):
    settle(tx, 16)
    almost_all = tuple(Scope(JENGGOT, rw) for rw in (1, 2, 3))

    found = week(tx, *almost_all)

    whole = {one.name: one.households for one in week(tx).functions}
    assert all(whole[one.name] - one.households not in range(1, 5) for one in found.functions)


# -- every week --------------------------------------------------------------------------------


async def test_each_is_told_once_a_week_whatever_happens(database):
    await database.run(settle)
    job = SummaryJob(database, READ, Hour())

    first = await job.run(MONDAY)
    again = await job.run(MONDAY + timedelta(minutes=1))
    later = await job.run(MONDAY + timedelta(days=6))
    week_after = await job.run(MONDAY + timedelta(days=7))

    assert first == {"villages": 1, "queued": 2}
    assert again == later == {"villages": 0, "queued": 0}
    assert week_after == {"villages": 1, "queued": 2}


async def test_a_round_of_the_kota_keeps_the_figures_of_kecamatan_and_kota(sqlite_database):
    def work(tx):
        village = settle(tx)
        of = open_round(tx, "33.75", questionnaire=READ.current, now=MONDAY - timedelta(days=11))
        in_kota = update(scores).where(scores.c.round_id == village.current)
        tx.execute(in_kota.values(round_id=of.id))
        return recomputed(tx, village.homes, village.current)

    raw = await sqlite_database.run(work)

    await SummaryJob(sqlite_database, READ, Hour()).run(MONDAY)

    for code in ("33.75", "33.75.04"):
        kept = await sqlite_database.run(
            lambda tx, code=code: rollups.rollup(tx, Scope(code), WEEK)
        )
        assert {name: one["n"] for name, one in kept.figures["scales"].items() if name in raw} == {
            name: len(values) for name, values in raw.items() if len(values) >= 5
        }


async def test_a_crash_between_figures_and_messages_leaves_neither(database):
    await database.run(settle)

    def dies(tx):
        enqueue(tx, READ, areas.area(tx, JENGGOT), monday=WEEK, now=MONDAY)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await database.run(dies)

    assert await SummaryJob(database, READ, Hour()).run(MONDAY) == {"villages": 1, "queued": 2}


async def test_a_missed_monday_is_made_up_for(database):
    await database.run(settle)

    counts = await SummaryJob(database, READ, Hour()).run(MONDAY + timedelta(days=2))

    assert counts["queued"] == 2


@pytest.mark.parametrize(("hours", "weeks"), [(-1, None), (0, 0), (144, 0), (167, None), (168, 1)])
def test_the_week_is_due_from_monday_seven_by_the_villages_clock(tx, hours, weeks):
    settle(tx, 1)
    area = areas.area(tx, JENGGOT)

    found = week_due(area, Hour(), MONDAY.replace(minute=0) + timedelta(hours=hours))

    assert found == (None if weeks is None else WEEK + timedelta(days=7 * weeks))


def test_what_is_queued_survives_being_written_down(tx):
    settle(tx)
    enqueue(tx, READ, areas.area(tx, JENGGOT), monday=WEEK, now=MONDAY)

    params = [row.params for row in tx.execute(select(outbox.c.params).order_by(outbox.c.id))]

    weeks = [Week.from_json(one["week"]) for one in params]
    assert weeks == [week(tx, Scope(JENGGOT, 1)), week(tx)]
    assert [one["spots"] for one in params] == [[[1, None]], [[None, None]]]


def test_kept_figures_have_no_cell_below_five(tx):
    settle(tx, 30)
    enqueue(tx, READ, areas.area(tx, JENGGOT), monday=WEEK, now=MONDAY)

    for kept in rollups.spots_of(tx, JENGGOT, WEEK).values():
        scales = kept.figures.get("scales", {}).values()
        assert all(one["n"] >= 5 for one in scales)
        assert all(not 0 < n < 5 for one in scales for n in one["bands"] or ())


@pytest.mark.parametrize(
    ("grants", "parts"),
    [
        ([("cadre", 1, 2)], [(1, 2)]),
        ([("cadre", 1, 2), ("cadre", 1, 1)], [(1, 1), (1, 2)]),
        ([("cadre", 1, 2), ("cadre", 1, None)], [(1, None)]),
        ([("cadre", 1, 2), ("coordinator", None, None)], [(None, None)]),
        ([("protection", None, None), ("family", None, None)], []),
    ],
)
def test_a_person_is_told_of_all_their_parts_and_of_none_twice(grants, parts):
    held = [Grant(Role(role), Scope(JENGGOT, rw, rt)) for role, rw, rt in grants]

    found = widest(held, (Role.CADRE, Role.COORDINATOR), JENGGOT)

    assert [(one.rw, one.rt) for one in found] == parts


@pytest.mark.parametrize(("days", "age"), [(0, 0), (2.9, 0), (3, 1), (7, 2), (30, 3), (90, 3)])
def test_follow_ups_are_told_by_their_age(days, age):
    assert age_of(MONDAY - timedelta(days=days), MONDAY) == age
