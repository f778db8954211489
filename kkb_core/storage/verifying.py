"""What a jury asks of a round: how answers came, who is not in them, and whom to visit."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from kkb_core.roles import Scope
from kkb_core.storage.statements import inside
from kkb_core.storage.tables import (
    answer_history,
    erased_counts,
    flags,
    households,
    interviews,
    scores,
)
from kkb_core.storage.transaction import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingPart:
    """A household that has begun the round: what exports call it, and what its own people do."""

    public_id: str
    label: str
    rw: int | None
    rt: int | None


def taking_part(tx: Tx, scope: Scope, round_id: int) -> tuple[TakingPart, ...]:
    """Households of the scope that have begun the round, always in the same order."""
    asked = (
        select(households.c.public_id, households.c.label, households.c.rw, households.c.rt)
        .join(interviews, interviews.c.household_id == households.c.id)
        .where(
            interviews.c.round_id == round_id,
            inside(households, scope),
            households.c.erased_at.is_(None),
            households.c.merged_into.is_(None),
        )
        .order_by(households.c.public_id)
    )
    return tuple(
        TakingPart(public_id=row.public_id, label=row.label, rw=row.rw, rt=row.rt)
        for row in tx.execute(asked)
    )


def answers_by_hand(tx: Tx, scope: Scope, round_id: int) -> Mapping[str, int]:
    """How many answers of the round each hand gave: self, cadre, paper."""
    asked = (
        select(answer_history.c.via, func.count())
        .join(interviews, interviews.c.id == answer_history.c.interview_id)
        .join(households, households.c.id == interviews.c.household_id)
        .where(
            interviews.c.round_id == round_id,
            inside(households, scope),
            answer_history.c.value.is_not(None),
        )
        .group_by(answer_history.c.via)
    )
    return {row[0]: row[1] for row in map(tuple, tx.execute(asked))}


def not_counted(tx: Tx, scope: Scope, round_id: int) -> int:
    """Households of the round of which a member said no to statistics."""
    asked = select(func.count()).where(
        scores.c.round_id == round_id, inside(scores, scope), scores.c.counted.is_(False)
    )
    return int(tx.execute(asked).scalar_one())


def erased(tx: Tx, area_code: str, round_id: int) -> int:
    """Households of the round that erased themselves."""
    asked = select(func.coalesce(func.sum(erased_counts.c.households), 0)).where(
        erased_counts.c.round_id == round_id, erased_counts.c.area_code == area_code
    )
    return int(tx.execute(asked).scalar_one())


def tasks_closed(
    tx: Tx, scope: Scope, round_id: int, *, states: tuple[str, ...], leave_out: tuple[str, ...]
) -> int:
    """Follow-ups of the round that are done; never a protection case nor one of *leave_out*."""
    asked = (
        select(func.count())
        .select_from(flags)
        .join(households, households.c.id == flags.c.household_id)
        .join(interviews, interviews.c.id == flags.c.interview_id)
        .where(
            interviews.c.round_id == round_id,
            inside(households, scope),
            flags.c.route.in_(("survival", "cadre")),
            flags.c.state.in_(states),
            flags.c.question.not_in(leave_out),
        )
    )
    return int(tx.execute(asked).scalar_one())
