"""Whom to remind of what, and when; pure: facts and a moment in, reminders out.

At most one a day and a person, three a function, at the hour the family chose, within the hours in
which anybody is written to. After the third the cadre is told instead. What was missed is not made
up for. Nobody is reminded who paused, stopped, refused, blocked us, did not agree, or has nothing
left but private questions.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from kkb_core.hours import Hours, day_begins, is_open, next_open
from kkb_core.survey.interview import Interview, Progress, progress, relevant_questions
from kkb_core.survey.questionnaire import Questionnaire, Section

MOST = 3  # reminders of one function
EVENING = time(18, 30)  # after maghrib; the best hour for who named none
SPREAD = 110  # minutes over which a village is spread


class Kind(StrEnum):
    """What somebody is reminded of."""

    NOT_STARTED = "not_started"
    HALF_WAY = "half_way"
    NEXT = "next"  # one function is done, the next is due


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Days of peace before the first reminder of a kind, and between two."""

    not_started_days: int = 3
    half_way_days: int = 1
    next_days: int = 3
    changes_days: int = 30  # between two "Ada perubahan?"; 0: never

    def days(self, kind: Kind) -> int:
        """Those of *kind*."""
        match kind:
            case Kind.NOT_STARTED:
                return self.not_started_days
            case Kind.HALF_WAY:
                return self.half_way_days
            case Kind.NEXT:
                return self.next_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a household has to do next, and how much of it is left."""

    section: Section
    kind: Kind
    left: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody of the household. *reachable*: agreed, adult, in the programme, not blocking us.

    *reminded_at* is when they were last reminded of anything; *minute* the one after midnight at
    which they want it.
    """

    person_id: int
    reachable: bool
    paused: bool = False  # until they say so, when *paused_until* is None
    paused_until: datetime | None = None
    minute: int | None = None
    reminded_at: datetime | None = None
    knows_cadre: bool = True  # has not refused to hear from the cadre

    def may_be_reminded(self, *, now: datetime) -> bool:
        """Whether anything may be said to them now."""
        rests = self.paused and (self.paused_until is None or self.paused_until > now)
        return self.reachable and not rests


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A household in the round that is open. *members*: whoever answers most often first.

    *place* is None when nothing is left; *touched_at* when it last answered, or could have begun;
    *sent* counts the reminders of this function, the word to the cadre being one more.
    """

    household_id: int
    round_id: int
    closes_at: datetime
    place: Place | None
    touched_at: datetime
    members: Sequence[Member]
    paused_until: datetime | None = None
    sent: int = 0
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """Somebody is to be reminded between two moments; *number* counts from 1.

    *touched_at* is when the household had last answered: an answer since makes it needless. None
    where the family asked to be reminded whatever it does until then.
    """

    household_id: int
    round_id: int
    person_id: int
    place: Place
    number: int
    not_before: datetime
    not_after: datetime
    touched_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """The household's cadre is to be told that it has not answered."""

    household_id: int
    round_id: int
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A household that has answered everything, and when it last did."""

    household_id: int
    answered_at: datetime
    members: Sequence[Member]
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Somebody is to be asked between two moments whether anything changed."""

    household_id: int
    person_id: int
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Clockwork:
    """Where, how often and in which hours."""

    zone: str
    rhythm: Rhythm
    hours: Hours


def place_of(questionnaire: Questionnaire, answers: Mapping[str, str]) -> Place | None:
    """What comes next; None when nothing is left, or private questions only."""
    interview = Interview(questionnaire=questionnaire.id, answers=answers)
    for section in questionnaire.sections:
        left = progress(questionnaire, interview, section.name)
        if left.left and not _only_private(questionnaire, interview, section):
            return Place(section=section, kind=_kind(section, left), left=left)
    return None


def _kind(section: Section, left: Progress) -> Kind:
    if left.answered:
        return Kind.HALF_WAY
    return Kind.NOT_STARTED if section.is_profile else Kind.NEXT


def _only_private(questionnaire: Questionnaire, interview: Interview, section: Section) -> bool:
    return all(
        questionnaire.questions[name].sensitive
        for name in relevant_questions(questionnaire, interview.answers, section.name)
        if name not in interview.answers
    )


def due(
    households: Iterable[Facts], clockwork: Clockwork, *, now: datetime
) -> Iterator[Reminder | Tell]:
    """What the day of *now* brings, for each household at most one thing and one for a person."""
    taken: set[int] = set()
    for facts in households:
        found = _due(facts, clockwork, taken, now)
        if isinstance(found, Reminder):
            taken.add(found.person_id)
        if found is not None:
            yield found


