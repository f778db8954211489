"""Today's round: which households wait for whom, and why, in reasons that can be read out.

A priority is the sum of its visible reasons and nothing else. Reasons are worked out from rows each
time, so a cause that is solved vanishes by itself. Private answers and protection cases are no
reason here, and what a family did not agree to be contacted about is a number only.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from kkb_core.definitions import Definitions
from kkb_core.roles import Act, Grant, Role, demand
from kkb_core.storage import Tx, flags, roles, visits, worklist
from kkb_core.storage import help as calls
from kkb_core.storage.flags import UNFINISHED, WAITING, Flag, FlagState
from kkb_core.storage.help import HelpRequest
from kkb_core.storage.households import Household
from kkb_core.storage.worklist import Place
from kkb_core.survey.interview import relevant_questions
from kkb_core.survey.questionnaire import Level, Question, Route

UNVISITED = timedelta(days=60)
CADRES = (Route.SURVIVAL, Route.CADRE)
ROUTES: Mapping[Role, tuple[Route, ...]] = {
    Role.CADRE: CADRES,
    Role.COORDINATOR: (*CADRES, Route.COORDINATOR),
}


class Why(StrEnum):
    """The kinds of reasons."""

    FLAG = "flag"
    HELP = "help"
    CONFIRMED = "confirmed"  # the family says somebody came; the follow-up can be closed
    UNCONFIRMED = "unconfirmed"  # somebody came; the family has not said so yet
    LEFT = "left"
    NOT_BEGUN = "not_begun"
    UNVISITED = "unvisited"


WEIGHTS = {
    Why.HELP: 50,
    Why.CONFIRMED: 5,
    Why.UNCONFIRMED: 3,
    Why.LEFT: 15,
    Why.NOT_BEGUN: 20,
    Why.UNVISITED: 10,
}
FLAG_WEIGHTS = {Level.RED: 100, Level.ORANGE: 40, Level.YELLOW: 10}
OVERDUE = 30
URGENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a household is on the list. `count` is questions left, or days without a visit."""

    why: Why
    weight: int
    question: str | None = None
    count: int = 0
    overdue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A household and all that waits there."""

    household: Household
    reasons: tuple[Reason, ...]
    flags: tuple[Flag, ...] = ()
    requests: tuple[HelpRequest, ...] = ()
    reached_at: datetime | None = None

    @property
    def priority(self) -> int:
        """The sum of the reasons."""
        return sum(reason.weight for reason in self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A scope's tasks in walking order.

    `uncontactable` counts follow-ups of families that did not agree to be contacted, and private
    ones; `batches` counts, by question, what is served in batches (a coordinator's).
    """

    tasks: tuple[Task, ...]
    uncontactable: int = 0
    batches: Mapping[str, int] = field(default_factory=dict)


def board(
    tx: Tx,
    definitions: Definitions,
    person_id: int,
    hat: Grant,
    *,
    now: datetime,
    household: Household | None = None,
) -> Board:
    """The tasks of a hat's whole scope, or at one *household*. Raises NotAllowed."""
    scope = hat.scope if household is None else household.scope
    demand(roles.grants_of(tx, person_id), Act.SEE_HOUSEHOLD, scope)
    one = None if household is None else household.id
    sorting = _Sorting(definitions, hat.role, now)
    sorting.sort_flags(
        flags.flags_of(tx, scope, ROUTES[hat.role], states=UNFINISHED, household_id=one),
        worklist.may_be_contacted(tx, scope, household_id=one),
        whole=household is not None,
    )
    wanted = calls.help_wanted(tx, scope)
    sorting.requests = _by_household((each.household.id, each) for each in wanted)
    sorting.reached = visits.reached_in(tx, scope)
    sorting.with_round = worklist.areas_with_a_round(tx, now=now)
    places = worklist.walk(tx, scope, now=now, household_id=one)
    found = [sorting.task(place) for place in places]
    return Board(
        tasks=tuple(each for each in found if each.reasons or household is not None),
        uncontactable=sorting.uncontactable,
        batches=dict(sorting.batches),
    )


def question_of(definitions: Definitions, name: str) -> Question | None:
    """The question a flag is about, in the newest version that has it."""
    for version in sorted(definitions.questionnaires.values(), key=lambda one: -one.version):
        if name in version.questions:
            return version.questions[name]
    return None


