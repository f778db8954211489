"""An open transaction: what every query takes, and nobody but its opener ends."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, CursorResult, RowMapping
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Executable

from kkb_core.messaging import Address

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Tx:
    """One open transaction. `statements` counts what was asked of the database in it.

    `locked` are the addresses whose person nobody else can change until its end.
    """

    __slots__ = ("_connection", "_read_only", "locked", "statements")

    def __init__(self, connection: Connection, *, read_only: bool = False) -> None:
        self._connection = connection
        self._read_only = read_only
        self.statements = 0
        self.locked: frozenset[Address] = frozenset()

    @property
    def connection(self) -> Connection:
        """What Alembic wants to be given; queries use `execute`."""
        return self._connection

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._connection.dialect.name

    @property
    def locks_rows(self) -> bool:
        """Whether rows must be locked: SQLite's writer is alone, and a reader locks nothing."""
        return self.dialect == "postgresql" and not self._read_only

    def execute(
        self, statement: Executable, parameters: Parameters | None = None
    ) -> CursorResult[Any]:
        """Ask the database; a list of parameters is one executemany."""
        self.statements += 1
        return self._connection.execute(statement, parameters)

    def drive(self, text: str, parameters: Sequence[Any]) -> Any:
        """The driver's own cursor after running *text*, its own dialect, on this connection.

        For `Prepared`: nothing of SQLAlchemy's stands between, but for the errors it raises.
        """
        self.statements += 1
        cursor = self._connection.connection.cursor()
        try:
            cursor.execute(text, parameters)
        except Exception as error:
            raise self._fault(error, text, cursor) from error
        return cursor

    def drive_each(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        """The same for many rows of parameters."""
        self.statements += 1
        cursor = self._connection.connection.cursor()
        try:
            cursor.executemany(text, rows)
        except Exception as error:
            raise self._fault(error, text, cursor) from error

    def _fault(self, error: Exception, text: str, cursor: Any) -> BaseException:
        """*error* as SQLAlchemy would raise it, without the parameters: they may be answers."""
        dialect = self._connection.dialect
        driver = dialect.dbapi
        if driver is None or not isinstance(error, driver.Error):
            return error
        raw = self._connection.connection
        gone = dialect.is_disconnect(error, raw, cursor)
        if gone:
            self._connection.invalidate(error)
        return DBAPIError.instance(
            text,
            None,
            error,
            driver.Error,
            hide_parameters=True,
            connection_invalidated=gone,
            dialect=dialect,
        )

    def stream(self, statement: Executable, *, batch: int = 500) -> Iterator[RowMapping]:
        """The rows of a large answer, fetched *batch* at a time."""
        self.statements += 1
        options = {"yield_per": batch}
        yield from self._connection.execute(statement, execution_options=options).mappings()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What happens inside is undone alone when it raises."""
        locked = self.locked
        try:
            with self._connection.begin_nested():
                yield
        except BaseException:
            self.locked = locked  # what was locked inside is free again
            raise
