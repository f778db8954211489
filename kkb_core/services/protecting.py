"""Protection cases: for the protection officer of the place, and in nobody else's list or count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from kkb_core.errors import NotAllowed
from kkb_core.roles import Act, Grant, Role, demand, may
from kkb_core.services.following_up import NOTICE_LASTS
from kkb_core.services.looking_after import looking_after
from kkb_core.storage import Tx, areas, audit, flags, interviews, outbox, people, roles
from kkb_core.storage.audit import AuditEntry
from kkb_core.storage.flags import UNFINISHED, Flag, FlagState
from kkb_core.storage.outbox import Wanted
from kkb_core.survey.questionnaire import Route

# The parts of the day a family may call safe, by its own clock.
SAFE_HOURS: Mapping[str, tuple[time, time]] = {
    "morning": (time(8), time(10)),
    "noon": (time(11), time(13)),
    "afternoon": (time(15), time(17)),
    "evening": (time(18, 30), time(20)),
}


class Course(StrEnum):
    """What an officer says of a case."""

    CONTACTED = "contacted"
    REFERRED = "referred"
    CLOSED_SAFE = "closed_safe"
    CLOSED_REFUSED = "closed_refused"
    CLOSED_LOST = "closed_lost"


STATES = {
    Course.CONTACTED: FlagState.VISITED,
    Course.REFERRED: FlagState.REFERRED,
    Course.CLOSED_SAFE: FlagState.CLOSED,
    Course.CLOSED_REFUSED: FlagState.CLOSED,
    Course.CLOSED_LOST: FlagState.CLOSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case. `respondent` answered the question; None when they have no phone or are gone."""

    flag: Flag
    respondent: int | None
    safe_from: datetime | None = None
    safe_until: datetime | None = None


def cases(tx: Tx, person_id: int, hat: Grant) -> tuple[Flag, ...]:
    """The unfinished cases of a hat's scope, due first. Raises NotAllowed."""
    demand(roles.grants_of(tx, person_id), Act.SEE_PROTECTION_CASE, hat.scope)
    return flags.flags_of(tx, hat.scope, [Route.PROTECTION], states=UNFINISHED)


def open_case(tx: Tx, person_id: int, flag_id: int, *, now: datetime) -> Case:
    """One case; that it was opened is in the audit log. Raises NotAllowed."""
    flag = _theirs(tx, person_id, flag_id)
    _note(tx, person_id, "open_case", flag_id, now=now)
    if flag.state is FlagState.OPEN:
        flags.move_flag(tx, flag_id, FlagState.SEEN, now=now, outcome=flag.outcome)
    begins, ends = _safe_hour(tx, flag, now)
    return Case(flag=flag, respondent=_respondent(tx, flag), safe_from=begins, safe_until=ends)


def set_course(tx: Tx, person_id: int, flag_id: int, course: Course, *, now: datetime) -> None:
    """How far the case has come. Raises NotAllowed."""
    _theirs(tx, person_id, flag_id)
    flags.move_flag(tx, flag_id, STATES[course], now=now, outcome=course.value)
    _note(tx, person_id, "case_course", flag_id, now=now, course=course.value)


def greet(tx: Tx, person_id: int, flag_id: int, *, now: datetime) -> datetime | None:
    """Queue a first message that says nothing of the matter, for the next safe hour; when it leaves.

    None when the person asked not to be contacted or cannot be written to. Raises NotAllowed.
    """
    case = open_case(tx, person_id, flag_id, now=now)
    if not case.flag.contact_allowed or case.respondent is None or case.safe_from is None:
        return None
    assert case.safe_until is not None
    hello = Wanted(
        kind="greeting",
        person_id=case.respondent,
        dedupe_key=f"greeting:{flag_id}:{case.safe_from.date().isoformat()}",
        not_before=case.safe_from,
        not_after=case.safe_until,
        params={"household_id": case.flag.household_id, "about": flag_id},
    )
    outbox.put(tx, [hello], now=now)
    _note(tx, person_id, "greet", flag_id, now=now)
    return case.safe_from


def answer_greeting(tx: Tx, person_id: int, flag_id: int, *, now: datetime) -> bool:
    """The greeted person answers: the officers are told so, once a day. False for anybody else."""
    flag = flags.flag(tx, flag_id)
    if flag is None or flag.route is not Route.PROTECTION or flag.state is FlagState.CLOSED:
        return False
    if _respondent(tx, flag) != person_id:
        return False
    scope = flag.household.scope
    wanted = [
        Wanted(
            kind="case_answered",
            person_id=reader,
            dedupe_key=f"case_answered:{flag_id}:{now.date().isoformat()}:{reader}",
            not_before=now,
            not_after=now + NOTICE_LASTS,
            params={"household_id": flag.household_id},
        )
        for reader in looking_after(tx, Role.PROTECTION, [scope])[scope]
    ]
    outbox.put(tx, wanted, now=now)
    _note(tx, person_id, "answer_greeting", flag_id, now=now)
    return True


def _theirs(tx: Tx, person_id: int, flag_id: int) -> Flag:
    flag = flags.flag(tx, flag_id)
    held = roles.grants_of(tx, person_id)
    if (
        flag is None
        or flag.route is not Route.PROTECTION
        or flag.state is FlagState.CLOSED
        or not may(held, Act.SEE_PROTECTION_CASE, flag.household.scope)
    ):
        raise NotAllowed(f"case {flag_id}")
    return flag


def _respondent(tx: Tx, flag: Flag) -> int | None:
    """Who answered the question last: another member may be the danger."""
    given = [
        one
        for one in interviews.history_of(tx, flag.interview_id)
        if one.question == flag.question and one.value is not None
    ]
    if not given or given[-1].person_id is None:
        return None
    reached = people.addresses_of(tx, given[-1].person_id)
    return given[-1].person_id if reached else None


def _safe_hour(tx: Tx, flag: Flag, now: datetime) -> tuple[datetime | None, datetime | None]:
    """The next stretch of the part of the day the person called safe."""
    hours = SAFE_HOURS.get(flag.contact_hour or "")
    area = areas.area(tx, flag.household.area_code)
    if hours is None or area is None:
        return None, None
    zone = ZoneInfo(area.zone)
    today = now.astimezone(zone).date()
    days = [today, today + timedelta(days=1)]
    stretches = [[datetime.combine(day, hour, zone) for hour in hours] for day in days]
    begins, ends = next(one for one in stretches if one[1] > now)
    return max(begins, now), ends


def _note(tx: Tx, actor: int, act: str, flag_id: int, *, now: datetime, **detail: str) -> None:
    entry = AuditEntry(
        at=now, actor=actor, act=act, subject_kind="flag", subject_id=flag_id, detail=detail
    )
    audit.put_audit(tx, entry)
