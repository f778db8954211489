"""Announcing to many: counting, queueing, holding and stopping, on SQLite or a given database.

`KKB_DATABASE__URL` names another database; it must be empty.
"""

import os
import resource
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, TypeVar

from kkb_core.messaging import Language
from kkb_core.roles import Scope
from kkb_core.segments import read
from kkb_core.storage import Database, Tx, broadcasts, migrating, outbox, rounds, segments, tables
from kkb_core.storage.areas import Area, AreaLevel, add_area
from kkb_core.storage.broadcasts import Broadcast
from kkb_core.storage.rounds import NewRound
from kkb_core.storage.segments import Audience

T = TypeVar("T")

NOW = datetime(2026, 3, 9, 2, tzinfo=UTC)
DAY = timedelta(days=1)
CHUNK = 5_000
VILLAGE = "33.75.04.1004"
LEVELS = (AreaLevel.PROVINCE, AreaLevel.REGENCY, AreaLevel.DISTRICT, AreaLevel.VILLAGE)
SEGMENTS = ("all", "area:33.75.04 and not answered and not kind:pregnant")


def main(size: int = 100_000) -> None:
    """Announce to *size* families, twice."""
    with TemporaryDirectory() as folder:
        url = os.environ.get("KKB_DATABASE__URL") or f"sqlite:///{Path(folder) / 'kkb.db'}"
        database = Database.open(url)
        migrating.migrate(database)
        database.run_now(_found)
        for first in range(1, size + 1, CHUNK):
            some = range(first, min(first + CHUNK, size + 1))
            database.run_now(lambda tx, some=some: _settle(tx, some))
        for segment in SEGMENTS:
            _announce(database, segment)


def _announce(database: Database, segment: str) -> None:
    audience = Audience(segment=read(segment), scopes=[Scope("33.75")], daily_cap=100)
    before = _memory()
    print(segment)
    count = _timed(
        "count", database, lambda tx: segments.headcount(tx, audience, now=NOW).eligible
    )
    number = database.run_now(lambda tx: broadcasts.put_broadcast(tx, _broadcast(segment)))

    def queue(tx: Tx) -> int:
        return broadcasts.enqueue(tx, number, audience, not_after=NOW + DAY, now=NOW)

    assert _timed("queue", database, queue) == count
    _timed("first", database, lambda tx: broadcasts.release(tx, number, first=1_000, now=NOW))
    _timed("let go", database, lambda tx: outbox.resume(tx, number, now=NOW))
    _timed("account", database, lambda tx: outbox.accounts(tx, [number])[number].eligible)
    _timed("stop", database, lambda tx: outbox.cancel(tx, broadcast_id=number, now=NOW))
    print(f"  memory    +{_memory() - before} MB, of {count} messages")


def _timed(what: str, database: Database, work: Callable[[Tx], T]) -> T:
    started = perf_counter()
    found = database.run_now(work)
    print(f"  {what:9} {perf_counter() - started:6.2f} s")
    return found


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _broadcast(segment: str) -> Broadcast:
    return Broadcast(
        operator=True,
        texts={Language.ID: "Posyandu besok."},
        segment=read(segment),
        created_at=NOW,
        updated_at=NOW,
    )


def _found(tx: Tx) -> None:
    parts = VILLAGE.split(".")
    for length, level in enumerate(LEVELS, start=1):
        code, parent = ".".join(parts[:length]), ".".join(parts[: length - 1]) or None
        add_area(tx, Area(code=code, name=code, level=level, parent=parent, zone="Asia/Jakarta"))
    rounds.put_round(
        tx,
        NewRound(
            area_code="33.75",
            questionnaire="kkb.v1",
            digest="d" * 64,
            name="1",
            opens_at=NOW - DAY,
            closes_at=NOW + 30 * DAY,
        ),
    )


def _settle(tx: Tx, some: range) -> None:
    """A family with one phone that agreed, for each number; every second one has answered."""
    for table, row in ROWS.items():
        tx.execute(tables.__dict__[table].insert(), [row(number) for number in some])


ROWS: dict[str, Callable[[int], dict[str, Any]]] = {
    "people": lambda n: {"id": n, "language": "id", "status": "active", "created_at": NOW},
    "addresses": lambda n: {"channel": "telegram", "address": str(n), "person_id": n},
    "households": lambda n: {
        "id": n,
        "public_id": f"{n:016x}",
        "area_code": VILLAGE,
        "rw": n % 9 + 1,
        "rt": n % 7 + 1,
        "label": "Keluarga",
        "created_at": NOW,
    },
    "memberships": lambda n: {
        "person_id": n,
        "household_id": n,
        "relation": "self",
        "joined_at": NOW,
    },
    "consents": lambda n: {
        "person_id": n,
        "subject": f"{n:032x}",
        "kind": "announcements",
        "given": True,
        "text_version": "1",
        "text_hash": "0" * 64,
        "language": "id",
        "channel": "telegram",
        "at": NOW,
    },
    "interviews": lambda n: {
        "household_id": n,
        "round_id": 1,
        "questionnaire": "kkb.v1",
        "digest": "d" * 64,
        "answers": {"pregnant": "ya" if n % 10 == 0 else "tidak", "kids": "0_23m"},
        "started_at": NOW,
        "updated_at": NOW,
        "completed_at": NOW if n % 2 else None,
    },
}
