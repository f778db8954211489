"""What is asked and answered: rounds, conversations, interviews, scores and what follows them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from kkb_core.storage.columns import AreaCode, Id, Instant, Json, Words
from kkb_core.storage.tables.metadata import count, metadata, numbered, scope_columns

FUNCTIONS = (
    "agama", "sosbud", "cinta", "lindung", "repro", "didik", "ekonomi", "lingkungan",
)  # fmt: skip
DIMENSIONS = ("ketenteraman", "kemandirian", "kebahagiaan")

rounds = Table(
    "rounds",
    metadata,
    numbered(),
    Column("area_code", AreaCode, nullable=False),
    Column("questionnaire", String(64), nullable=False),  # "kkb.v1"
    Column("digest", String(64), nullable=False),
    Column("name", Words, nullable=False),
    Column("opens_at", Instant, nullable=False),
    Column("closes_at", Instant, nullable=False),
    Index(None, "area_code", "opens_at"),
    sqlite_autoincrement=True,
)

interviews = Table(
    "interviews",
    metadata,
    numbered(),
    Column("household_id", Id, ForeignKey("households.id"), nullable=False),
    Column("round_id", Id, ForeignKey("rounds.id"), nullable=False, index=True),
    Column("questionnaire", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("answers", Json, nullable=False),
    Column("places", Json),  # {person's id: their own place}; NULL before anybody has one
    Column("started_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("completed_at", Instant),
    Column("started_by", Id, ForeignKey("people.id")),
    UniqueConstraint("household_id", "round_id"),
    Index(
        "ix_interviews_open",
        "round_id",
        sqlite_where=text("completed_at IS NULL"),
        postgresql_where=text("completed_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

conversations = Table(
    "conversations",
    metadata,
    Column("person_id", Id, ForeignKey("people.id"), primary_key=True),
    Column("topic", String(32), nullable=False),
    Column("state", Json, nullable=False),
    Column("household_id", Id, ForeignKey("households.id"), index=True),
    Column("interview_id", Id, ForeignKey("interviews.id"), index=True),
    Column("updated_at", Instant, nullable=False),
    Column("hat", Id),  # the row of `roles` they act in; NULL: as family
)

answer_history = Table(
    "answer_history",
    metadata,
    numbered(),
    Column("interview_id", Id, ForeignKey("interviews.id"), nullable=False, index=True),
    Column("person_id", Id, ForeignKey("people.id"), index=True),
    Column("question", String(64), nullable=False),
    Column("value", Words),  # NULL: the answer left the interview
    Column("previous", Words),
    Column("at", Instant, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("via", String(8), nullable=False),
)

# One wide row an interview: a kota's means are read from the index alone.
# Scores are tenths of a point (0 to 1000); NULL is not shown.
scores = Table(
    "scores",
    metadata,
    Column("interview_id", Id, ForeignKey("interviews.id"), primary_key=True, autoincrement=False),
    Column("household_id", Id, ForeignKey("households.id"), nullable=False, index=True),
    Column("round_id", Id, ForeignKey("rounds.id"), nullable=False),
    *scope_columns(),
    Column("pack", String(32), nullable=False),
    Column("pack_version", SmallInteger, nullable=False),
    *(Column(name, SmallInteger) for name in (*FUNCTIONS, "total")),
    Column("states", Json, nullable=False),
    *(Column(name, SmallInteger) for name in ("ibangga", *DIMENSIONS)),
    Column("krs", Boolean),
    Column("parts", Json, nullable=False),
    Column("scored_at", Instant, nullable=False),
    # Whether a member of the household agreed to statistics.
    Column("counted", Boolean, nullable=False, server_default=false()),
    Index(
        "ix_scores_summary",
        "round_id",
        "area_code",
        "rw",
        "rt",
        "counted",
        *FUNCTIONS,
        "total",
        "ibangga",
        "krs",
    ),
)

# The figures of a place at the end of a week, as they were told: no cell of fewer than five.
# `rw` and `rt` are 0 for the whole.
rollups = Table(
    "rollups",
    metadata,
    Column("area_code", AreaCode, primary_key=True),
    Column("week", Date, primary_key=True),  # its Monday
    Column("rw", SmallInteger, primary_key=True, autoincrement=False),
    Column("rt", SmallInteger, primary_key=True, autoincrement=False),
    Column("round_id", Id, ForeignKey("rounds.id"), primary_key=True, autoincrement=False),
    Column("figures", Json, nullable=False),
    Column("made_at", Instant, nullable=False),
)

# What is left of a household that erased itself: that it had been there.
erased_counts = Table(
    "erased_counts",
    metadata,
    Column("round_id", Id, ForeignKey("rounds.id"), primary_key=True),
    Column("area_code", AreaCode, primary_key=True),
    count("households"),
)

# What is left of answers whose term is over: what a village added up to, and no household.
past_totals = Table(
    "past_totals",
    metadata,
    Column("round_id", Id, ForeignKey("rounds.id"), primary_key=True, autoincrement=False),
    Column("area_code", AreaCode, primary_key=True),
    count("households"),
    *(count(f"{name}_{what}") for name in (*FUNCTIONS, "total") for what in ("count", "sum")),
)

# What a household was reminded of, and after the last one, that its cadre was told.
reminders = Table(
    "reminders",
    metadata,
    numbered(),
    Column("household_id", Id, ForeignKey("households.id"), nullable=False),
    Column("round_id", Id, ForeignKey("rounds.id"), nullable=False, index=True),
    Column("section", String(64), nullable=False),
    Column("number", SmallInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("person_id", Id, ForeignKey("people.id")),
    Column("at", Instant, nullable=False),  # when it was to arrive
    UniqueConstraint("household_id", "round_id", "section", "number"),
    Index(None, "person_id", "at"),
    sqlite_autoincrement=True,
)

flags = Table(
    "flags",
    metadata,
    numbered(),
    Column("household_id", Id, ForeignKey("households.id"), nullable=False),
    Column("interview_id", Id, ForeignKey("interviews.id"), nullable=False, index=True),
    Column("question", String(64), nullable=False),
    Column("level", String(8), nullable=False),
    Column("route", String(16), nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),
    Column("outcome", Words),
    Column("contact_allowed", Boolean, nullable=False),
    Column("contact_hour", String(16)),  # when the person called it safe: "morning", ...
    Column("updated_at", Instant, nullable=False),
    Index(None, "household_id", "question", "raised_at"),
    Index(None, "route", "state", "due_at"),
    sqlite_autoincrement=True,
)

help_requests = Table(
    "help_requests",
    metadata,
    numbered(),
    Column("household_id", Id, ForeignKey("households.id"), nullable=False, index=True),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False, index=True),
    Column("interview_id", Id, ForeignKey("interviews.id"), index=True),
    Column("question", String(64)),
    Column("asked_at", Instant, nullable=False),
    Column("answered_at", Instant),
    Column("answered_by", Id, ForeignKey("people.id")),
    Column("answer", Words),  # what the cadre wrote back
    Column("told_at", Instant),  # when whoever asked saw it
    sqlite_autoincrement=True,
)

# Somebody of the programme stood at the door, and how it went.
visits = Table(
    "visits",
    metadata,
    numbered(),
    Column("household_id", Id, ForeignKey("households.id"), nullable=False),
    Column("person_id", Id, ForeignKey("people.id"), index=True),
    Column("outcome", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "household_id", "at"),
    sqlite_autoincrement=True,
)

# Households drawn for a jury to visit: the same ones for whoever names the seed again.
field_samples = Table(
    "field_samples",
    metadata,
    numbered(),
    Column("round_id", Id, ForeignKey("rounds.id"), nullable=False),
    Column("area_code", AreaCode, nullable=False),
    Column("seed", BigInteger, nullable=False),
    count("drawn_from"),
    Column("drawn_at", Instant, nullable=False),
    UniqueConstraint("round_id", "area_code", "seed"),
    sqlite_autoincrement=True,
)

# What a drawn household is asked at the door, and what it said; the answer itself is not copied.
field_checks = Table(
    "field_checks",
    metadata,
    numbered(),
    Column("sample_id", Id, ForeignKey("field_samples.id"), nullable=False),
    Column("household_id", Id, ForeignKey("households.id"), nullable=False, index=True),
    Column("question", String(64), nullable=False),
    Column("verdict", String(16)),  # NULL: not asked yet
    Column("person_id", Id, ForeignKey("people.id"), index=True),
    Column("at", Instant),
    UniqueConstraint("sample_id", "household_id", "question"),
    sqlite_autoincrement=True,
)

# Private messages still on somebody's screen.
prompts = Table(
    "prompts",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("address", Words, primary_key=True),
    Column("msg_id", String(64), primary_key=True),
    Column("interview_id", Id, ForeignKey("interviews.id"), index=True),
    Column("shown_at", Instant, nullable=False, index=True),
)
