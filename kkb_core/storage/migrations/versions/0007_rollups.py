"""Scores say whether they are counted; weekly figures of each place are kept."""

import sqlalchemy as sa
from alembic import op

from kkb_core.storage.columns import AreaCode, Id, Instant, Json

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

FUNCTIONS = (
    "agama", "sosbud", "cinta", "lindung", "repro", "didik", "ekonomi", "lingkungan",
)  # fmt: skip
PLACE = ("round_id", "area_code", "rw", "rt")


def upgrade() -> None:
    with op.batch_alter_table("scores") as batch:
        batch.add_column(
            sa.Column("counted", sa.Boolean(), server_default=sa.true(), nullable=False)
        )
        batch.drop_index("ix_scores_summary")
    op.create_index(
        "ix_scores_summary",
        "scores",
        [*PLACE, "counted", *FUNCTIONS, "total", "ibangga", "krs"],
    )
    op.create_table(
        "rollups",
        sa.Column("round_id", Id, nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("area_code", AreaCode, nullable=False),
        sa.Column("rw", sa.SmallInteger(), nullable=False),
        sa.Column("rt", sa.SmallInteger(), nullable=False),
        sa.Column("figures", Json, nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name="fk_rollups_round_id"),
        sa.PrimaryKeyConstraint("area_code", "week", "rw", "rt", "round_id", name="pk_rollups"),
    )


def downgrade() -> None:
    op.drop_table("rollups")
    with op.batch_alter_table("scores") as batch:
        batch.drop_index("ix_scores_summary")
        batch.drop_column("counted")
    op.create_index("ix_scores_summary", "scores", [*PLACE, *FUNCTIONS, "total"])
