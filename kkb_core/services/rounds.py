"""Opening, extending and closing rounds, by whoever may, with a line in the audit log each time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kkb_core.errors import InputRefused
from kkb_core.roles import PERMITTED, Act, Scope, demand
from kkb_core.services.areas import known_area, last_day, open_round
from kkb_core.services.retention import months_before
from kkb_core.storage import Tx, areas, audit, roles, rounds
from kkb_core.storage.areas import Area
from kkb_core.storage.audit import AuditEntry
from kkb_core.storage.rounds import Round
from kkb_core.survey.questionnaire import Questionnaire

SHOWN_AFTER = timedelta(days=30)  # so long a round that has closed is still listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A round, its area's name, and its first and last day there."""

    round: Round
    area: Area
    first: date
    last: date


def may_set(tx: Tx, by: int) -> tuple[str, ...]:
    """The areas whose rounds the person may set, whole areas only; none when they may not."""
    held = roles.grants_of(tx, by)
    return tuple(
        dict.fromkeys(
            grant.scope.area
            for grant in held
            if Act.SET_ROUND in PERMITTED[grant.role] and grant.scope == Scope(grant.scope.area)
        )
    )


def listed(tx: Tx, area: str, *, now: datetime) -> tuple[Listed, ...]:
    """The rounds of an area and inside it: open, to come, and closed within 30 days."""
    found = rounds.rounds_inside(tx, Scope(area), ended_after=now - SHOWN_AFTER)
    places = {one.code: one for one in areas.areas_under(tx, area)}
    return tuple(_listed(one, places) for one in found if one.area_code in places)


def one(tx: Tx, round_id: int, *, by: int | None) -> Listed:
    """The round with this id. Raises NotAllowed, and InputRefused when there is none."""
    found = rounds.round_called(tx, round_id)
    if found is None:
        raise InputRefused(f"there is no round {round_id}; kkb round list")
    _demand(tx, by, found.area_code)
    area = known_area(tx, found.area_code)
    return _listed(found, {area.code: area})


def open_one(
    tx: Tx,
    code: str,
    *,
    by: int | None,
    questionnaire: Questionnaire,
    now: datetime,
    until: date | None = None,
    name: str | None = None,
) -> Round:
    """Open a round as `areas.open_round` does. Raises NotAllowed, InputRefused."""
    area = known_area(tx, code)
    _demand(tx, by, area.code)
    opened = open_round(
        tx, area.code, questionnaire=questionnaire, now=now, until=until, name=name
    )
    _audit(tx, opened, "open_round", by=by, now=now)
    return opened


def extend(tx: Tx, round_id: int, *, until: date, by: int | None, now: datetime) -> Listed:
    """Let a round that is open last up to and with the day *until*; it may come nearer, too.

    Raises NotAllowed, and InputRefused for a day that has passed or a round that has closed.
    """
    found = one(tx, round_id, by=by)
    zone = ZoneInfo(found.area.zone)
    if found.round.closes_at <= now:
        raise InputRefused(f"round {round_id} closed on {found.last}; open a new one")
    today = now.astimezone(zone).date()
    if until < today or until < found.first:
        raise InputRefused(f"--until {until}: this day has passed; name a day from {today} on")
    ends = datetime.combine(until + timedelta(days=1), time(), zone)
    rounds.set_end(tx, round_id, ends)
    _audit(tx, found.round, "extend_round", by=by, now=now, detail={"until": until.isoformat()})
    return one(tx, round_id, by=by)


def close(tx: Tx, round_id: int, *, by: int | None, now: datetime) -> Listed:
    """Close a round now. What is answered later by who is in the middle still belongs to it.

    Raises NotAllowed, and InputRefused for a round that is not open.
    """
    found = one(tx, round_id, by=by)
    if not found.round.opens_at <= now < found.round.closes_at:
        raise InputRefused(f"round {round_id} is not open; kkb round list")
    rounds.set_end(tx, round_id, now)
    _audit(tx, found.round, "close_round", by=by, now=now)
    return one(tx, round_id, by=by)


def open_due(
    tx: Tx, *, questionnaire: Questionnaire, every_months: int, now: datetime
) -> Mapping[str, int]:
    """Open the next round where the last one was opened *every_months* ago and none is open.

    An area inside one whose round is open waits for its own. 0 months: never.
    """
    newest = rounds.newest_rounds(tx) if every_months else ()
    lasting = {one.area_code for one in newest if one.closes_at > now}
    opened = 0
    for last in newest:
        parts = last.area_code.split(".")
        above = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
        if above & lasting or last.opens_at > months_before(now, every_months):
            continue
        open_one(tx, last.area_code, by=None, questionnaire=questionnaire, now=now)
        lasting.add(last.area_code)
        opened += 1
    return {"opened": opened}


def _listed(found: Round, places: Mapping[str, Area]) -> Listed:
    area = places[found.area_code]
    first = found.opens_at.astimezone(ZoneInfo(area.zone)).date()
    return Listed(round=found, area=area, first=first, last=last_day(found, area.zone))


def _demand(tx: Tx, by: int | None, area: str) -> None:
    if by is not None:
        demand(roles.grants_of(tx, by), Act.SET_ROUND, Scope(area))


def _audit(
    tx: Tx,
    about: Round,
    act: str,
    *,
    by: int | None,
    now: datetime,
    detail: Mapping[str, str] | None = None,
) -> None:
    entry = AuditEntry(
        at=now,
        actor=by,
        act=act,
        subject_kind="round",
        subject_id=about.id,
        detail={"area": about.area_code, **(detail or {})},
    )
    audit.put_audit(tx, entry)
