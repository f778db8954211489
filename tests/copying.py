"""All rows of a database, to be put into another: what took long to live through, lived once."""

from typing import Any

from sqlalchemy import Table, func, select, text

from kkb_core.storage import Tx
from kkb_core.storage.tables import metadata

Rows = tuple[tuple[Table, tuple[dict[str, Any], ...]], ...]


def copied(tx: Tx) -> Rows:
    """Every row there is, in an order in which they can be put back."""
    found = (
        (table, tuple(map(dict, tx.execute(select(table)).mappings())))
        for table in metadata.sorted_tables
    )
    return tuple((table, rows) for table, rows in found if rows)


def copied_into(tx: Tx, rows: Rows) -> None:
    """Put the rows into a database without any; what is added later gets numbers after theirs."""
    for table, values in rows:
        tx.execute(table.insert(), list(values))
        if tx.dialect == "postgresql" and "id" in table.c:
            last = select(func.max(table.c.id)).scalar_subquery()
            sequence = func.pg_get_serial_sequence(text(f"'{table.name}'"), text("'id'"))
            tx.execute(select(func.setval(sequence, last)))
