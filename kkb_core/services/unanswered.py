"""Families that three reminders did not move: their cadre is told who they are, never what is open."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kkb_core.reminders import MOST, Tell
from kkb_core.roles import Grant, Role, Scope
from kkb_core.storage import Tx, areas, audit, outbox, rounds
from kkb_core.storage import reminders as kept
from kkb_core.storage.areas import Area
from kkb_core.storage.audit import AuditEntry
from kkb_core.storage.outbox import Wanted
from kkb_core.storage.reminders import TOLD, Found, NewReminded

UNANSWERED = "unanswered"  # its kind in the outbox


def tell_cadres(
    tx: Tx,
    area: Area,
    tell: Sequence[Tell],
    scopes: Mapping[int, Scope],
    *,
    opening: datetime,
    now: datetime,
) -> None:
    """Queue one notice a cadre and day, from *opening* on; *scopes*: where the households live.

    It names no household: which they are is read when it is sent.
    """
    kept.put_reminded(tx, (_told(one, now) for one in tell))
    holders = kept.holders_over(tx, area.code, (Role.CADRE, Role.COORDINATOR))
    day = now.astimezone(ZoneInfo(area.zone)).date()
    told = {who for one in tell for who in _looking_after(holders, scopes[one.household_id])}
    outbox.put(
        tx,
        [
            Wanted(
                kind=UNANSWERED,
                person_id=who,
                dedupe_key=f"{UNANSWERED}:{who}:{area.code}:{day}",
                not_before=opening,
                not_after=opening + timedelta(days=1),
                params={"area": area.code, "day": day.isoformat()},
            )
            for who in sorted(told)
        ],
        now=now,
    )


def _looking_after(holders: Sequence[tuple[int, Grant]], place: Scope) -> set[int]:
    """The cadres of a place; where it has none, whoever coordinates it."""
    over = [(who, grant.role) for who, grant in holders if grant.scope.covers(place)]
    cadres = {who for who, role in over if role is Role.CADRE}
    return cadres or {who for who, _ in over}


def _told(one: Tell, now: datetime) -> NewReminded:
    return NewReminded(
        household_id=one.household_id,
        round_id=one.round_id,
        section=one.place.section.name,
        number=MOST + 1,
        kind=TOLD,
        person_id=None,
        at=now,
    )


def still_unanswered(tx: Tx, by: int, code: str, *, day: date, now: datetime) -> Sequence[Found]:
    """The households of which *by* was to be told on a day and which still have not answered.

    Only those *by* looks after now; each is written to the audit log as seen by them.
    """
    area, current = areas.area(tx, code), rounds.round_for(tx, code, now=now)
    if area is None or current is None:
        return ()
    begins = datetime.combine(day, time(), ZoneInfo(area.zone))
    told = kept.told_of(tx, area.code, since=begins, until=begins + timedelta(days=1))
    scopes = [
        grant.scope
        for who, grant in kept.holders_over(tx, area.code, (Role.CADRE, Role.COORDINATOR))
        if who == by
    ]
    found = kept.unfinished(tx, current.id, households_=told)
    seen = {
        one.household_id: one for one in found if any(scope.covers(one.scope) for scope in scopes)
    }
    audit.put_audits(
        tx,
        (
            AuditEntry(
                at=now,
                actor=by,
                act="told_unanswered",
                subject_kind="household",
                subject_id=household,
            )
            for household in seen
        ),
    )
    return tuple(seen.values())