class _Sorting:
    """What is known of a scope while its tasks are made."""

    def __init__(self, definitions: Definitions, role: Role, now: datetime) -> None:
        self._definitions = definitions
        self._role = role
        self._now = now
        self._flags: dict[int, list[Flag]] = {}
        self.requests: Mapping[int, list[HelpRequest]] = {}
        self.reached: Mapping[int, datetime] = {}
        self.with_round: frozenset[str] = frozenset()
        self.uncontactable = 0
        self.batches: Counter[str] = Counter()

    def sort_flags(
        self, found: Iterable[Flag], contactable: frozenset[int], *, whole: bool
    ) -> None:
        """Each flag is a reason, a number, or (still the cadre's own) nothing here."""
        for flag in found:
            question = question_of(self._definitions, flag.question)
            agreed = flag.contact_allowed or flag.household_id in contactable
            if question is None or question.sensitive or not agreed:
                self.uncontactable += flag.state in WAITING
            elif flag.route is Route.COORDINATOR and not whole:
                self.batches[flag.question] += flag.state in WAITING
            elif self._is_theirs(flag):
                self._flags.setdefault(flag.household_id, []).append(flag)

    def _is_theirs(self, flag: Flag) -> bool:
        """A coordinator gets a cadre's follow-up once its time is over."""
        if self._role is Role.COORDINATOR and flag.route is Route.CADRE:
            return flag.due_at <= self._now
        return True

    def task(self, place: Place) -> Task:
        household = place.household
        mine = self._flags.get(household.id, [])
        asked = self.requests.get(household.id, [])
        reasons = [*self._from_flags(mine), *map(_from_request, asked)]
        paused = household.paused_until is not None and household.paused_until > self._now
        if paused:
            # Left in peace, but for what cannot wait.
            reasons = [one for one in reasons if one.weight >= URGENT]
        else:
            reasons += [*self._from_interview(place), *self._from_visits(household)]
        return Task(
            household=household,
            reasons=tuple(sorted(reasons, key=lambda one: -one.weight)),
            flags=tuple(mine),
            requests=tuple(asked),
            reached_at=self.reached.get(household.id),
        )

    def _from_flags(self, found: Iterable[Flag]) -> Iterable[Reason]:
        done = {FlagState.CONFIRMED: Why.CONFIRMED}
        states = {flag.state for flag in found if flag.state not in WAITING}
        for why in {done.get(state, Why.UNCONFIRMED) for state in states}:
            yield Reason(why=why, weight=WEIGHTS[why])
        for flag in found:
            if flag.state in WAITING:
                overdue = flag.due_at <= self._now
                weight = FLAG_WEIGHTS[flag.level] + (OVERDUE if overdue else 0)
                yield Reason(why=Why.FLAG, weight=weight, question=flag.question, overdue=overdue)

    def _from_interview(self, place: Place) -> Iterable[Reason]:
        interview = place.interview
        if interview is None or not place.is_current:
            if self._has_round(place.household.area_code):
                yield Reason(why=Why.NOT_BEGUN, weight=WEIGHTS[Why.NOT_BEGUN])
        elif not interview.answers:
            yield Reason(why=Why.NOT_BEGUN, weight=WEIGHTS[Why.NOT_BEGUN])
        elif interview.completed_at is None:
            asked = self._definitions.questionnaire(interview.questionnaire)
            left = sum(
                name not in interview.answers and not asked.questions[name].sensitive
                for name in relevant_questions(asked, interview.answers)
            )
            if left:
                yield Reason(why=Why.LEFT, weight=WEIGHTS[Why.LEFT], count=left)

    def _has_round(self, area: str) -> bool:
        parts = area.split(".")
        above = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
        return not above.isdisjoint(self.with_round)

    def _from_visits(self, household: Household) -> Iterable[Reason]:
        since = self._now - self.reached.get(household.id, household.created_at)
        if since >= UNVISITED:
            yield Reason(why=Why.UNVISITED, weight=WEIGHTS[Why.UNVISITED], count=since.days)


def _from_request(request: HelpRequest) -> Reason:
    return Reason(why=Why.HELP, weight=WEIGHTS[Why.HELP], question=request.question)


def _by_household(
    found: Iterable[tuple[int, HelpRequest]],
) -> dict[int, list[HelpRequest]]:
    sorted_out: dict[int, list[HelpRequest]] = {}
    for household_id, request in found:
        sorted_out.setdefault(household_id, []).append(request)
    return sorted_out
