"""Reminders, recurring work, and what remains when a term of keeping is over."""

import sqlalchemy as sa
from alembic import op

from kkb_core.storage.columns import AreaCode, Id, Instant

revision = "0006"
down_revision = "0002"
branch_labels = None
depends_on = None

SUMMED = (
    "agama", "sosbud", "cinta", "lindung", "repro", "didik", "ekonomi", "lingkungan", "total",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "chores",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("area_code", AreaCode, nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", "area_code", name="pk_chores"),
    )

    op.create_table(
        "past_totals",
        sa.Column("round_id", Id, autoincrement=False, nullable=False),
        sa.Column("area_code", AreaCode, nullable=False),
        sa.Column("households", sa.Integer(), server_default="0", nullable=False),
        *(
            sa.Column(f"{name}_{what}", sa.Integer(), server_default="0", nullable=False)
            for name in SUMMED
            for what in ("count", "sum")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name="fk_past_totals_round_id"),
        sa.PrimaryKeyConstraint("round_id", "area_code", name="pk_past_totals"),
    )

    op.create_table(
        "reminders",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("household_id", Id, nullable=False),
        sa.Column("round_id", Id, nullable=False),
        sa.Column("section", sa.String(length=64), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name="fk_reminders_household_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_reminders_person_id"),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name="fk_reminders_round_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reminders"),
        sa.UniqueConstraint(
            "household_id",
            "round_id",
            "section",
            "number",
            name="uq_reminders_household_id_round_id_section_number",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reminders_person_id_at", "reminders", ["person_id", "at"])
    op.create_index("ix_reminders_round_id", "reminders", ["round_id"])

    with op.batch_alter_table("people") as people:
        people.add_column(sa.Column("remind_at", sa.SmallInteger(), nullable=True))
    with op.batch_alter_table("consents") as consents:
        consents.add_column(sa.Column("ended_at", Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("consents") as consents:
        consents.drop_column("ended_at")
    with op.batch_alter_table("people") as people:
        people.drop_column("remind_at")
    op.drop_table("reminders")
    op.drop_table("past_totals")
    op.drop_table("chores")
