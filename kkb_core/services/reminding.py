"""Reminding families by the outbox, and telling the cadre when that was no use."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import groupby

from kkb_core import reminders
from kkb_core.definitions import Definitions
from kkb_core.hours import Hours, day_begins, next_open
from kkb_core.reminders import Clockwork, Facts, Place, Reminder, Rhythm, Tell
from kkb_core.services import monthly
from kkb_core.services.reminder_rows import key_of, member_of
from kkb_core.services.unanswered import tell_cadres
from kkb_core.storage import Tx, areas, chores, outbox, rounds
from kkb_core.storage import reminders as kept
from kkb_core.storage.areas import Area
from kkb_core.storage.households import Household
from kkb_core.storage.outbox import Wanted
from kkb_core.storage.reminders import Found, NewReminded, Past
from kkb_core.storage.rounds import Round

CHORE = "reminders"
PLANNED = time(5)  # the village's own time at which its day is planned
VILLAGES = 1  # in one transaction: on SQLite everybody who writes waits for it
REMINDER = "reminder"  # its kind in the outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How often, and in which hours."""

    rhythm: Rhythm = field(default_factory=Rhythm)
    hours: Hours = field(default_factory=Hours)

    def clockwork(self, area: Area) -> Clockwork:
        """The same by the clock of *area*."""
        return Clockwork(zone=area.zone, rhythm=self.rhythm, hours=self.hours)


# -- the day of a village ----------------------------------------------------------------------


def plan(tx: Tx, definitions: Definitions, policy: Policy, *, now: datetime) -> Mapping[str, int]:
    """Queue the day's reminders of some villages whose day has not been planned.

    Returns counts; none when every village has been planned. What is due is read from rows and
    *now*: a day that was missed is not made up for, a day planned twice is planned once.
    """
    done = chores.resting(tx, CHORE, now=now)
    waiting = [one for one in areas.villages(tx) if one.code not in done][:VILLAGES]
    counts = Counter(villages=len(waiting)) if waiting else Counter[str]()
    for area in waiting:
        counts.update(_plan(tx, definitions, policy, area, now))
        tomorrow = day_begins(now, area.zone) + timedelta(days=1, hours=PLANNED.hour)
        chores.rest(tx, CHORE, until=tomorrow, area=area.code)
    return counts


def _plan(
    tx: Tx, definitions: Definitions, policy: Policy, area: Area, now: datetime
) -> Mapping[str, int]:
    current, clockwork = rounds.round_for(tx, area.code, now=now), policy.clockwork(area)
    if current is None:
        return {"asked": monthly.plan(tx, clockwork, area, now=now)}
    found = kept.unfinished(tx, current.id, area=area.code)
    facts = _facts(tx, definitions, current, found)
    due = list(reminders.due(facts, clockwork, now=now))
    remind = [one for one in due if isinstance(one, Reminder)]
    tell = [one for one in due if isinstance(one, Tell)]
    outbox.put(tx, [_wanted(one, area) for one in remind], now=now)
    kept.put_reminded(tx, map(_reminded, remind))
    if tell:
        scopes = {one.household_id: one.scope for one in found}
        opening = next_open(now, area.zone, policy.hours)
        tell_cadres(tx, area, tell, scopes, opening=opening, now=now)
    asked = monthly.plan(
        tx,
        clockwork,
        area,
        now=now,
        reminded={one.person_id for one in remind},
        unfinished={one.household_id for one in found},
    )
    return {"reminded": len(remind), "told": len(tell), "asked": asked}


def _facts(
    tx: Tx, definitions: Definitions, current: Round, found: Sequence[Found]
) -> Iterator[Facts]:
    past = kept.past_of(tx, current.id, {one.household_id for one in found})
    for _, group in groupby(found, key=lambda one: one.household_id):
        yield _facts_of(definitions, current, list(group), past)


