"""What a jury asks of a round: how answers came, and who is not in them."""

from collections.abc import Mapping

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
    """Households of the round that have a score and did not agree to anonymous statistics."""
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
