"""One writer a file: a second `kkb run` on one SQLite database is refused before it does harm.

The lock is SQLite's own, on an empty file beside the database: it works on every system, and the
system lets go of it when the process dies. Short writers (an export, a backup) do not take it.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from kkb_core.errors import DatabaseUnavailable, InputRefused
from kkb_core.storage.database import file_of, read_url

SUFFIX = ".running"


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Be the only one at work on the SQLite file at *url*; other databases know no such limit.

    Raises InputRefused when another process is at work on it.
    """
    file = file_of(read_url(url))
    if file is None:
        yield
        return
    lock = file.with_name(f"{file.name}{SUFFIX}")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(lock, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise DatabaseUnavailable(f"{lock} cannot be written: {error.strerror}") from error
    with closing(sqlite3.connect(lock, timeout=0, check_same_thread=False)) as held:
        try:
            held.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            raise InputRefused(
                f"database.url: another kkb is at work on {file}; stop it, or use PostgreSQL for "
                "several processes"
            ) from None
        yield
