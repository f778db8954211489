"""The few statements that SQLAlchemy does not write the same for both databases, and scopes."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, or_
from sqlalchemy.dialects import postgresql, sqlite

from kkb_core.roles import Scope
from kkb_core.storage.transaction import Tx

Upsert = sqlite.Insert | postgresql.Insert


def insert_or(tx: Tx, table: Table) -> Upsert:
    """An INSERT that can say what happens on a conflict."""
    return postgresql.insert(table) if tx.dialect == "postgresql" else sqlite.insert(table)


def add_row(tx: Tx, table: Table, values: Mapping[str, Any]) -> int:
    """Insert one row; its new id."""
    made = tx.execute(table.insert(), values).inserted_primary_key
    assert made is not None
    return int(made[0])


def inside(table: Table, scope: Scope) -> ColumnElement[bool]:
    """Whether a row's area_code, rw and rt lie inside *scope*.

    Codes are digits and dots, and the character after the dot is "/", so the prefix is a range
    an index can answer.
    """
    code = table.c.area_code
    area = or_(code == scope.area, and_(code >= f"{scope.area}.", code < f"{scope.area}/"))
    parts = [area]
    if scope.rw is not None:
        parts.append(table.c.rw == scope.rw)
    if scope.rt is not None:
        parts.append(table.c.rt == scope.rt)
    return and_(*parts)
