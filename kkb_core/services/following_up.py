"""The red-flag protocol: seen, visited, referred, confirmed by the family, closed; and who is told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kkb_core.definitions import Definitions
from kkb_core.errors import NotAllowed
from kkb_core.roles import Grant, Role
from kkb_core.services.looking_after import looking_after
from kkb_core.services.tasks import Task, board, question_of
from kkb_core.storage import Tx, audit, flags, households, outbox, people, visits, worklist
from kkb_core.storage import help as calls
from kkb_core.storage.flags import WAITING, Flag, FlagState
from kkb_core.storage.households import Household
from kkb_core.storage.outbox import Wanted
from kkb_core.storage.people import Relation
from kkb_core.storage.visits import Outcome, Visit
from kkb_core.survey.questionnaire import Route

NOTICE_LASTS = timedelta(days=3)
CHECK_LASTS = timedelta(days=7)
OVERDUE_NOTICE = "task_overdue"
LOOKED_BACK = timedelta(days=7)  # a scheduler that was down this long still tells everybody
BEEN_THERE = frozenset({FlagState.VISITED, FlagState.REFERRED, FlagState.CONFIRMED})
AFTER_VISIT: Mapping[Outcome, FlagState] = {
    Outcome.MET: FlagState.VISITED,
    Outcome.REFERRED: FlagState.REFERRED,
    Outcome.REFUSED: FlagState.CLOSED,
    Outcome.NOT_FOUND: FlagState.SEEN,
}
CLOSINGS = ("helped", "not_helped")
DENIED = "not_confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One household as whoever looks after it sees it. `last_visit` guards against double taps."""

    task: Task
    last_visit: Visit | None

    @property
    def can_close(self) -> bool:
        """Whether somebody has been there for one of the follow-ups."""
        return any(flag.state in BEEN_THERE for flag in self.task.flags)


def open_card(
    tx: Tx,
    definitions: Definitions,
    person_id: int,
    hat: Grant,
    household_id: int,
    *,
    now: datetime,
) -> Card:
    """A household's card; that it was opened is in the audit log, and its follow-ups are seen.

    Raises NotAllowed, also for a household that is not there.
    """
    card = _card(tx, definitions, person_id, hat, household_id, now=now)
    audit.note(tx, person_id, "open_household", household_id, now=now)
    new = [flag.id for flag in card.task.flags if flag.state is FlagState.OPEN]
    if new:
        flags.move_flags(tx, new, FlagState.SEEN, now=now)
    return card


def _card(
    tx: Tx,
    definitions: Definitions,
    person_id: int,
    hat: Grant,
    household_id: int,
    *,
    now: datetime,
) -> Card:
    household = reachable(tx, hat, household_id)
    found = board(tx, definitions, person_id, hat, now=now, household=household)
    return Card(task=found.tasks[0], last_visit=visits.last_visit(tx, household_id))


def reachable(tx: Tx, hat: Grant, household_id: int) -> Household:
    """The household, if it lives inside the hat's scope. Raises NotAllowed."""
    household = households.household(tx, household_id)
    if household is None or household.merged_into or not hat.scope.covers(household.scope):
        raise NotAllowed(f"household {household_id}")
    return household


def note_visit(
    tx: Tx,
    definitions: Definitions,
    person_id: int,
    hat: Grant,
    household_id: int,
    outcome: Outcome,
    *,
    after: int,
    now: datetime,
) -> bool:
    """Keep how a visit went, for all the person follows up there, and ask the family about it.

    *after* is the visit the card showed as the last; False, and nothing changes, when there has
    been another since. Raises NotAllowed.
    """
    card = _card(tx, definitions, person_id, hat, household_id, now=now)
    if (card.last_visit.id if card.last_visit else 0) != after:
        return False
    visit = visits.put_visit(tx, household_id, person_id, outcome, now=now)
    audit.note(tx, person_id, "visit", household_id, now=now, outcome=outcome.value)
    movable = (*WAITING, FlagState.VISITED) if outcome is Outcome.REFERRED else WAITING
    moved = [flag.id for flag in card.task.flags if flag.state in movable]
    if moved:
        flags.move_flags(tx, moved, AFTER_VISIT[outcome], now=now, outcome=outcome.value)
    if outcome in (Outcome.MET, Outcome.REFERRED):
        calls.answer_all(tx, household_id, by=person_id, now=now)
        if any(flag.state in WAITING for flag in card.task.flags):  # else asked already
            _ask_family(tx, household_id, visit, now=now)
    return True


