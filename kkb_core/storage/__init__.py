"""The only code that speaks SQL: tables, queries, migrations.

Queries are plain functions over an open Tx. They return our own frozen values, never rows; they
never commit and never decide. The database's own errors rise as they are, but for a database
that is locked, gone or full, which is DatabaseUnavailable.
"""

from kkb_core.storage.database import Database
from kkb_core.storage.transaction import Tx

__all__ = ["Database", "Tx"]