def _facts_of(
    definitions: Definitions,
    current: Round,
    members: Sequence[Found],
    past: Mapping[tuple[int, str], Past],
) -> Facts:
    first = members[0]
    asked = definitions.questionnaire(first.questionnaire or current.questionnaire)
    place = reminders.place_of(asked, first.answers or {})
    before = past.get((first.household_id, place.section.name)) if place else None
    begun = max(current.opens_at, min(one.joined_at for one in members))
    return Facts(
        household_id=first.household_id,
        round_id=current.id,
        closes_at=current.closes_at,
        place=place,
        touched_at=first.touched_at or begun,
        members=[member_of(one) for one in members],
        paused_until=first.household_paused_until,
        sent=before.sent if before else 0,
        sent_at=before.at if before else None,
    )


def _wanted(one: Reminder, area: Area) -> Wanted:
    return Wanted(
        kind=REMINDER,
        person_id=one.person_id,
        dedupe_key=key_of(one.person_id, one.not_before, area),
        not_before=one.not_before,
        not_after=one.not_after,
        params={
            "household_id": one.household_id,
            "round_id": one.round_id,
            "section": one.place.section.name,
            "number": one.number,
            "touched": one.touched_at and one.touched_at.isoformat(),
        },
    )


def _reminded(one: Reminder) -> NewReminded:
    return NewReminded(
        household_id=one.household_id,
        round_id=one.round_id,
        section=one.place.section.name,
        number=one.number,
        kind=one.place.kind.value,
        person_id=one.person_id,
        at=one.not_before,
    )


# -- what is still true when it is sent --------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A reminder as it was queued. *touched*: when the household had last answered, if it matters."""

    household_id: int
    round_id: int
    person_id: int
    section: str
    touched: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """What the household has to do next, and what it is called."""

    place: Place
    label: str


def still_due(
    tx: Tx, definitions: Definitions, asked: Collection[Asked], *, now: datetime
) -> Mapping[Asked, Still]:
    """Which reminders are still true: nobody answered, paused, left or finished since."""
    found: dict[Asked, Still] = {}
    for round_id in {one.round_id for one in asked}:
        current = rounds.round_called(tx, round_id)
        if current is None or current.closes_at <= now:
            continue
        of_round = [one for one in asked if one.round_id == round_id]
        members = kept.unfinished(tx, round_id, households_={one.household_id for one in of_round})
        known = {(one.household_id, one.person_id): one for one in members}
        for one in of_round:
            member = known.get((one.household_id, one.person_id))
            facts = member and _facts_of(definitions, current, [member], {})
            if member and facts and _is_still(one, facts, now):
                assert facts.place is not None
                found[one] = Still(place=facts.place, label=member.label)
    return found


def _is_still(asked: Asked, facts: Facts, now: datetime) -> bool:
    resting = facts.paused_until is not None and facts.paused_until > now
    same = facts.place is not None and facts.place.section.name == asked.section
    untouched = asked.touched in (None, facts.touched_at.isoformat())
    return same and untouched and not resting and facts.members[0].may_be_reminded(now=now)


# -- the hour a family chose -------------------------------------------------------------------


def wish(
    tx: Tx,
    definitions: Definitions,
    policy: Policy,
    household: Household,
    *,
    person: int,
    minute: int,
    now: datetime,
) -> datetime | None:
    """Keep the hour a person wants to be reminded at, and remind them at the next one.

    Returns that moment in the village's time; None when nothing will be sent.
    """
    kept.wish(tx, person, minute)
    area = areas.area(tx, household.area_code)
    current = rounds.round_for(tx, household.area_code, now=now)
    if area is None or current is None:
        return None
    members = kept.unfinished(tx, current.id, households_=[household.id])
    mine = [one for one in members if one.person_id == person]
    if not mine:
        return None
    (facts,) = _facts(tx, definitions, current, mine)
    one = reminders.wished(facts, policy.clockwork(area), minute=minute, now=now)
    if one is None or not _queue(tx, one, area, now):
        return None
    return one.not_before


def _queue(tx: Tx, one: Reminder, area: Area, now: datetime) -> bool:
    """Queue a reminder, or move the one that waits for that day; False when one went out."""
    key = key_of(one.person_id, one.not_before, area)
    if kept.move_waiting(tx, key, not_before=one.not_before, not_after=one.not_after, now=now):
        return True
    if not outbox.put(tx, [_wanted(one, area)], now=now):
        return False
    kept.put_reminded(tx, [_reminded(one)])
    return True