def close(
    tx: Tx,
    definitions: Definitions,
    person_id: int,
    hat: Grant,
    household_id: int,
    closing: str,
    *,
    now: datetime,
) -> int:
    """Close the follow-ups somebody has been there for; how many. Raises NotAllowed."""
    card = _card(tx, definitions, person_id, hat, household_id, now=now)
    done = [flag.id for flag in card.task.flags if flag.state in BEEN_THERE]
    if done:
        flags.move_flags(tx, done, FlagState.CLOSED, now=now, outcome=closing)
        audit.note(tx, person_id, "close_followup", household_id, now=now, outcome=closing)
    return len(done)


def confirm(tx: Tx, person_id: int, household_id: int, *, came: bool, now: datetime) -> bool:
    """A member of the family says whether somebody came; False when they may not, or nobody asks."""
    household = next(
        (one for one in people.memberships_of(tx, person_id) if one.id == household_id), None
    )
    if household is None:
        return False
    asked = (FlagState.VISITED, FlagState.REFERRED)
    routes = [route for route in Route if route is not Route.PROTECTION]
    found = flags.flags_of(tx, household.scope, routes, states=asked, household_id=household_id)
    if not found:
        return False
    ids = [flag.id for flag in found]
    if came:
        flags.move_flags(tx, ids, FlagState.CONFIRMED, now=now)
    else:
        flags.move_flags(tx, ids, FlagState.SEEN, now=now, outcome=DENIED)
    return True


def _ask_family(tx: Tx, household_id: int, visit: int, *, now: datetime) -> None:
    own = [
        member.person.id
        for member in people.members_of(tx, household_id)
        if member.relation is Relation.SELF
    ]
    wanted = [
        Wanted(
            kind="visit_check",
            person_id=each,
            dedupe_key=f"visit:{visit}:check:{each}",
            not_before=now + timedelta(hours=1),
            not_after=now + CHECK_LASTS,
            params={"household_id": household_id},
        )
        for each in own
    ]
    outbox.put(tx, wanted, now=now)


# -- what the clock does -----------------------------------------------------------------------


def tell_everybody(tx: Tx, definitions: Definitions, *, now: datetime) -> dict[str, int]:
    """Queue what nobody was told yet: urgent follow-ups, overdue ones, protection cases.

    Worked out from rows and *now*; a notice is queued once whoever runs this and however often.
    """
    since = now - LOOKED_BACK
    urgent = flags.raised_since(tx, [Route.SURVIVAL], since)
    overdue = flags.due_between(tx, [Route.SURVIVAL, Route.CADRE], after=since, until=now)
    cases = flags.raised_since(tx, [Route.PROTECTION], since)
    return {
        "urgent": _tell(tx, Role.CADRE, "task_new", _open_to(tx, definitions, urgent), now=now),
        "overdue": _tell(
            tx, Role.COORDINATOR, OVERDUE_NOTICE, _open_to(tx, definitions, overdue), now=now
        ),
        "cases": _tell(tx, Role.PROTECTION, "case_new", cases, now=now),
    }


def _open_to(tx: Tx, definitions: Definitions, found: Iterable[Flag]) -> list[Flag]:
    """Those of families that agreed to be contacted, and none about a private answer."""
    found = [
        flag
        for flag in found
        if (question := question_of(definitions, flag.question)) and not question.sensitive
    ]
    agreed = worklist.agreeing(tx, {flag.household_id for flag in found})
    return [flag for flag in found if flag.contact_allowed or flag.household_id in agreed]


def _tell(tx: Tx, role: Role, kind: str, found: Iterable[Flag], *, now: datetime) -> int:
    """One notice a reader and hour of becoming due, without a name: it may stand on a locked screen.

    The words are the same for every follow-up, and the list has them all: one says enough.
    """
    found = list(found)
    readers = looking_after(tx, role, [flag.household.scope for flag in found])
    wanted = [
        Wanted(
            kind=kind,
            person_id=reader,
            dedupe_key=f"{kind}:{_since(kind, flag):%Y-%m-%dT%H}:{reader}",
            not_before=now,
            not_after=now + NOTICE_LASTS,
            params={"household_id": flag.household_id},
        )
        for flag in found
        for reader in readers[flag.household.scope]
    ]
    return outbox.put(tx, wanted, now=now)


def _since(kind: str, flag: Flag) -> datetime:
    return flag.due_at if kind == OVERDUE_NOTICE else flag.raised_at
