"""The state of zones and accounts that are being deleted, and runs of reconciliation.

Locks: `hosted_zone` and `account` for a moment, for columns that start empty; `hosted_zone` for one update of
the zones whose name servers have been shown.
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
    for name in MOMENTS:
        op.add_column("hosted_zone", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("hosted_zone", sa.Column("watch", sa.JSON(), nullable=True))
    op.execute("UPDATE hosted_zone SET ready_at = updated_at WHERE state IN ('ready', 'leaving')")
    op.add_column("account", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
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
    )
    op.create_index("ix_reconciliation_next_attempt_at", "reconciliation", ["next_attempt_at"], unique=False)


def downgrade() -> None:
    op.drop_table("reconciliation")
    with op.batch_alter_table("account") as account:
        account.drop_column("deleted_at")
    with op.batch_alter_table("hosted_zone") as hosted_zone:
        for name in (*MOMENTS, "watch"):
            hosted_zone.drop_column(name)