def changed(
    households: Iterable[Settled],
    clockwork: Clockwork,
    *,
    now: datetime,
    taken: Iterable[int] = (),
) -> Iterator[Changed]:
    """Who is asked on the day of *now* whether anything changed; not the people *taken* already.

    Every so many days after the last answer: a day that was missed is not made up for.
    """
    asked = set(taken)
    for settled in households:
        if not _is_month(settled.answered_at, clockwork, now) or _rests(settled, now):
            continue
        for member in settled.members:
            if member.may_be_reminded(now=now) and member.person_id not in asked:
                if found := _changed(settled, member, clockwork, now):
                    asked.add(member.person_id)
                    yield found
                break


def _is_month(answered_at: datetime, clockwork: Clockwork, now: datetime) -> bool:
    every = clockwork.rhythm.changes_days
    days = _days_between(answered_at, now, clockwork)
    return every > 0 and days > 0 and days % every == 0


def _changed(
    settled: Settled, member: Member, clockwork: Clockwork, now: datetime
) -> Changed | None:
    today = day_begins(now, clockwork.zone)
    fresh = member.reminded_at is None or member.reminded_at < today
    at = _at(today, _minute(member, settled.household_id), clockwork)
    if not fresh or at is None or at < now:
        return None
    return Changed(
        household_id=settled.household_id,
        person_id=member.person_id,
        not_before=at,
        not_after=_closing(at, clockwork),
    )


def wished(facts: Facts, clockwork: Clockwork, *, minute: int, now: datetime) -> Reminder | None:
    """The reminder a family asked for, at the next such minute; None where none may be sent."""
    member = facts.members[0]
    free = member.may_be_reminded(now=now) and not _rests(facts, now)
    if facts.place is None or facts.sent >= MOST or not free:
        return None
    today = day_begins(now, clockwork.zone)
    for day in (today, today + timedelta(days=1)):
        at = _at(day, minute, clockwork)
        if at is not None and at > now:
            found = _reminder(facts, member, at, clockwork)
            return found and replace(found, touched_at=None)
    return None


def _rests(facts: Facts | Settled, now: datetime) -> bool:
    return facts.paused_until is not None and facts.paused_until > now


def _due(
    facts: Facts, clockwork: Clockwork, taken: set[int], now: datetime
) -> Reminder | Tell | None:
    members = [one for one in facts.members if one.may_be_reminded(now=now)]
    if facts.place is None or _rests(facts, now) or not members:
        return None
    if not _waited(facts, clockwork, now):
        return None
    if facts.sent >= MOST:
        told = facts.sent > MOST or not all(one.knows_cadre for one in facts.members)
        return None if told else _tell(facts)
    today = day_begins(now, clockwork.zone)
    for member in members:
        fresh = member.reminded_at is None or member.reminded_at < today
        if fresh and member.person_id not in taken:
            at = _at(today, _minute(member, facts.household_id), clockwork)
            # An hour that has gone by is not made up for.
            return None if at is None or at < now else _reminder(facts, member, at, clockwork)
    return None


def _waited(facts: Facts, clockwork: Clockwork, now: datetime) -> bool:
    """Whether the family was left in peace long enough, in days of its own calendar."""
    assert facts.place is not None
    last = max(facts.touched_at, facts.sent_at or facts.touched_at)
    return _days_between(last, now, clockwork) >= clockwork.rhythm.days(facts.place.kind)


def _days_between(then: datetime, now: datetime, clockwork: Clockwork) -> int:
    zone = ZoneInfo(clockwork.zone)
    return (now.astimezone(zone).date() - then.astimezone(zone).date()).days


def _minute(member: Member, household_id: int) -> int:
    if member.minute is not None:
        return member.minute
    spread = household_id * 37 % SPREAD  # the same each day, and a village not all at once
    return EVENING.hour * 60 + EVENING.minute + spread


def _at(day: datetime, minute: int, clockwork: Clockwork) -> datetime | None:
    """The minute of a day, or where that is closed, the nearest open moment after or before it."""
    zone, hours = clockwork.zone, clockwork.hours
    local = datetime.combine(day.date(), time(minute // 60, minute % 60), tzinfo=day.tzinfo)
    if is_open(local, zone, hours):
        return local
    for begin in (local, day):
        opening = next_open(begin, zone, hours)
        if opening.astimezone(day.tzinfo).date() == day.date():
            return opening
    return None


def _reminder(facts: Facts, member: Member, at: datetime, clockwork: Clockwork) -> Reminder | None:
    if at >= facts.closes_at:
        return None
    assert facts.place is not None
    return Reminder(
        household_id=facts.household_id,
        round_id=facts.round_id,
        person_id=member.person_id,
        place=facts.place,
        number=facts.sent + 1,
        not_before=at,
        not_after=min(_closing(at, clockwork), facts.closes_at),
        touched_at=facts.touched_at,
    )


def _closing(at: datetime, clockwork: Clockwork) -> datetime:
    return datetime.combine(at.date(), clockwork.hours.closes, ZoneInfo(clockwork.zone))


def _tell(facts: Facts) -> Tell:
    assert facts.place is not None
    return Tell(household_id=facts.household_id, round_id=facts.round_id, place=facts.place)
