"""The list of families somebody looks after: add one, let one rest, merge two, and take it back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from kkb_core.definitions import Definitions
from kkb_core.errors import NotAllowed
from kkb_core.roles import Act, Grant, Scope, demand
from kkb_core.services.following_up import reachable
from kkb_core.services.scoring import keep_score
from kkb_core.storage import Tx, audit, households, merging, resting, roles, worklist
from kkb_core.storage.households import Household
from kkb_core.storage.merging import Merged
from kkb_core.storage.worklist import Place


class Rest(StrEnum):
    """Why a family is left in peace."""

    MOVED = "moved"
    MOURNING = "mourning"
    REFUSES = "refuses"


RESTS = {
    Rest.MOVED: timedelta(days=182),  # until the next round
    Rest.MOURNING: timedelta(days=40),  # the fortieth day
    Rest.REFUSES: timedelta(days=91),
}


def residents(
    tx: Tx, person_id: int, hat: Grant, *, now: datetime, called: str = ""
) -> Sequence[Place]:
    """The families of a hat's scope in walking order, or those whose name has *called* in it."""
    demand(roles.grants_of(tx, person_id), Act.SEE_HOUSEHOLD, hat.scope)
    wanted = called.casefold()
    return [
        place
        for place in worklist.walk(tx, hat.scope, now=now)
        if wanted in place.household.label.casefold()
    ]


def add(tx: Tx, person_id: int, scope: Scope, label: str, *, now: datetime) -> Household:
    """A family without a phone of its own. Raises NotAllowed outside the person's scope."""
    demand(roles.grants_of(tx, person_id), Act.FILL_IN, scope)
    made = households.create(tx, scope, label, now=now, created_by=person_id)
    audit.note(tx, person_id, "add_household", made.id, now=now)
    return made


def pause(
    tx: Tx, person_id: int, hat: Grant, household_id: int, rest: Rest, *, now: datetime
) -> datetime:
    """Leave a family and all its members in peace; until when. Raises NotAllowed."""
    household = _theirs(tx, person_id, hat, household_id)
    until = now + RESTS[rest]
    households.pause(tx, household.id, until=until, reason=rest.value)
    resting.withdraw(tx, household.id, now=now)
    audit.note(tx, person_id, "pause_household", household.id, now=now, reason=rest.value)
    return until


def wake(tx: Tx, person_id: int, hat: Grant, household_id: int, *, now: datetime) -> None:
    """The family takes part again. Raises NotAllowed."""
    household = _theirs(tx, person_id, hat, household_id)
    households.pause(tx, household.id, until=None, reason=None)
    audit.note(tx, person_id, "wake_household", household.id, now=now)


def merge(
    tx: Tx, person_id: int, hat: Grant, *, gone: int, kept: int, now: datetime
) -> tuple[Household, Household]:
    """Two records are one family: *gone* becomes part of *kept*. Raises NotAllowed."""
    other, stays = (_theirs(tx, person_id, hat, one) for one in (gone, kept))
    if gone == kept or other.area_code != stays.area_code:
        raise NotAllowed(f"merge {gone} into {kept}")
    merged = merging.merge(tx, gone, kept, now=now)
    detail = {"into": kept, "people": merged.people, "interviews": merged.interviews}
    audit.note(tx, person_id, "merge_household", gone, now=now, **detail)
    return other, stays


def unmerge(
    tx: Tx, definitions: Definitions, person_id: int, hat: Grant, gone: int, *, now: datetime
) -> Household:
    """They are two families after all. Raises NotAllowed, also when nothing was merged."""
    household = households.household(tx, gone)
    merged = None if household is None else _merged(tx, gone)
    if household is None or household.merged_into is None or merged is None:
        raise NotAllowed(f"unmerge {gone}")
    _theirs(tx, person_id, hat, household.merged_into)
    demand(roles.grants_of(tx, person_id), Act.FILL_IN, household.scope)
    for interview in merging.unmerge(tx, gone, household.merged_into, merged, now=now):
        if interview.answers:
            keep_score(tx, definitions, household, interview, now=now)
    audit.note(tx, person_id, "unmerge_household", gone, now=now)
    return household


def _merged(tx: Tx, gone: int) -> Merged | None:
    """What the latest merge took over; None when the log was blanked by an erasure."""
    entries = [
        one for one in audit.audit_of(tx, "household", gone) if one.act == "merge_household"
    ]
    if not entries or "into" not in entries[-1].detail:
        return None
    detail = entries[-1].detail
    return Merged(people=tuple(detail["people"]), interviews=tuple(detail["interviews"]))


def _theirs(tx: Tx, person_id: int, hat: Grant, household_id: int) -> Household:
    household = reachable(tx, hat, household_id)
    demand(roles.grants_of(tx, person_id), Act.FILL_IN, household.scope)
    return household
