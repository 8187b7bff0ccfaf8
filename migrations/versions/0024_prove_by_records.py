"""A second way to prove a claim: its method, and the token and the target of the records method.

Every claim of before is proved by delegation, and goes on so.

Locks: `llm_client_custom_domain`, for a moment, for columns with a constant default, and against writing for a moment
for the key that refers to it. Its index is built concurrently and holds no row yet.
Took: a second or less with 200,000 names; the edge waited at most 0.01 s, others 0.01 s.
Old code: goes on, and serves what the new release has verified. It takes a claim of the new method for one whose zone
is not made yet, and makes none.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

DOMAIN, PROOF = "llm_client_custom_domain", "records_proof"
FORMER = "ix_llm_client_custom_domain_former"
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WHERE = sa.text("former_until IS NOT NULL")


def upgrade() -> None:
    op.add_columns_online(
        DOMAIN,
        sa.Column("method", sa.String(40), nullable=False, server_default="delegation"),
        sa.Column("next_method", sa.String(40), nullable=True),
        sa.Column("next_report", sa.JSON(), nullable=True),
        sa.Column("former_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("former_overdue_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contests_since", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index_online(FORMER, DOMAIN, ["former_until"], sqlite_where=WHERE, postgresql_where=WHERE)
    op.create_table_online(
        PROOF,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("custom_domain_id", ROW_ID, nullable=False),
        sa.Column(
            "domain_name", sa.String(253).with_variant(sa.String(253, "C"), "postgresql"), nullable=False
        ),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("label", sa.String(63), nullable=False),
        sa.Column("edge_domain", sa.String(253), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("published", sa.String(64), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem_code", sa.String(64), nullable=True),
        sa.Column("problem_params", sa.JSON(), nullable=True),
        sa.Column("look", sa.JSON(), nullable=True),
        sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["custom_domain_id"], [f"{DOMAIN}.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("custom_domain_id", "generation"),
        sa.UniqueConstraint("token"),
        sa.UniqueConstraint("label"),
    )
    for column in ("domain_name", "next_attempt_at", "next_look_at"):
        op.create_index_online(f"ix_{PROOF}_{column}", PROOF, [column])
    op.create_index_online(f"ix_{PROOF}_state_published", PROOF, ["state", "published"])


def downgrade() -> None:
    op.drop_tables_online(PROOF)
    op.drop_index_online(FORMER, DOMAIN)
    op.drop_columns_online(
        DOMAIN,
        "method",
        "next_method",
        "next_report",
        "former_until",
        "former_overdue_since",
        "contests_since",
    )
