"""Protection cases: the officer's alone, at the hour the person called safe, saying nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from kkb_core.errors import NotAllowed
from kkb_core.services import protecting
from kkb_core.services.protecting import Course
from kkb_core.storage import audit, flags
from kkb_core.storage.flags import FlagState
from kkb_core.storage.tables import outbox
from tests.kkb_core.services.working import OF_RW1, OF_VILLAGE, OFFICER, at_work, raised
from tests.kkb_core.storage.village import NOW, add_person, answer


@pytest.fixture
def here(tx):
    return at_work(tx)


@pytest.fixture
def case(tx, here):
    answer(tx, here.village.interview.id, here.village.mother, "LIN1", "ya")
    return raised(tx, here.home, here.village.interview.id, "LIN1")


def allowed(tx, here, hour):
    flags.allow_contact(tx, here.village.interview.id, "LIN1", hour=hour, now=NOW)


def test_the_officer_sees_cases_and_nothing_else(tx, here, case):
    raised(tx, here.home, here.village.interview.id, "EKO3", contact_allowed=True)

    assert [one.id for one in protecting.cases(tx, here.officer, OFFICER)] == [case]


@pytest.mark.parametrize("who", ["cadre", "coordinator"])
def test_nobody_else_sees_opens_or_moves_a_case(tx, here, case, who):
    person = getattr(here, who)
    hat = OF_RW1 if who == "cadre" else OF_VILLAGE
    tries = [
        lambda: protecting.cases(tx, person, hat),
        lambda: protecting.open_case(tx, person, case, now=NOW),
        lambda: protecting.set_course(tx, person, case, Course.CLOSED_SAFE, now=NOW),
        lambda: protecting.greet(tx, person, case, now=NOW),
    ]

    for one in tries:
        with pytest.raises(NotAllowed):
            one()
    assert flags.flag(tx, case).state is FlagState.OPEN


def test_the_officer_opens_no_other_follow_up_as_a_case(tx, here):
    other = raised(tx, here.home, here.village.interview.id, "EKO3", contact_allowed=True)

    with pytest.raises(NotAllowed):
        protecting.open_case(tx, here.officer, other, now=NOW)


def test_opening_is_written_down(tx, here, case):
    opened = protecting.open_case(tx, here.officer, case, now=NOW)

    assert opened.respondent == here.village.mother
    assert flags.flag(tx, case).state is FlagState.SEEN
    assert [one.act for one in audit.audit_of(tx, "flag", case)] == ["open_case"]


@pytest.mark.parametrize(
    ("hour", "now", "leaves"),
    [
        ("morning", "02:00", "02:00"),  # 09.00 in Jenggot: now is safe
        ("noon", "02:00", "04:00"),
        ("evening", "02:00", "11:30"),
        ("morning", "05:00", "01:00"),  # tomorrow
    ],
)
def test_a_greeting_leaves_at_the_hour_the_person_called_safe(tx, here, case, hour, now, leaves):
    allowed(tx, here, hour)
    at = datetime.combine(NOW.date(), datetime.strptime(now, "%H:%M").time(), UTC)  # noqa: DTZ007

    sent = protecting.greet(tx, here.officer, case, now=at)

    assert f"{sent.astimezone(UTC):%H:%M}" == leaves
    assert sent >= at
    row = tx.execute(select(outbox)).one()
    assert (row.kind, row.person_id) == ("greeting", here.village.mother)
    assert row.not_after - row.not_before <= timedelta(hours=2)
    assert set(row.params) == {"household_id", "about"}


def test_who_asked_not_to_be_contacted_is_not(tx, here, case):
    assert protecting.greet(tx, here.officer, case, now=NOW) is None
    assert tx.execute(select(outbox)).all() == []


def test_the_greeting_goes_to_who_answered_and_to_no_other_member(tx, here, case):
    add_person(tx, "father", here.home)
    allowed(tx, here, "morning")

    protecting.greet(tx, here.officer, case, now=NOW)

    assert tx.execute(select(outbox.c.person_id)).scalars().all() == [here.village.mother]


@pytest.mark.parametrize("course", Course)
def test_a_case_runs_its_course(tx, here, case, course):
    protecting.set_course(tx, here.officer, case, course, now=NOW)

    found = flags.flag(tx, case)
    assert (found.state, found.outcome) == (protecting.STATES[course], course.value)
    left = protecting.cases(tx, here.officer, OFFICER)
    assert (found.state is FlagState.CLOSED) is (left == ())


def test_the_answer_to_a_greeting_reaches_the_officer_once_a_day(tx, here, case):
    first = protecting.answer_greeting(tx, here.village.mother, case, now=NOW)
    again = protecting.answer_greeting(tx, here.village.mother, case, now=NOW)

    rows = tx.execute(select(outbox).where(outbox.c.kind == "case_answered")).all()
    assert (first, again) == (True, True)
    assert [row.person_id for row in rows] == [here.officer]


def test_nobody_else_answers_a_greeting(tx, here, case):
    father = add_person(tx, "father", here.home)

    for person, number in ((father, case), (here.cadre, case), (here.village.mother, case + 99)):
        assert not protecting.answer_greeting(tx, person, number, now=NOW)
