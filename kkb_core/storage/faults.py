"""Which of a driver's errors mean that the database is locked, gone or full."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kkb_core.errors import DatabaseUnavailable

SQLITE_CODES = {
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_IOERR: "not readable",
    sqlite3.SQLITE_CANTOPEN: "not there",
    sqlite3.SQLITE_READONLY: "read-only",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "not an SQLite file",
}

# SQLSTATE classes and codes, from the PostgreSQL manual, appendix A.
POSTGRES_STATES = {
    "08": "unreachable",
    "28": "not open to us: user or password refused",
    "3D": "not there",
    "40": "busy: two transactions stood in each other's way",
    "53": "full",
    "55P03": "locked",
    "57": "shutting down",
    "58": "not readable",
}


def unavailable(error: BaseException) -> str | None:
    """Why the database could not serve us; None when *error* is about the work itself."""
    match error:
        case DatabaseUnavailable():
            return str(error)
        case PoolTimeout():
            return "the database is busy: no connection came free"
        case DBAPIError():
            what = _told_by(error.orig) or (
                "unreachable" if error.connection_invalidated else None
            )
        case sqlite3.Error():
            what = _told_by(error)
        case OSError():
            what = "unreachable"
        case _ if isinstance(error, _asyncpg("PostgresError")):
            what = _told_by(error)
        case _:
            what = "unreachable" if isinstance(error, _asyncpg("InterfaceError")) else None
    return None if what is None else f"the database is {what}"


def _told_by(error: BaseException | None) -> str | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        # The low byte is the kind; the rest is detail.
        return SQLITE_CODES.get(code & 0xFF)
    state = getattr(error, "sqlstate", None) or ""
    return POSTGRES_STATES.get(state) or POSTGRES_STATES.get(state[:2])


def _asyncpg(name: str) -> tuple[type[Exception], ...]:
    """An error's class of PostgreSQL's driver; nothing where nobody has loaded it."""
    loaded = sys.modules.get("asyncpg")
    return () if loaded is None else (getattr(loaded, name),)


@contextmanager
def told_as_ours() -> Iterator[None]:
    """Raise DatabaseUnavailable for a driver's error that says so; let every other rise."""
    try:
        yield
    except Exception as error:
        ours = (DBAPIError, PoolTimeout, sqlite3.Error, *_asyncpg("PostgresError"))
        if not isinstance(error, ours):
            raise
        reason = unavailable(error)
        if reason is None:
            raise
        raise DatabaseUnavailable(reason) from error
