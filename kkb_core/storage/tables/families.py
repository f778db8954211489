"""Who takes part and where they live: areas, people, households, roles, invitations, consent."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)

from kkb_core.storage.columns import AreaCode, Id, Instant, Words
from kkb_core.storage.tables.metadata import metadata, numbered, scope_columns

areas = Table(
    "areas",
    metadata,
    Column("code", AreaCode, primary_key=True),
    Column("name", Words, nullable=False),
    Column("level", String(16), nullable=False),
    Column("parent", AreaCode, ForeignKey("areas.code"), index=True),
    Column("zone", String(32), nullable=False),
)

people = Table(
    "people",
    metadata,
    numbered(),
    Column("language", String(2)),  # NULL until chosen
    Column("status", String(16), nullable=False),
    Column("adult_confirmed_at", Instant),
    Column("paused_until", Instant),
    Column("remind_at", SmallInteger),  # minutes after midnight where they live; NULL: any
    Column("blocked_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("erased_at", Instant),
    sqlite_autoincrement=True,
)

addresses = Table(
    "addresses",
    metadata,
    numbered(),
    Column("channel", String(16), nullable=False),
    Column("address", Words, nullable=False),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False, index=True),
    UniqueConstraint("channel", "address"),
    sqlite_autoincrement=True,
)

address_moves = Table(
    "address_moves",
    metadata,
    numbered(),
    Column("channel", String(16), nullable=False),
    Column("old", Words, nullable=False),
    Column("new", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "channel", "old"),
)

households = Table(
    "households",
    metadata,
    numbered(),
    Column("public_id", String(32), nullable=False, unique=True),  # what exports show
    Column("area_code", AreaCode, ForeignKey("areas.code"), nullable=False),
    *scope_columns()[1:],
    Column("label", Words, nullable=False),  # what its own people call it
    Column("created_at", Instant, nullable=False),
    Column("created_by", Id, ForeignKey("people.id")),
    Column("paused_until", Instant),
    Column("pause_reason", Words),
    Column("merged_into", Id, ForeignKey("households.id")),
    Column("erased_at", Instant),
    Index(None, "area_code", "rw", "rt"),
    sqlite_autoincrement=True,
)

memberships = Table(
    "memberships",
    metadata,
    Column("person_id", Id, ForeignKey("people.id"), primary_key=True),
    Column("household_id", Id, ForeignKey("households.id"), primary_key=True, index=True),
    Column("relation", String(16), nullable=False),
    Column("joined_at", Instant, nullable=False),
    Column("left_at", Instant),
)

roles = Table(
    "roles",
    metadata,
    numbered(),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False, index=True),
    Column("role", String(16), nullable=False),
    *scope_columns(),
    Column("granted_by", Id, ForeignKey("people.id")),
    Column("granted_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Index(None, "area_code", "role"),
)

invites = Table(
    "invites",
    metadata,
    numbered(),
    Column("kind", String(16), nullable=False),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("code", String(64)),  # kept readable only where it must be printed again
    Column("role", String(16)),
    *scope_columns(required=False),
    Column("household_id", Id, ForeignKey("households.id"), index=True),
    Column("created_by", Id, ForeignKey("people.id")),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("uses_left", Integer),  # NULL: as often as wanted
    Column("revoked_at", Instant),
    sqlite_autoincrement=True,
)

invite_tries = Table(
    "invite_tries",
    metadata,
    numbered(),
    Column("channel", String(16), nullable=False),
    Column("address", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "channel", "address", "at"),
)

# Append-only. `subject` ties one person's rows together without saying who it is; erasing the
# person takes `person_id` away and leaves the rest.
consents = Table(
    "consents",
    metadata,
    numbered(),
    Column("person_id", Id, ForeignKey("people.id"), index=True),
    Column("subject", String(32), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("given", Boolean, nullable=False),
    Column("text_version", String(32), nullable=False),
    Column("text_hash", String(64), nullable=False),
    Column("language", String(2), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    # A cadre who read the words out to somebody without a phone; NULL: their own tap.
    Column("recorded_by", Id, index=True),
    Column("ended_at", Instant),  # where no later line says it: whose line it was has gone
    sqlite_autoincrement=True,
)
