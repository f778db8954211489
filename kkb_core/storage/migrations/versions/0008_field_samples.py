"""Households drawn for a jury, and what they said at the door."""

import sqlalchemy as sa
from alembic import op

from kkb_core.storage.columns import AreaCode, Id, Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "field_samples",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("round_id", Id, nullable=False),
        sa.Column("area_code", AreaCode, nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("drawn_from", sa.Integer(), server_default="0", nullable=False),
        sa.Column("drawn_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name="fk_field_samples_round_id"),
        sa.PrimaryKeyConstraint("id", name="pk_field_samples"),
        sa.UniqueConstraint(
            "round_id", "area_code", "seed", name="uq_field_samples_round_id_area_code_seed"
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "field_checks",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("sample_id", Id, nullable=False),
        sa.Column("household_id", Id, nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name="fk_field_checks_household_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_field_checks_person_id"),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["field_samples.id"], name="fk_field_checks_sample_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_field_checks"),
        sa.UniqueConstraint(
            "sample_id",
            "household_id",
            "question",
            name="uq_field_checks_sample_id_household_id_question",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_field_checks_household_id", "field_checks", ["household_id"])
    op.create_index("ix_field_checks_person_id", "field_checks", ["person_id"])


def downgrade() -> None:
    op.drop_table("field_checks")
    op.drop_table("field_samples")
