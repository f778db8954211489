"""Each person's own place moves into the interview, so that one statement keeps an answer whole.

One person's line of updates is found by an index of its own: several processes share the lines.
Interviews that are not complete are counted from an index, without looking at a million others.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from kkb_core.storage.columns import Id, Instant, Json

revision = "0004"
down_revision = "0001"
branch_labels = None
depends_on = None

BATCH = 1_000

interviews = sa.table("interviews", sa.column("id", Id), sa.column("places", Json))
cursors = sa.table(
    "cursors",
    sa.column("interview_id", Id),
    sa.column("person_id", Id),
    sa.column("state", Json),
    sa.column("updated_at", Instant()),
)


def upgrade() -> None:
    """Take this step."""
    op.add_column("interviews", sa.Column("places", Json, nullable=True))
    put = (
        sa.update(interviews)
        .where(interviews.c.id == sa.bindparam("this"))
        .values(places=sa.bindparam("kept"))
    )
    for batch in _batches(_places()):
        op.get_bind().execute(put, batch)
    op.drop_table("cursors")
    op.create_index(
        "ix_interviews_open",
        "interviews",
        ["round_id"],
        sqlite_where=sa.text("completed_at IS NULL"),
        postgresql_where=sa.text("completed_at IS NULL"),
    )
    op.create_index(
        "ix_updates_line",
        "updates",
        ["account", "person_key", "update_id"],
        sqlite_where=sa.text("state = 'taken'"),
        postgresql_where=sa.text("state = 'taken'"),
    )


def downgrade() -> None:
    """Go back to a table of places."""
    op.drop_index("ix_updates_line", "updates")
    op.drop_index("ix_interviews_open", "interviews")
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
    for batch in _batches(_cursors()):
        op.get_bind().execute(sa.insert(cursors), batch)
    with op.batch_alter_table("interviews") as table:
        table.drop_column("places")


def _places() -> list[dict[str, Any]]:
    rows = op.get_bind().execute(sa.select(cursors).order_by(cursors.c.interview_id)).all()
    return [
        {
            "this": interview_id,
            "kept": {
                str(row.person_id): {"state": row.state, "asked_at": row.updated_at.isoformat()}
                for row in theirs
            },
        }
        for interview_id, theirs in groupby(rows, lambda row: row.interview_id)
    ]


def _cursors() -> list[dict[str, Any]]:
    held = sa.select(interviews).where(interviews.c.places.is_not(None))
    return [
        {
            "interview_id": row.id,
            "person_id": int(whose),
            "state": place["state"],
            "updated_at": datetime.fromisoformat(place["asked_at"]),
        }
        for row in op.get_bind().execute(held).all()
        for whose, place in row.places.items()
    ]


def _batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]
