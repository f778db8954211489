"""What became of a broadcast, as a sheet: outcomes with their reasons, and whom it left out.

Of fewer than five people nothing is told apart.
"""

from collections.abc import Iterator

from kkb_core.broadcast import Outcome
from kkb_core.reports.tables import Cell, Row, sheet
from kkb_core.storage import Tx, outbox, outcomes
from kkb_core.storage.broadcasts import Broadcast
from kkb_core.summary.tallies import SMALLEST


def workbook(tx: Tx, broadcast: Broadcast) -> bytes:
    """The report as an XLSX file."""
    return sheet(rows_of(tx, broadcast))


def rows_of(tx: Tx, broadcast: Broadcast) -> Iterator[Row]:
    """The report's rows: what, its reason, how many."""
    account = outbox.accounts(tx, [broadcast.id]).get(broadcast.id, outbox.Account())
    few = 0 < account.eligible < SMALLEST

    def shown(count: int) -> Cell:
        return f"< {SMALLEST}" if few and count else count

    yield ["announcement", "reason", "people"]
    for language, text in broadcast.texts.items():
        yield [f"{broadcast.id} ({language.value})", text, None]
    yield ["eligible", None, shown(account.eligible)]
    for outcome in Outcome:
        yield [outcome.value, None, shown(getattr(account, outcome.value))]
    for (outcome, why), count in outcomes.reasons(tx, broadcast.id).items():
        if why:
            yield [f"of which {outcome.value}", why, shown(count)]
    for reason, count in broadcast.excluded.items():
        yield ["left out", reason, f"< {SMALLEST}" if 0 < count < SMALLEST else count]
