"""Leases: what only one process may do at a time, for as long as it says that it is alive.

The token grows with each new holder, so what an old one still says can be told apart.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import and_, bindparam, case, or_, select, update

from kkb_core.storage.columns import Instant
from kkb_core.storage.prepared import Prepared
from kkb_core.storage.statements import insert_into
from kkb_core.storage.tables import leases
from kkb_core.storage.transaction import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A lease that is ours. `not_before` is until when the platform asked to be left alone."""

    name: str
    owner: str
    token: int
    until: datetime
    not_before: datetime | None = None

    @property
    def holder(self) -> str:
        """The owner in this one holding: what claims are marked with."""
        return f"{self.owner}:{self.token}"


def take(tx: Tx, name: str, owner: str, *, now: datetime, until: datetime) -> Lease | None:
    """Take the lease, or hold it longer, until *until*; None while somebody else has it."""
    values = {"name": name, "owner": owner, "until": until, "now": now}
    for token, not_before in _taking(tx.dialect).every(tx, values):
        return Lease(name=name, owner=owner, token=token, until=until, not_before=not_before)
    return None


@cache
def _taking(dialect: str) -> Prepared:
    """Written once: writing it costs ten times what running it does."""
    new = insert_into(dialect, leases).values(
        name=bindparam("name"), owner=bindparam("owner"), until=bindparam("until"), token=1
    )
    same = leases.c.owner == new.excluded.owner
    taken = new.on_conflict_do_update(
        index_elements=["name"],
        set_={
            "owner": new.excluded.owner,
            "until": new.excluded.until,
            "token": case((same, leases.c.token), else_=leases.c.token + 1),
        },
        where=or_(same, leases.c.until <= bindparam("now", type_=Instant)),
    ).returning(leases.c.token, leases.c.not_before)
    return Prepared(taken)


def give_back(tx: Tx, lease: Lease, *, now: datetime) -> None:
    """Let the next one have it at once; nothing happens when it is not ours any more."""
    mine = and_(
        leases.c.name == lease.name,
        leases.c.owner == lease.owner,
        leases.c.token == lease.token,
    )
    tx.execute(update(leases).where(mine).values(until=now))


def hold_off(tx: Tx, name: str, *, until: datetime) -> None:
    """Whoever holds the lease does nothing before *until*; the later of two counts."""
    sooner = or_(leases.c.not_before.is_(None), leases.c.not_before < until)
    here = and_(leases.c.name == name, sooner)
    tx.execute(update(leases).where(here).values(not_before=until))


def lease_of(tx: Tx, name: str) -> Lease | None:
    """The lease as it stands, whoever has it; it may have run out."""
    row = tx.execute(select(leases).where(leases.c.name == name)).one_or_none()
    if row is None:
        return None
    return Lease(
        name=name,
        owner=row.owner,
        token=row.token,
        until=row.until,
        not_before=row.not_before,
    )
