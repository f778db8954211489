"""What became of each message of a broadcast, read off its row of the outbox."""

from sqlalchemy import ColumnElement, and_, case, func, select

from kkb_core.broadcast import Outcome
from kkb_core.outbox import OutboxState, Reason
from kkb_core.storage.tables import outbox
from kkb_core.storage.transaction import Tx

OPEN = (OutboxState.QUEUED.value, OutboxState.SENDING.value)
_BY_REASON = {Reason.BLOCKED: Outcome.BLOCKED, Reason.MUTED: Outcome.MUTED}


def outcome() -> ColumnElement[str]:
    """The one outcome of a row; every row has one, so that they add up to all."""
    state = outbox.c.state
    ended = and_(state != OutboxState.SENT.value, state != OutboxState.UNKNOWN.value)
    return case(
        (state.in_(OPEN), Outcome.PENDING.value),
        *(
            (and_(ended, outbox.c.reason == reason.value), found.value)
            for reason, found in _BY_REASON.items()
        ),
        else_=state,
    )


def reasons(tx: Tx, broadcast_id: int) -> dict[tuple[Outcome, str], int]:
    """The same, divided by the reason kept with the row ("" for none)."""
    kind, why = outcome().label("outcome"), func.coalesce(outbox.c.reason, "").label("why")
    asked = (
        select(kind, why, func.count().label("many"))
        .where(outbox.c.broadcast_id == broadcast_id, outbox.c.state.not_in(OPEN))
        .group_by(kind, why)
        .order_by(kind, why)
    )
    return {(Outcome(row.outcome), row.why): row.many for row in tx.execute(asked)}
