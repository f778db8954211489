"""Who is reminded of what and when; and, over random days, never too often and never at night."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkb_core import definitions
from kkb_core.hours import Hours, is_open
from kkb_core.reminders import (
    MOST,
    Clockwork,
    Facts,
    Kind,
    Member,
    Reminder,
    Rhythm,
    Settled,
    Tell,
    changed,
    due,
    place_of,
    wished,
)
from kkb_core.survey.interview import relevant_questions

ASKED = definitions.load().current
ZONE = "Asia/Jakarta"
HOURS = Hours()
CLOCKWORK = Clockwork(zone=ZONE, rhythm=Rhythm(), hours=HOURS)
HERE = ZoneInfo(ZONE)
DAWN = datetime(2026, 3, 9, 5, tzinfo=HERE)  # a Monday
DAY = timedelta(days=1)
PROFILE = {"members": "1", "couple": "tidak", "pregnant": "tidak", "kids": "0"}


def answered(sections: int) -> dict[str, str]:
    """Every question of the first sections skipped, but for the profile."""
    answers = dict(PROFILE)
    for section in ASKED.sections[:sections]:
        while left := [
            name
            for name in relevant_questions(ASKED, answers, section.name)
            if name not in answers
        ]:
            answers[left[0]] = ""
    return answers


def mother(**changed: object) -> Member:
    return replace(Member(person_id=1, reachable=True), **changed)


def home(**changed: object) -> Facts:
    facts = Facts(
        household_id=0,
        round_id=1,
        closes_at=DAWN + 180 * DAY,
        place=place_of(ASKED, {"members": "4"}),
        touched_at=DAWN - DAY,
        members=[mother()],
    )
    return replace(facts, **changed)


def one(*households: Facts, now: datetime = DAWN, clockwork: Clockwork = CLOCKWORK):
    found = list(due(households, clockwork, now=now))
    return found[0] if found else None


@pytest.mark.parametrize(
    ("answers", "section", "kind"),
    [
        ({}, "profile", Kind.NOT_STARTED),
        ({"members": "4"}, "profile", Kind.HALF_WAY),
        (answered(1), "agama", Kind.NEXT),
        (answered(1) | {"AGM1": "ya"}, "agama", Kind.HALF_WAY),
        (answered(2), "sosbud", Kind.NEXT),
    ],
)
def test_what_comes_next_is_read_off_the_answers(answers, section, kind):
    place = place_of(ASKED, answers)

    assert place is not None
    assert (place.section.name, place.kind) == (section, kind)


def test_nothing_comes_after_everything():
    assert place_of(ASKED, answered(len(ASKED.sections))) is None


def test_nobody_is_reminded_when_only_private_questions_are_left():
    answers = answered(len(ASKED.sections))
    private = [name for name in answers if ASKED.questions[name].sensitive]

    assert private
    assert place_of(ASKED, {n: v for n, v in answers.items() if n not in private}) is None


@pytest.mark.parametrize(("answers", "days"), [({}, 3), ({"members": "4"}, 1), (answered(1), 3)])
def test_each_kind_has_its_days_of_peace(answers, days):
    facts = home(place=place_of(ASKED, answers), touched_at=DAWN + timedelta(hours=17))

    found = [one(facts, now=DAWN + day * DAY) for day in range(1, 5)]

    assert [isinstance(each, Reminder) for each in found] == [day >= days for day in range(1, 5)]


@pytest.mark.parametrize(
    ("minute", "local"),
    [
        (None, time(18, 30)),
        (19 * 60 + 30, time(19, 30)),
        (8 * 60, time(8, 0)),
        (4 * 60, time(8, 0)),  # before anybody is written to
        (23 * 60, time(8, 0)),  # after it
    ],
)
def test_it_comes_at_the_hour_the_family_chose_within_open_hours(minute, local):
    found = one(home(members=[mother(minute=minute)]))

    assert found.not_before.astimezone(HERE).time() == local
    assert found.not_after.astimezone(HERE).time() == HOURS.closes


def test_the_hour_of_friday_prayers_is_waited_out():
    friday = DAWN + 4 * DAY

    found = one(home(members=[mother(minute=12 * 60)]), now=friday)

    assert found.not_before.astimezone(HERE).time() == time(13, 0)


def test_an_hour_gone_by_is_not_made_up_for():
    noon = DAWN + timedelta(hours=7)

    assert one(home(members=[mother(minute=8 * 60)]), now=noon) is None
    assert one(home(members=[mother(minute=19 * 60)]), now=noon) is not None


def test_a_holiday_has_no_reminders():
    hours = replace(HOURS, holidays=frozenset({DAWN.date()}))

    assert one(home(), clockwork=replace(CLOCKWORK, hours=hours)) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"place": None},
        {"paused_until": DAWN + DAY},
        {"closes_at": DAWN + timedelta(hours=10)},
        {"members": []},
        {"members": [mother(reachable=False)]},
        {"members": [mother(paused=True)]},
        {"members": [mother(paused=True, paused_until=DAWN + DAY)]},
        {"members": [mother(reminded_at=DAWN + timedelta(hours=13))]},
        {"sent": MOST + 1},
    ],
)
def test_nobody_is_reminded_who_must_not_be(changed):
    assert one(home()) is not None
    assert one(home(**changed)) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"paused_until": DAWN - DAY},
        {"members": [mother(paused=True, paused_until=DAWN)]},
        {"members": [mother(reachable=False), mother(person_id=2)]},
        {"members": [mother(reminded_at=DAWN - timedelta(hours=10))]},
    ],
)
def test_a_pause_that_is_over_and_another_member_count(changed):
    assert isinstance(one(home(**changed)), Reminder)


def test_one_phone_with_two_households_is_reminded_of_one_a_day():
    found = list(due([home(), home(household_id=1)], CLOCKWORK, now=DAWN))

    assert [each.household_id for each in found] == [0]


def test_after_the_third_the_cadre_is_told_once():
    told = one(home(sent=MOST, sent_at=DAWN - DAY))

    assert isinstance(told, Tell)
    assert one(home(sent=MOST, sent_at=DAWN)) is None
    assert one(home(sent=MOST + 1)) is None


def test_a_cadre_is_not_sent_to_who_refused_to_hear_from_one():
    assert one(home(sent=MOST, members=[mother(knows_cadre=False)])) is None


@pytest.mark.parametrize(
    ("now", "minute", "day", "local"),
    [
        (time(10), 19 * 60 + 30, 9, time(19, 30)),
        (time(19, 30), 19 * 60 + 30, 10, time(19, 30)),
        (time(20), 8 * 60, 10, time(8)),
        (time(10), 22 * 60, 10, time(8)),
    ],
)
def test_a_wish_is_for_the_next_such_hour(now, minute, day, local):
    at = datetime.combine(DAWN.date(), now, HERE)

    found = wished(home(), CLOCKWORK, minute=minute, now=at)

    arrives = found.not_before.astimezone(HERE)
    assert (arrives.date(), arrives.time()) == (date(2026, 3, day), local)
    assert found.touched_at is None


@pytest.mark.parametrize(
    "changed", [{"sent": MOST}, {"place": None}, {"members": [mother(paused=True)]}]
)
def test_a_wish_is_no_way_around_the_rules(changed):
    assert wished(home(**changed), CLOCKWORK, minute=600, now=DAWN) is None


# -- over random days --------------------------------------------------------------------------

PLACES = [
    None,
    *(place_of(ASKED, answered(n)) for n in range(4)),
    place_of(ASKED, {"members": "4"}),
]
MOMENTS = st.integers(0, 23 * 60 + 59)
EVENTS = st.sampled_from(
    ["", "", "answers", "pauses", "stops", "comes back", "finishes", "wishes"]
)


@given(
    households=st.integers(1, 3),
    members=st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 3), st.none() | MOMENTS), max_size=6
    ),
    days=st.lists(st.tuples(EVENTS, st.integers(0, 2), MOMENTS), max_size=40),
    rhythm=st.builds(
        Rhythm,
        not_started_days=st.integers(1, 4),
        half_way_days=st.integers(1, 4),
        next_days=st.integers(1, 4),
    ),
)
def test_over_random_days_nobody_is_reminded_too_often_or_at_night(
    households, members, days, rhythm
):
    village = Village(households, members, replace(CLOCKWORK, rhythm=rhythm))

    for day, (event, which, minute) in enumerate(days):
        village.lives(DAWN + day * DAY + timedelta(minutes=minute % 600), event, which, minute)

    assert max(Counter((p, at.date()) for p, at in village.arrived).values(), default=0) <= 1
    assert max(village.of_a_function.values(), default=0) <= MOST
    assert max(village.told.values(), default=0) <= 1
    assert all(is_open(at.astimezone(UTC), ZONE, HOURS) for _, at in village.arrived)


class Village:
    """Households whose days are planned as the service does it, and what arrives in them."""

    def __init__(self, households, members, clockwork):
        self.clockwork = clockwork
        self.homes = {n: home(household_id=n, members=[]) for n in range(households)}
        for household, person, minute in members:
            self._joins(household % households, person, minute)
        self.arrived, self.of_a_function, self.told = [], Counter(), Counter()
        self.reminded = {}
        self.sent = Counter()

    def _joins(self, household, person, minute):
        facts = self.homes[household]
        if all(one.person_id != person for one in facts.members):
            joined = [*facts.members, mother(person_id=person, minute=minute)]
            self.homes[household] = replace(facts, members=joined)

    def lives(self, now, event, which, minute):
        facts = self.homes[which % len(self.homes)]
        self._happens(facts, event, now, minute)
        homes = [self._now(facts) for facts in self.homes.values()]
        for found in due(homes, self.clockwork, now=now):
            self._takes(found, now)

    def _happens(self, facts, event, now, minute):
        match event:
            case "answers":
                place = PLACES[minute % len(PLACES)]
                self._set(facts, place=place, touched_at=now)
            case "finishes":
                self._set(facts, place=None)
            case "pauses":
                self._everybody(facts, paused=True, paused_until=now + 3 * DAY)
            case "stops":
                self._everybody(facts, reachable=False)
            case "comes back":
                self._everybody(facts, reachable=True, paused=False)
            case "wishes" if facts.members and facts.place:
                found = wished(self._now(facts), self.clockwork, minute=minute, now=now)
                taken = found and self.reminded.get(found.person_id)
                if found and (taken is None or taken.date() != found.not_before.date()):
                    self._takes(found, now)

    def _takes(self, found, now):
        key = (found.household_id, found.place.section.name)
        if isinstance(found, Tell):
            self.told[key] += 1
            self.sent[key] += 1
            return
        member = next(
            each
            for each in self.homes[found.household_id].members
            if each.person_id == found.person_id
        )
        assert member.may_be_reminded(now=now)
        assert self.homes[found.household_id].place is not None
        self.arrived.append((found.person_id, found.not_before.astimezone(HERE)))
        self.reminded[found.person_id] = found.not_before
        self.of_a_function[key] += 1
        self.sent[key] += 1

    def _now(self, facts):
        facts = self.homes[facts.household_id]
        section = facts.place.section.name if facts.place else ""
        members = [
            replace(one, reminded_at=self.reminded.get(one.person_id)) for one in facts.members
        ]
        return replace(facts, members=members, sent=self.sent[facts.household_id, section])

    def _set(self, facts, **changed):
        self.homes[facts.household_id] = replace(facts, **changed)

    def _everybody(self, facts, **changed):
        self._set(facts, members=[replace(one, **changed) for one in facts.members])


# -- once a month ------------------------------------------------------------------------------


def settled(**changed: object) -> Settled:
    return replace(Settled(household_id=0, answered_at=DAWN, members=[mother()]), **changed)


@given(st.integers(0, 400), st.integers(0, 40))
def test_a_settled_family_is_asked_once_in_so_many_days_and_by_day(days, every):
    clockwork = replace(CLOCKWORK, rhythm=Rhythm(changes_days=every))

    found = list(changed([settled()], clockwork, now=DAWN + days * DAY))

    assert bool(found) == (every > 0 and days > 0 and days % every == 0)
    assert all(is_open(one.not_before, ZONE, HOURS) for one in found)


@pytest.mark.parametrize(
    ("facts", "taken"),
    [
        ({"members": [mother(paused=True)]}, ()),
        ({"members": [mother(reachable=False)]}, ()),
        ({"members": [mother(reminded_at=DAWN + 30 * DAY)]}, ()),
        ({"paused_until": DAWN + 31 * DAY}, ()),
        ({}, (1,)),
    ],
)
def test_a_settled_family_is_left_in_peace_by_the_same_rules(facts, taken):
    now = DAWN + 30 * DAY

    assert list(changed([settled()], CLOCKWORK, now=now))
    assert not list(changed([settled(**facts)], CLOCKWORK, now=now, taken=taken))
