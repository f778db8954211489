"""Statements on every answer's way: written once, then handed to the driver as they are.

SQLAlchemy still writes them, for either database, and says how each type goes in and comes out; what
is left out is its own bookkeeping of every execution, which costs more than SQLite's work.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.sql import Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from kkb_core.storage.transaction import Tx

Row = Mapping[Any, Any]  # by column, or by the label of what is no column
Values = Mapping[str, Any]
Convert = Callable[[Any], Any]


class _Written:
    """The statement as one dialect has it."""

    __slots__ = ("_binds", "_keys", "_reads", "text")

    def __init__(self, statement: Any, dialect: Dialect, columns: Sequence[str] | None) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        assert isinstance(compiled, SQLCompiler)
        assert compiled.positiontup is not None, "both drivers take parameters by place"
        self.text = compiled.string
        given = compiled.params
        self._binds = [
            (name, given[name], _going_in(compiled.binds[name].type, dialect))
            for name in compiled.positiontup
        ]
        found = _found_by(statement)
        self._keys = [getattr(one, "name", one) if _is_label(one) else one for one in found]
        self._reads = [
            (at, convert)
            for at, one in enumerate(found)
            if (convert := _coming_out(one.type, dialect)) is not None
        ]

    def parameters(self, values: Values) -> tuple[Any, ...]:
        """*values* in the statement's order."""
        return tuple(
            [
                value if convert is None else convert(value)
                for name, default, convert in self._binds
                for value in (values.get(name, default),)
            ]
        )

    def row(self, raw: Sequence[Any]) -> Row:
        """A row of the driver by its columns."""
        return dict(zip(self._keys, self.by_place(raw), strict=True))

    def by_place(self, raw: Sequence[Any]) -> Sequence[Any]:
        """A row of the driver in the statement's order."""
        if not self._reads:
            return raw
        values = list(raw)
        for at, convert in self._reads:
            if (value := values[at]) is not None:
                values[at] = convert(value)
        return values


class Prepared:
    """A statement of fixed shape. An INSERT says which *columns* it is given."""

    __slots__ = ("_columns", "_statement", "_written")

    def __init__(self, statement: Executable, *, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = columns
        self._written: dict[str, _Written] = {}

    def change(self, tx: Tx, values: Values) -> int:
        """Run it; how many rows it touched."""
        written = self._for(tx)
        return int(tx.drive(written.text, written.parameters(values)).rowcount)

    def change_each(self, tx: Tx, rows: Iterable[Values]) -> None:
        """Run it once for each of *rows*, in one go."""
        written = self._for(tx)
        tx.drive_each(written.text, [written.parameters(values) for values in rows])

    def one(self, tx: Tx, values: Values) -> Row | None:
        """The first row it finds, if any."""
        written = self._for(tx)
        raw = tx.drive(written.text, written.parameters(values)).fetchone()
        return None if raw is None else written.row(raw)

    def every(self, tx: Tx, values: Values) -> list[Sequence[Any]]:
        """All rows it finds or, RETURNING, changed; each in the statement's order."""
        written = self._for(tx)
        found = tx.drive(written.text, written.parameters(values)).fetchall()
        return [written.by_place(raw) for raw in found]

    def _for(self, tx: Tx) -> _Written:
        written = self._written.get(tx.dialect)
        if written is None:
            dialect = tx.connection.dialect
            written = _Written(self._statement, dialect, self._columns)
            self._written[tx.dialect] = written
        return written


def _found_by(statement: Any) -> Sequence[Any]:
    found = getattr(statement, "selected_columns", None)
    return tuple(getattr(statement, "exported_columns", ()) if found is None else found)


def _is_label(column: Any) -> bool:
    return getattr(column, "table", None) is None


def _going_in(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _coming_out(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
