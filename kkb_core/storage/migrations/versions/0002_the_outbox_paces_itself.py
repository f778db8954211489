"""The outbox paces itself: zones, lanes, digests, and a pause that outlives a restart."""

import sqlalchemy as sa
from alembic import op

from kkb_core.storage.columns import Instant

revision = "0002"
down_revision = "0004"
branch_labels = None
depends_on = None

QUEUED = {
    "due": ["account", "zone", "lane", "not_before", "id"],
    "expiring": ["account", "not_after"],
}
SENDING = {"sending": ["account"]}
# Each message is changed a few times on its way and stands at the front of its index until then:
# a fifth of a large table, the server's own measure, would be too much to step over.
CLEANED = (
    "ALTER TABLE outbox SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.01, "
    "autovacuum_vacuum_threshold = 2000, autovacuum_analyze_scale_factor = 0.05)"
)
LEFT_ALONE = (
    "ALTER TABLE outbox RESET (fillfactor, autovacuum_vacuum_scale_factor, "
    "autovacuum_vacuum_threshold, autovacuum_analyze_scale_factor)"
)


def upgrade() -> None:
    op.drop_index("ix_outbox_open", table_name="outbox")
    zone = sa.Column("zone", sa.String(32), nullable=False, server_default="Asia/Jakarta")
    lane = sa.Column("lane", sa.SmallInteger(), nullable=False, server_default="0")
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(zone)
        outbox.add_column(lane)
        outbox.add_column(sa.Column("digest", sa.String(16)))
    for state, indexes in (("queued", QUEUED), ("sending", SENDING)):
        for name, columns in indexes.items():
            _index(f"ix_outbox_{name}", columns, f"state = '{state}'")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(CLEANED)
    with op.batch_alter_table("leases") as leases:
        leases.add_column(sa.Column("not_before", Instant()))


def downgrade() -> None:
    with op.batch_alter_table("leases") as leases:
        leases.drop_column("not_before")
    for name in (*QUEUED, *SENDING):
        op.drop_index(f"ix_outbox_{name}", table_name="outbox")
    with op.batch_alter_table("outbox") as outbox:
        for column in ("digest", "lane", "zone"):
            outbox.drop_column(column)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(LEFT_ALONE)
    _index("ix_outbox_open", ["account", "not_before"], "state IN ('queued', 'sending')")


def _index(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "outbox", columns, sqlite_where=condition, postgresql_where=condition)
