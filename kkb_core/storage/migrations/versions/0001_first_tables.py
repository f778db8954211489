"""The tables the programme starts with."""

import sqlalchemy as sa
from alembic import op

from kkb_core.storage.columns import AreaCode, Id, Instant, Json, Words

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "address_moves",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("old", Words(), nullable=False),
        sa.Column("new", Words(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_address_moves"),
    )
    op.create_index("ix_address_moves_channel_old", "address_moves", ["channel", "old"])

    op.create_table(
        "areas",
        sa.Column("code", AreaCode, nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("parent", AreaCode, nullable=True),
        sa.Column("zone", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["areas.code"], name="fk_areas_parent"),
        sa.PrimaryKeyConstraint("code", name="pk_areas"),
    )
    op.create_index("ix_areas_parent", "areas", ["parent"])

    op.create_table(
        "invite_tries",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address", Words(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_invite_tries"),
    )
    op.create_index(
        "ix_invite_tries_channel_address_at", "invite_tries", ["channel", "address", "at"]
    )

    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "people",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("adult_confirmed_at", Instant(), nullable=True),
        sa.Column("paused_until", Instant(), nullable=True),
        sa.Column("blocked_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("erased_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "rounds",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("area_code", AreaCode, nullable=False),
        sa.Column("questionnaire", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("opens_at", Instant(), nullable=False),
        sa.Column("closes_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rounds"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rounds_area_code_opens_at", "rounds", ["area_code", "opens_at"])

    op.create_table(
        "updates",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("raw", Words(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", Words(), nullable=True),
        sa.Column("person_key", Words(), nullable=True),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("account", "update_id", name="pk_updates"),
    )
    op.create_index("ix_updates_done_at", "updates", ["done_at"])
    op.create_index(
        "ix_updates_pending",
        "updates",
        ["account", "update_id"],
        sqlite_where=sa.text("state = 'taken'"),
        postgresql_where=sa.text("state = 'taken'"),
    )
    op.create_index(
        "ix_updates_quarantined",
        "updates",
        ["account", "update_id"],
        sqlite_where=sa.text("state = 'quarantined'"),
        postgresql_where=sa.text("state = 'quarantined'"),
    )

    op.create_table(
        "addresses",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address", Words(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_addresses_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_addresses"),
        sa.UniqueConstraint("channel", "address", name="uq_addresses_channel_address"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_addresses_person_id", "addresses", ["person_id"])

    op.create_table(
        "audit",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", Id, nullable=True),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", Id, nullable=True),
        sa.Column("detail", Json, nullable=False),
        sa.ForeignKeyConstraint(["actor"], ["people.id"], name="fk_audit_actor"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_actor", "audit", ["actor"])
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_subject_kind_subject_id", "audit", ["subject_kind", "subject_id"])

    op.create_table(
        "broadcasts",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("author", Id, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("text", Json, nullable=False),
        sa.Column("segment", Json, nullable=False),
        sa.Column("schedule", Json, nullable=False),
        sa.Column("counts", Json, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["author"], ["people.id"], name="fk_broadcasts_author"),
        sa.PrimaryKeyConstraint("id", name="pk_broadcasts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_broadcasts_author", "broadcasts", ["author"])

    op.create_table(
        "consents",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("text_version", sa.String(length=32), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_consents_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_consents_person_id", "consents", ["person_id"])
    op.create_index("ix_consents_subject", "consents", ["subject"])

    op.create_table(
        "erased_counts",
        sa.Column("round_id", Id, nullable=False),
        sa.Column("area_code", AreaCode, nullable=False),
        sa.Column("households", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name="fk_erased_counts_round_id"),
        sa.PrimaryKeyConstraint("round_id", "area_code", name="pk_erased_counts"),
    )
    op.create_table(
        "households",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("area_code", AreaCode, nullable=False),
        sa.Column("rw", sa.SmallInteger(), nullable=True),
        sa.Column("rt", sa.SmallInteger(), nullable=True),
        sa.Column("label", Words(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", Id, nullable=True),
        sa.Column("paused_until", Instant(), nullable=True),
        sa.Column("pause_reason", Words(), nullable=True),
        sa.Column("merged_into", Id, nullable=True),
        sa.Column("erased_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name="fk_households_area_code"),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name="fk_households_created_by"),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["households.id"], name="fk_households_merged_into"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_households"),
        sa.UniqueConstraint("public_id", name="uq_households_public_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_households_area_code_rw_rt", "households", ["area_code", "rw", "rt"])

    op.create_table(
        "roles",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("area_code", AreaCode, nullable=False),
        sa.Column("rw", sa.SmallInteger(), nullable=True),
        sa.Column("rt", sa.SmallInteger(), nullable=True),
        sa.Column("granted_by", Id, nullable=True),
        sa.Column("granted_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["granted_by"], ["people.id"], name="fk_roles_granted_by"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_roles_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_roles"),
    )
    op.create_index("ix_roles_area_code_role", "roles", ["area_code", "role"])
    op.create_index("ix_roles_person_id", "roles", ["person_id"])

    op.create_table(
        "interviews",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("household_id", Id, nullable=False),
        sa.Column("round_id", Id, nullable=False),
        sa.Column("questionnaire", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("answers", Json, nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("completed_at", Instant(), nullable=True),
        sa.Column("started_by", Id, nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name="fk_interviews_household_id"
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name="fk_interviews_round_id"),
        sa.ForeignKeyConstraint(["started_by"], ["people.id"], name="fk_interviews_started_by"),
        sa.PrimaryKeyConstraint("id", name="pk_interviews"),
        sa.UniqueConstraint(
            "household_id", "round_id", name="uq_interviews_household_id_round_id"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_interviews_round_id", "interviews", ["round_id"])

    op.create_table(
        "invites",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=True),
        sa.Column("area_code", AreaCode, nullable=True),
        sa.Column("rw", sa.SmallInteger(), nullable=True),
        sa.Column("rt", sa.SmallInteger(), nullable=True),
        sa.Column("household_id", Id, nullable=True),
        sa.Column("created_by", Id, nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("uses_left", sa.Integer(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name="fk_invites_created_by"),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name="fk_invites_household_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invites"),
        sa.UniqueConstraint("code_hash", name="uq_invites_code_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_invites_household_id", "invites", ["household_id"])

    op.create_table(
        "memberships",
        sa.Column("person_id", Id, nullable=False),
        sa.Column("household_id", Id, nullable=False),
        sa.Column("relation", sa.String(length=16), nullable=False),
        sa.Column("joined_at", Instant(), nullable=False),
        sa.Column("left_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name="fk_memberships_household_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_memberships_person_id"),
        sa.PrimaryKeyConstraint("person_id", "household_id", name="pk_memberships"),
    )
    op.create_index("ix_memberships_household_id", "memberships", ["household_id"])

    op.create_table(
        "outbox",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("params", Json, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("broadcast_id", Id, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("dedupe_key", sa.String(length=128), nullable=True),
        sa.Column("not_before", Instant(), nullable=False),
        sa.Column("not_after", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("platform_msg_id", sa.String(length=64), nullable=True),
        sa.Column("reason", Words(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name="fk_outbox_broadcast_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_outbox_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("dedupe_key", name="uq_outbox_dedupe_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_broadcast_id_state", "outbox", ["broadcast_id", "state"])
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["account", "not_before"],
        sqlite_where=sa.text("state IN ('queued', 'sending')"),
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.create_index("ix_outbox_person_id", "outbox", ["person_id"])

    op.create_table(
        "answer_history",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("interview_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("value", Words(), nullable=True),
        sa.Column("previous", Words(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("via", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interviews.id"], name="fk_answer_history_interview_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_answer_history_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_answer_history"),
    )
    op.create_index("ix_answer_history_interview_id", "answer_history", ["interview_id"])
    op.create_index("ix_answer_history_person_id", "answer_history", ["person_id"])

    op.create_table(
        "conversations",
        sa.Column("person_id", Id, nullable=False),
        sa.Column("topic", sa.String(length=32), nullable=False),
        sa.Column("state", Json, nullable=False),
        sa.Column("household_id", Id, nullable=True),
        sa.Column("interview_id", Id, nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name="fk_conversations_household_id"
        ),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interviews.id"], name="fk_conversations_interview_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_conversations_person_id"),
        sa.PrimaryKeyConstraint("person_id", name="pk_conversations"),
    )
    op.create_index("ix_conversations_household_id", "conversations", ["household_id"])
    op.create_index("ix_conversations_interview_id", "conversations", ["interview_id"])

    op.create_table(
        "cursors",
        sa.Column("interview_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("state", Json, nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interviews.id"], name="fk_cursors_interview_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_cursors_person_id"),
        sa.PrimaryKeyConstraint("interview_id", "person_id", name="pk_cursors"),
    )
    op.create_index("ix_cursors_person_id", "cursors", ["person_id"])

    op.create_table(
        "flags",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("household_id", Id, nullable=False),
        sa.Column("interview_id", Id, nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("route", sa.String(length=16), nullable=False),
        sa.Column("raised_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("outcome", Words(), nullable=True),
        sa.Column("contact_allowed", sa.Boolean(), nullable=False),
        sa.Column("contact_hour", sa.String(length=16), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name="fk_flags_household_id"),
        sa.ForeignKeyConstraint(["interview_id"], ["interviews.id"], name="fk_flags_interview_id"),
        sa.PrimaryKeyConstraint("id", name="pk_flags"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_flags_household_id_question_raised_at",
        "flags",
        ["household_id", "question", "raised_at"],
    )
    op.create_index("ix_flags_interview_id", "flags", ["interview_id"])
    op.create_index("ix_flags_route_state_due_at", "flags", ["route", "state", "due_at"])

    op.create_table(
        "help_requests",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("household_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("interview_id", Id, nullable=True),
        sa.Column("question", sa.String(length=64), nullable=True),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("answered_by", Id, nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["people.id"], name="fk_help_requests_answered_by"
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name="fk_help_requests_household_id"
        ),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interviews.id"], name="fk_help_requests_interview_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_help_requests_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_help_requests"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_help_requests_household_id", "help_requests", ["household_id"])
    op.create_index("ix_help_requests_interview_id", "help_requests", ["interview_id"])
    op.create_index("ix_help_requests_person_id", "help_requests", ["person_id"])

    op.create_table(
        "prompts",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address", Words(), nullable=False),
        sa.Column("msg_id", sa.String(length=64), nullable=False),
        sa.Column("interview_id", Id, nullable=True),
        sa.Column("shown_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interviews.id"], name="fk_prompts_interview_id"
        ),
        sa.PrimaryKeyConstraint("channel", "address", "msg_id", name="pk_prompts"),
    )
    op.create_index("ix_prompts_interview_id", "prompts", ["interview_id"])
    op.create_index("ix_prompts_shown_at", "prompts", ["shown_at"])

    op.create_table(
        "scores",
        sa.Column("interview_id", Id, autoincrement=False, nullable=False),
        sa.Column("household_id", Id, nullable=False),
        sa.Column("round_id", Id, nullable=False),
        sa.Column("area_code", AreaCode, nullable=False),
        sa.Column("rw", sa.SmallInteger(), nullable=True),
        sa.Column("rt", sa.SmallInteger(), nullable=True),
        sa.Column("pack", sa.String(length=32), nullable=False),
        sa.Column("pack_version", sa.SmallInteger(), nullable=False),
        sa.Column("agama", sa.SmallInteger(), nullable=True),
        sa.Column("sosbud", sa.SmallInteger(), nullable=True),
        sa.Column("cinta", sa.SmallInteger(), nullable=True),
        sa.Column("lindung", sa.SmallInteger(), nullable=True),
        sa.Column("repro", sa.SmallInteger(), nullable=True),
        sa.Column("didik", sa.SmallInteger(), nullable=True),
        sa.Column("ekonomi", sa.SmallInteger(), nullable=True),
        sa.Column("lingkungan", sa.SmallInteger(), nullable=True),
        sa.Column("total", sa.SmallInteger(), nullable=True),
        sa.Column("states", Json, nullable=False),
        sa.Column("ibangga", sa.SmallInteger(), nullable=True),
        sa.Column("ketenteraman", sa.SmallInteger(), nullable=True),
        sa.Column("kemandirian", sa.SmallInteger(), nullable=True),
        sa.Column("kebahagiaan", sa.SmallInteger(), nullable=True),
        sa.Column("krs", sa.Boolean(), nullable=True),
        sa.Column("parts", Json, nullable=False),
        sa.Column("scored_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name="fk_scores_household_id"
        ),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interviews.id"], name="fk_scores_interview_id"
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name="fk_scores_round_id"),
        sa.PrimaryKeyConstraint("interview_id", name="pk_scores"),
    )
    op.create_index("ix_scores_household_id", "scores", ["household_id"])
    op.create_index(
        "ix_scores_summary",
        "scores",
        [
            "round_id",
            "area_code",
            "rw",
            "rt",
            "agama",
            "sosbud",
            "cinta",
            "lindung",
            "repro",
            "didik",
            "ekonomi",
            "lingkungan",
            "total",
        ],
    )


def downgrade() -> None:
    op.drop_table("scores")
    op.drop_table("prompts")
    op.drop_table("help_requests")
    op.drop_table("flags")
    op.drop_table("cursors")
    op.drop_table("conversations")
    op.drop_table("answer_history")
    op.drop_table("outbox")
    op.drop_table("memberships")
    op.drop_table("invites")
    op.drop_table("interviews")
    op.drop_table("roles")
    op.drop_table("households")
    op.drop_table("erased_counts")
    op.drop_table("consents")
    op.drop_table("broadcasts")
    op.drop_table("audit")
    op.drop_table("addresses")
    op.drop_table("updates")
    op.drop_table("rounds")
    op.drop_table("people")
    op.drop_table("leases")
    op.drop_table("invite_tries")
    op.drop_table("areas")
    op.drop_table("address_moves")
