"""What comes in, what goes out, and who looked: updates, outbox, leases, broadcasts, audit."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    false,
    text,
)

from kkb_core.storage.columns import AreaCode, Id, Instant, Json, Words
from kkb_core.storage.tables.metadata import count, metadata, numbered

# `raw` is kept only until the update is done: it holds people's words.
updates = Table(
    "updates",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("raw", Words),
    Column("state", String(16), nullable=False),
    Column("reason", Words),
    Column("person_key", Words),
    Column("taken_at", Instant, nullable=False),
    Column("done_at", Instant),
    Index(
        "ix_updates_pending",
        "account",
        "update_id",
        sqlite_where=text("state = 'taken'"),
        postgresql_where=text("state = 'taken'"),
    ),
    Index(
        "ix_updates_line",
        "account",
        "person_key",
        "update_id",
        sqlite_where=text("state = 'taken'"),
        postgresql_where=text("state = 'taken'"),
    ),
    Index(
        "ix_updates_quarantined",
        "account",
        "update_id",
        sqlite_where=text("state = 'quarantined'"),
        postgresql_where=text("state = 'quarantined'"),
    ),
    Index(None, "done_at"),
)

broadcasts = Table(
    "broadcasts",
    metadata,
    numbered(),
    Column("author", Id, ForeignKey("people.id"), index=True),
    Column("state", String(16), nullable=False),
    Column("text", Json, nullable=False),
    Column("file", Json),  # a picture or document that lies with a channel
    Column("segment", Json, nullable=False),
    Column("schedule", Json, nullable=False),
    Column("counts", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("operator", Boolean, nullable=False, server_default=false()),  # had no author ever
    Column("reworded", Boolean, nullable=False, server_default=false()),  # since it last ran
    Column("approved_by", Id, ForeignKey("people.id"), index=True),
    count("revision"),
    count("eligible"),  # how many messages were queued
    Column("due_at", Instant),
    Column("parent", Id, ForeignKey("broadcasts.id")),  # what comes again, or is sent again
    Index(None, "state", "due_at"),
    sqlite_autoincrement=True,
)

# The messages in which people follow how a broadcast goes.
watches = Table(
    "watches",
    metadata,
    Column("broadcast_id", Id, ForeignKey("broadcasts.id"), primary_key=True),
    Column("person_id", Id, ForeignKey("people.id"), primary_key=True, index=True),
    Column("channel", String(16), nullable=False),
    Column("address", Words, nullable=False),
    Column("message", String(64), nullable=False),
    Column("shown", String(16), nullable=False),  # the digest of what stands there
)


def _while(state: str, **indexes: tuple[str, ...]) -> list[Index]:
    """Indexes of the outbox that hold only what is in *state*, however much has ended."""
    where = text(f"state = '{state}'")
    return [
        Index(f"ix_outbox_{name}", *columns, sqlite_where=where, postgresql_where=where)
        for name, columns in indexes.items()
    ]


outbox = Table(
    "outbox",
    metadata,
    numbered(),
    Column("kind", String(32), nullable=False),
    Column("params", Json, nullable=False),
    Column("person_id", Id, ForeignKey("people.id"), index=True),
    Column("account", String(64), nullable=False),
    Column("zone", String(32), nullable=False, server_default="Asia/Jakarta"),
    Column("lane", SmallInteger, nullable=False, server_default="0"),
    Column("broadcast_id", Id, ForeignKey("broadcasts.id")),
    Column("state", String(16), nullable=False),
    Column("dedupe_key", String(128), unique=True),
    Column("not_before", Instant, nullable=False),
    Column("not_after", Instant, nullable=False),
    count("attempts"),
    Column("lease_owner", String(64)),
    Column("lease_until", Instant),
    Column("platform_msg_id", String(64)),
    Column("digest", String(16)),  # of the words as they were made
    Column("reason", Words),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    *_while(
        "queued",
        due=("account", "zone", "lane", "not_before", "id"),
        expiring=("account", "not_after"),
    ),
    *_while("sending", sending=("account",)),
    Index(None, "broadcast_id", "state"),
    sqlite_autoincrement=True,
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("until", Instant, nullable=False),
    Column("token", Integer, nullable=False),  # grows with each new owner
    Column("not_before", Instant),  # the platform asked to be left alone until then
)

# When a piece of recurring work is due again in an area ("" is everywhere).
chores = Table(
    "chores",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("area_code", AreaCode, primary_key=True),
    Column("due_at", Instant, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    numbered(),
    Column("at", Instant, nullable=False, index=True),
    Column("actor", Id, ForeignKey("people.id"), index=True),
    Column("act", String(32), nullable=False),
    Column("subject_kind", String(32), nullable=False),
    Column("subject_id", Id),
    Column("detail", Json, nullable=False),
    Index(None, "subject_kind", "subject_id"),
    sqlite_autoincrement=True,
)
