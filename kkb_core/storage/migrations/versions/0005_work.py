"""Work: which role a person acts in, visits, answers to calls for help, consent given by word of mouth."""

import sqlalchemy as sa
from alembic import op

from kkb_core.storage.columns import Id, Instant, Words

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("hat", Id, nullable=True))
    op.add_column("consents", sa.Column("recorded_by", Id, nullable=True))
    op.create_index("ix_consents_recorded_by", "consents", ["recorded_by"])
    op.add_column("help_requests", sa.Column("answer", Words(), nullable=True))
    op.add_column("help_requests", sa.Column("told_at", Instant(), nullable=True))
    op.create_table(
        "visits",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("household_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name="fk_visits_household_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_visits_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_visits_household_id_at", "visits", ["household_id", "at"])
    op.create_index("ix_visits_person_id", "visits", ["person_id"])


def downgrade() -> None:
    op.drop_table("visits")
    op.drop_column("help_requests", "told_at")
    op.drop_column("help_requests", "answer")
    op.drop_index("ix_consents_recorded_by", "consents")
    op.drop_column("consents", "recorded_by")
    op.drop_column("conversations", "hat")
