"""Households and where they live."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select, update

from kkb_core.roles import Scope
from kkb_core.storage.prepared import Row
from kkb_core.storage.statements import add_row, inside
from kkb_core.storage.tables import households
from kkb_core.storage.transaction import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """One family unit. `public_id` is what exports show; `label` what its own people call it."""

    id: int
    public_id: str
    area_code: str
    rw: int | None
    rt: int | None
    label: str
    created_at: datetime
    paused_until: datetime | None = None
    pause_reason: str | None = None
    merged_into: int | None = None

    @property
    def scope(self) -> Scope:
        """Where it lives."""
        return Scope(self.area_code, self.rw, self.rt)


def household_from(row: Row) -> Household:
    """The household in a row that selects the table's columns."""
    of = households.c
    return Household(
        id=row[of.id],
        public_id=row[of.public_id],
        area_code=row[of.area_code],
        rw=row[of.rw],
        rt=row[of.rt],
        label=row[of.label],
        created_at=row[of.created_at],
        paused_until=row[of.paused_until],
        pause_reason=row[of.pause_reason],
        merged_into=row[of.merged_into],
    )


def create(
    tx: Tx, scope: Scope, label: str, *, now: datetime, created_by: int | None = None
) -> Household:
    """A new household; IntegrityError when its area is not one of ours."""
    made = {
        "public_id": secrets.token_hex(8),
        "area_code": scope.area,
        "rw": scope.rw,
        "rt": scope.rt,
        "label": label,
        "created_at": now,
        "created_by": created_by,
    }
    found = household(tx, add_row(tx, households, made))
    assert found is not None
    return found


def household(tx: Tx, household_id: int) -> Household | None:
    """The household, unless it erased itself."""
    return _one(tx, _living().where(households.c.id == household_id))


def household_called(tx: Tx, public_id: str) -> Household | None:
    """The household that exports call *public_id*."""
    return _one(tx, _living().where(households.c.public_id == public_id))


def relabel(tx: Tx, household_id: int, label: str) -> None:
    """Call the household *label*."""
    tx.execute(update(households).where(households.c.id == household_id).values(label=label))


def settle(tx: Tx, household_id: int, scope: Scope) -> None:
    """The household lives in *scope* now."""
    values = {"area_code": scope.area, "rw": scope.rw, "rt": scope.rt}
    tx.execute(update(households).where(households.c.id == household_id).values(values))


def pause(tx: Tx, household_id: int, *, until: datetime | None, reason: str | None) -> None:
    """Leave the household in peace until *until*; None ends the pause."""
    values = {"paused_until": until, "pause_reason": reason}
    tx.execute(update(households).where(households.c.id == household_id).values(values))


def households_in(tx: Tx, scope: Scope) -> tuple[Household, ...]:
    """The households of a scope, by RW, RT and age of the record; not those merged away."""
    order = (households.c.area_code, households.c.rw, households.c.rt, households.c.id)
    here = and_(inside(households, scope), households.c.merged_into.is_(None))
    asked = _living().where(here).order_by(*order)
    return tuple(map(household_from, tx.execute(asked).mappings()))


def places_in(tx: Tx, scope: Scope, which: str) -> list[int]:
    """The RWs or RTs (*which*) of a scope in which families live, in order."""
    column = households.c[which]
    lived_in = and_(
        inside(households, scope), column.is_not(None), households.c.erased_at.is_(None)
    )
    return list(tx.execute(select(column).where(lived_in).distinct().order_by(column)).scalars())


def counted_in(tx: Tx, scope: Scope) -> dict[str, int]:
    """How many families each village of a scope has."""
    there = and_(
        inside(households, scope),
        households.c.erased_at.is_(None),
        households.c.merged_into.is_(None),
    )
    code = households.c.area_code
    asked = select(code, func.count().label("families")).where(there).group_by(code)
    return {row.area_code: row.families for row in tx.execute(asked)}


def neighbours(tx: Tx, household_id: int) -> tuple[Household, ...]:
    """The other households of the same village, RW and RT."""
    here = household(tx, household_id)
    if here is None:
        return ()
    return tuple(one for one in households_in(tx, here.scope) if one.id != here.id)


def _living() -> Select[Any]:
    return select(households).where(households.c.erased_at.is_(None))


def _one(tx: Tx, asked: Select[Any]) -> Household | None:
    row = tx.execute(asked).mappings().one_or_none()
    return None if row is None else household_from(row)
