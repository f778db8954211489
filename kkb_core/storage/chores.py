"""When recurring work is due again, so that a restart neither repeats nor forgets it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from kkb_core.storage.statements import put_row
from kkb_core.storage.tables import chores
from kkb_core.storage.transaction import Tx

EVERYWHERE = ""


def is_due(tx: Tx, name: str, *, now: datetime, area: str = EVERYWHERE) -> bool:
    """Whether the work *name* is due in *area*; work never done is."""
    return area not in resting(tx, name, now=now)


def resting(tx: Tx, name: str, *, now: datetime) -> Collection[str]:
    """The areas in which the work *name* is not due yet."""
    asked = select(chores.c.area_code).where(chores.c.name == name, chores.c.due_at > now)
    return frozenset(tx.execute(asked).scalars())


def rest(tx: Tx, name: str, *, until: datetime, area: str = EVERYWHERE) -> None:
    """The work *name* has been done in *area*, and is due again at *until*."""
    row = {"name": name, "area_code": area, "due_at": until}
    put_row(tx, chores, row, key=("name", "area_code"))
