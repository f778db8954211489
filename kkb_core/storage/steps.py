"""Which migration steps there are, and which a database has not seen.

Read from the files themselves: Alembic, which takes the steps, is more than ten megabytes, and a bot
that runs only looks whether one is missing.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from kkb_core.errors import InputRefused

SCRIPTS = Path(__file__).parent / "migrations"
_NUMBERS = re.compile(r"^(revision|down_revision) = (?:[\"'](\w+)[\"']|None)$", re.MULTILINE)
_SEEN = "alembic_version"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its number, and its file's name."""

    revision: str
    name: str


def steps(scripts: Path = SCRIPTS) -> list[Step]:
    """All of them, the first one first."""
    after: dict[str, Step] = {}
    for file in (scripts / "versions").glob("[0-9]*.py"):
        numbers = dict(_NUMBERS.findall(file.read_text(encoding="utf-8")))
        after[numbers["down_revision"]] = Step(numbers["revision"], file.stem)
    found, last = [], ""
    while last in after:
        found.append(after[last])
        last = found[-1].revision
    return found


def seen(connection: Connection) -> str | None:
    """The number of the last step that was taken; None before the first."""
    if not inspect(connection).has_table(_SEEN):
        return None
    # Alembic made the table and names it so.
    number: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar()
    return number


def missing(connection: Connection) -> list[Step]:
    """The steps the database has not seen, the next one first.

    Raises InputRefused when the last one it has seen is none of ours.
    """
    last, known = seen(connection), steps()
    if last is None:
        return known
    numbers = [one.revision for one in known]
    if last not in numbers:
        raise InputRefused(
            f"the database has seen step {last}, which only another version of KKB knows"
        )
    return known[numbers.index(last) + 1 :]
