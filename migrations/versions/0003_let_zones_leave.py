"""The state of zones and accounts that are being deleted, and runs of reconciliation.

Locks: `hosted_zone` and `account` for a moment, for columns that start empty; then the zones whose name servers
have been shown, a thousand at a time.
Took: 9 s with 200,000 names; the edge waited at most 0.01 s, others 0.01 s.
Old code: goes on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only in a column typed INTEGER.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENTS = ("ready_at", "seen_at", "inspected_at")


def upgrade() -> None:
    op.add_columns_online(
        "hosted_zone",
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in MOMENTS),
        sa.Column("watch", sa.JSON(), nullable=True),
    )
    op.update_in_batches(
        "hosted_zone", "ready_at = updated_at", "ready_at IS NULL AND state IN ('ready', 'leaving')"
    )
    op.add_columns_online("account", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table_online(
        "reconciliation",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("hour", sa.Integer(), nullable=True),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("marker", sa.String(length=64), nullable=True),
        sa.Column("zones_seen", sa.Integer(), nullable=False),
        sa.Column("zones_inspected", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation"),
        sa.UniqueConstraint("hour", name="uq_reconciliation_hour"),
        sa.Index("ix_reconciliation_next_attempt_at", "next_attempt_at"),
    )


def downgrade() -> None:
    op.drop_tables_online("reconciliation")
    op.drop_columns_online("account", "deleted_at")
    op.drop_columns_online("hosted_zone", *MOMENTS, "watch")
