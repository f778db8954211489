"""At the door with a jury: a few answers of a drawn household, and whether they hold.

The family is asked first; nothing it answered is shown before it says yes. No score changes by what
is noted here: a family corrects its answers itself.
"""

from dataclasses import dataclass
from datetime import datetime

from kkb_core.definitions import Definitions
from kkb_core.errors import NotAllowed
from kkb_core.roles import Act, Grant, Scope, demand, may
from kkb_core.services import field_sample
from kkb_core.storage import Tx, audit, field_checks, interviews, roles, rounds
from kkb_core.storage.field_checks import Check, Drawn, Sample
from kkb_core.storage.interviews import Given, StoredInterview
from kkb_core.summary.match import CHECKED, Verdict
from kkb_core.summary.readings import NO_ANSWER
from kkb_core.survey.questionnaire import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """Who goes along with the jury, in which hat, and when."""

    person_id: int
    hat: Grant
    definitions: Definitions
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One answer of a family, to be held against what is seen."""

    check: Check
    question: Question
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A drawn household as who stands at its door sees it, among `homes` in walking order.

    `stamp` changes with each answer and each verdict: a button with another one is old. An answer
    that was changed after it was looked at is no statement any more: what was found stays.
    """

    sample: Sample
    homes: tuple[Drawn, ...]
    drawn: Drawn
    statements: tuple[Statement, ...]
    stamp: str

    @property
    def number(self) -> int:
        """Its place on the way, from one."""
        return self.homes.index(self.drawn) + 1

    @property
    def open(self) -> tuple[Check, ...]:
        """What nobody has looked at: not asked, or the family was away or unwilling."""
        return tuple(one for one in self.drawn.checks if one.verdict not in CHECKED)

    def after(self, check_id: int) -> Statement | None:
        """The statement that follows the one of this check."""
        return next((one for one in self.statements if one.check.id > check_id), None)

    @property
    def next_home(self) -> Drawn | None:
        """The next household on the way at which nobody has asked yet."""
        return next((one for one in self.homes[self.number :] if not one.is_tried), None)


def part_of(hat: Grant, code: str) -> Scope:
    """What a hat sees of a village. Raises NotAllowed for a village outside its scope."""
    if hat.scope.covers(Scope(code)):
        return Scope(code)
    if hat.scope.area != code:
        raise NotAllowed(f"village {code}")
    return hat.scope


def open_sample(tx: Tx, guide: Guide, code: str, seed: int | None) -> Sample | None:
    """The village's sample by *seed*, or the one drawn last; None when there is none.

    Who may see every household of the village has it drawn by naming a seed. Raises NotAllowed.
    """
    grants = roles.grants_of(tx, guide.person_id)
    demand(grants, Act.SEE_HOUSEHOLD, part_of(guide.hat, code))
    of = rounds.latest_round(tx, code, before=guide.now)
    if of is None:
        return None
    if seed is not None and may(grants, Act.SEE_HOUSEHOLD, Scope(code)):
        return field_sample.drawn(tx, guide.definitions, code, of, seed, now=guide.now)
    return field_checks.sample_by(tx, of.id, code, seed=seed)


def sample_for(tx: Tx, guide: Guide, sample_id: int) -> tuple[Sample, Scope]:
    """A sample, and which part of its village the guide sees. Raises NotAllowed."""
    sample = field_checks.sample_called(tx, sample_id)
    if sample is None:
        raise NotAllowed(f"sample {sample_id}")
    part = part_of(guide.hat, sample.area_code)
    demand(roles.grants_of(tx, guide.person_id), Act.SEE_HOUSEHOLD, part)
    return sample, part


def door(tx: Tx, guide: Guide, sample_id: int, household_id: int) -> Door:
    """A household of a sample. Raises NotAllowed, also for one that has left the sample."""
    sample, part = sample_for(tx, guide, sample_id)
    homes = field_sample.within(field_checks.drawn_in(tx, sample.id), part)
    here = next((one for one in homes if one.household.id == household_id), None)
    if here is None:
        raise NotAllowed(f"household {household_id} in sample {sample_id}")
    answered = _answered(tx, household_id, sample.round_id)
    moments = [sample.drawn_at, *(one.at for one in here.checks if one.at is not None)]
    if answered is not None:
        moments.append(answered.updated_at)
    return Door(
        sample=sample,
        homes=homes,
        drawn=here,
        statements=() if answered is None else _statements(tx, guide, here, answered),
        stamp=f"{int(max(moments).timestamp() * 1000):x}",
    )


def knock(tx: Tx, guide: Guide, sample_id: int, household_id: int) -> Door:
    """`door`, and that somebody looked there is in the audit log."""
    found = door(tx, guide, sample_id, household_id)
    audit.note(
        tx, guide.person_id, "check_door", household_id, now=guide.now, seed=found.sample.seed
    )
    return found


def begin(tx: Tx, guide: Guide, at: Door) -> None:
    """The family lets its answers be looked at; what it refused before is asked again."""
    changed = [one.id for one in at.open if one.verdict is not None]
    field_checks.put_verdict(tx, changed, None, by=guide.person_id, now=guide.now)
    audit.note(tx, guide.person_id, "check_answers", at.drawn.household.id, now=guide.now)


def note_home(tx: Tx, guide: Guide, at: Door, verdict: Verdict) -> None:
    """Nobody was there, or the family would rather not: said of all that nobody has looked at.

    Raises NotAllowed where nothing of that kind is left.
    """
    if verdict in CHECKED or not at.open:
        raise NotAllowed(f"{verdict} at {at.drawn.household.id}")
    _put(tx, guide, at, [one.id for one in at.open], verdict)


def note_answer(tx: Tx, guide: Guide, at: Door, check_id: int, verdict: Verdict) -> None:
    """One answer holds, or does not. Raises NotAllowed for one that the door does not show."""
    if verdict not in CHECKED or check_id not in {one.check.id for one in at.statements}:
        raise NotAllowed(f"{verdict} of check {check_id}")
    _put(tx, guide, at, [check_id], verdict)


def _put(tx: Tx, guide: Guide, at: Door, checks: list[int], verdict: Verdict) -> None:
    field_checks.put_verdict(tx, checks, verdict, by=guide.person_id, now=guide.now)
    detail = {"checks": checks, "verdict": verdict.value}
    audit.note(tx, guide.person_id, "check", at.drawn.household.id, now=guide.now, **detail)


def _answered(tx: Tx, household_id: int, round_id: int) -> StoredInterview | None:
    found = interviews.interviews_of(tx, household_id)
    return next((one for one in found if one.round_id == round_id), None)


def _statements(
    tx: Tx, guide: Guide, here: Drawn, answered: StoredInterview
) -> tuple[Statement, ...]:
    asked = guide.definitions.questionnaire(answered.questionnaire).questions
    history = interviews.history_of(tx, answered.id)
    return tuple(
        Statement(check=check, question=asked[check.question], answer=said)
        for check in here.checks
        if (said := answered.answers.get(check.question)) not in NO_ANSWER
        and said is not None
        and not asked[check.question].sensitive
        and not _changed_since(check, history)
    )


def _changed_since(check: Check, history: tuple[Given, ...]) -> bool:
    seen = check.at if check.verdict in CHECKED else None
    return seen is not None and any(
        one.question == check.question and one.at > seen for one in history
    )
