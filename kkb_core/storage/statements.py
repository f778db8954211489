"""The few statements that SQLAlchemy does not write the same for both databases, and scopes."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    String,
    Subquery,
    Table,
    and_,
    any_,
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

from kkb_core.roles import Scope
from kkb_core.storage.columns import Json, dumped
from kkb_core.storage.prepared import Prepared
from kkb_core.storage.transaction import Tx

Insert = sqlite.Insert | postgresql.Insert


@cache
def insert_into(dialect: str, table: Table) -> Insert:
    """An INSERT that can say what happens on a conflict."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


@cache
def _upsert(dialect: str, table: Table, key: Sequence[str], columns: Sequence[str]) -> Prepared:
    new = insert_into(dialect, table)
    kept = {name: new.excluded[name] for name in columns if name not in key}
    return Prepared(new.on_conflict_do_update(index_elements=key, set_=kept), columns=columns)


@cache
def _once(dialect: str, table: Table, key: Sequence[str], columns: Sequence[str]) -> Prepared:
    return Prepared(insert_unless(dialect, table, key), columns=columns)


@cache
def insert_unless(dialect: str, table: Table, key: Sequence[str]) -> Insert:
    """An INSERT that does nothing where a row with the same *key* is there."""
    return insert_into(dialect, table).on_conflict_do_nothing(index_elements=key)


def put_row(tx: Tx, table: Table, row: Mapping[str, Any], *, key: tuple[str, ...]) -> None:
    """Insert the row, or write it over the one with the same *key*."""
    # Writing the statement costs ten times what running it does, so it is written once.
    _upsert(tx.dialect, table, key, tuple(row)).change(tx, row)


def put_once(tx: Tx, table: Table, row: Mapping[str, Any], *, key: tuple[str, ...]) -> bool:
    """Insert the row, unless one with the same *key* is there; whether it was inserted."""
    return _once(tx.dialect, table, key, tuple(row)).change(tx, row) == 1


def add_row(tx: Tx, table: Table, values: Mapping[str, Any]) -> int:
    """Insert one row; its new id."""
    made = tx.execute(table.insert(), values).inserted_primary_key
    assert made is not None
    return int(made[0])


def with_entry(
    dialect: str, column: ColumnElement[Any], key: ColumnElement[str], value: ColumnElement[Any]
) -> ColumnElement[Any]:
    """The JSON object in *column* (NULL is an empty one) with *value* under *key*."""
    if dialect == "postgresql":
        kept = func.coalesce(column, cast({}, Json))
        return func.jsonb_set(kept, postgresql.array([cast(key, String)]), cast(value, Json))
    return func.json_set(func.coalesce(column, "{}"), _path(key), func.json(value))


def without_entry(
    dialect: str, column: ColumnElement[Any], key: ColumnElement[str]
) -> ColumnElement[Any]:
    """The JSON object in *column* without what stands under *key*."""
    if dialect == "postgresql":
        return func.jsonb_delete(column, cast(key, String))
    return func.json_remove(column, _path(key))


def _path(key: ColumnElement[str]) -> ColumnElement[str]:
    return func.printf('$."%s"', key)


def one_of(
    dialect: str, column: ColumnElement[int], name: str
) -> tuple[ColumnElement[bool], Callable[[Sequence[int]], Any]]:
    """Whether a number is among those of the parameter *name*, and what makes that parameter.

    One parameter however many they are: writing out a list anew costs more than running it.
    """
    if dialect == "postgresql":
        return column == any_(bindparam(name, type_=postgresql.ARRAY(BigInteger))), list
    listed = func.json_each(bindparam(name, type_=String)).table_valued("value")
    return column.in_(select(listed.c.value)), dumped


def listed_rows(
    dialect: str, name: str, **types: TypeEngine[Any]
) -> tuple[FromClause, tuple[ColumnElement[Any], ...]]:
    """The rows of the parameter *name*, a list of lists, and their columns of these *types*."""
    rows = bindparam(name, type_=Json)
    if dialect == "postgresql":
        table = func.jsonb_array_elements(rows).table_valued("value", name=name)
        found = [table.c.value.op("->>")(place) for place in range(len(types))]
        return table, tuple(cast(one, of) for one, of in zip(found, types.values(), strict=True))
    table = func.json_each(rows).table_valued("value", name=name)
    return table, tuple(
        func.json_extract(table.c.value, f"$[{place}]") for place in range(len(types))
    )


def looked_up_once(found: Select[Any]) -> Subquery:
    """*found* as a table whose columns are worked out once a row, however often they are named.

    Both databases would otherwise write a column that is itself a query wherever it is named.
    """
    return found.offset(0).subquery()


VILLAGE_DOTS = 3  # in 33.75.04.1004


def inside_area(code: ColumnElement[str], area: str) -> ColumnElement[bool]:
    """Whether a column's code is *area* or inside it.

    Codes are digits and dots, and the character after the dot is "/", so the prefix is one range
    an index can answer; a village, which has nothing below it, is one value.
    """
    if area.count(".") == VILLAGE_DOTS:
        return code == area
    return and_(code >= area, code < f"{area}/")


def inside(table: Table, scope: Scope) -> ColumnElement[bool]:
    """Whether a row's area_code, rw and rt lie inside *scope*."""
    parts = [inside_area(table.c.area_code, scope.area)]
    if scope.rw is not None:
        parts.append(table.c.rw == scope.rw)
    if scope.rt is not None:
        parts.append(table.c.rt == scope.rt)
    return and_(*parts)


def inside_bound(table: FromClause, *, rw: bool = False, rt: bool = False) -> ColumnElement[bool]:
    """`inside` for a statement that is written once: the scope comes as `bounds`."""
    code = table.c.area_code
    parts = [code >= bindparam("from_code"), code < bindparam("to_code")]
    if rw:
        parts.append(table.c.rw == bindparam("rw"))
    if rt:
        parts.append(table.c.rt == bindparam("rt"))
    return and_(*parts)


def bounds(scope: Scope) -> dict[str, str | int]:
    """The parameters of `inside_bound` for *scope*."""
    found: dict[str, str | int] = {"from_code": scope.area, "to_code": f"{scope.area}/"}
    if scope.rw is not None:
        found["rw"] = scope.rw
    if scope.rt is not None:
        found["rt"] = scope.rt
    return found
