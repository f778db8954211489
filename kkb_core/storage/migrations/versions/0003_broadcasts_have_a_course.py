"""Broadcasts have a course: approved by a second person, due, repeated, watched."""

import sqlalchemy as sa
from alembic import op

from kkb_core.storage.columns import Id, Instant, Json, Words

revision = "0003"
down_revision = "0006"
branch_labels = None
depends_on = None

TIES = {"approved_by": "people.id", "parent": "broadcasts.id"}
INDEXES = (["approved_by"], ["state", "due_at"])


def upgrade() -> None:
    with op.batch_alter_table("broadcasts") as broadcasts:
        for name in ("operator", "reworded"):
            broadcasts.add_column(
                sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
            )
        for name in ("revision", "eligible"):
            broadcasts.add_column(
                sa.Column(name, sa.Integer(), nullable=False, server_default="0")
            )
        broadcasts.add_column(sa.Column("due_at", Instant()))
        broadcasts.add_column(sa.Column("file", Json))
        for name, target in TIES.items():
            broadcasts.add_column(sa.Column(name, Id))
            table, column = target.split(".")
            broadcasts.create_foreign_key(f"fk_broadcasts_{name}", table, [name], [column])
    for columns in INDEXES:
        op.create_index(_called(columns), "broadcasts", columns)
    op.create_table(
        "watches",
        sa.Column("broadcast_id", Id, sa.ForeignKey("broadcasts.id"), primary_key=True),
        sa.Column("person_id", Id, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("address", Words, nullable=False),
        sa.Column("message", sa.String(64), nullable=False),
        sa.Column("shown", sa.String(16), nullable=False),
    )
    op.create_index("ix_watches_person_id", "watches", ["person_id"])


def downgrade() -> None:
    op.drop_table("watches")
    for columns in INDEXES:
        op.drop_index(_called(columns), table_name="broadcasts")
    with op.batch_alter_table("broadcasts") as broadcasts:
        for name in TIES:
            broadcasts.drop_constraint(f"fk_broadcasts_{name}", type_="foreignkey")
        for name in ("operator", "reworded", "revision", "eligible", "due_at", "file", *TIES):
            broadcasts.drop_column(name)


def _called(columns: list[str]) -> str:
    return f"ix_broadcasts_{'_'.join(columns)}"
