"""Many names at once: imports and their lines, and an index of the names of each account in their order.

Locks: `account`, `users` and `llm_client_custom_domain` against writing for a moment each, for the keys that refer to
them. The index of names is built while everybody reads and writes; SQLite is locked meanwhile.
Took: with the tables a moment, the index as others of two columns of that table (0009).
Old code: goes on, and has no imports.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

DOMAIN, BY_NAME = "llm_client_custom_domain", "ix_llm_client_custom_domain_account_id_domain_name"
IMPORT, LINE = "domain_import", "domain_import_line"
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table_online(
        IMPORT,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("adopt", sa.Boolean(), nullable=False),
        sa.Column("actor_kind", sa.String(40), nullable=False),
        sa.Column("actor_user_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(255), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_id", sa.String(32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["actor_user_id"], ["users.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table_online(
        LINE,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("import_id", ROW_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("typed", sa.String(300), nullable=False),
        sa.Column("domain_name", sa.String(253), nullable=True),
        sa.Column("llm_client", sa.String(100), nullable=True),
        sa.Column("method", sa.String(40), nullable=True),
        sa.Column("aws_hosted_zone_id", sa.String(64), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("problem_code", sa.String(64), nullable=True),
        sa.Column("problem_params", sa.JSON(), nullable=True),
        sa.Column("custom_domain_id", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["custom_domain_id"], ["llm_client_custom_domain.id"]),
        sa.ForeignKeyConstraint(["import_id"], [f"{IMPORT}.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("import_id", "number"),
    )
    op.create_index_online("ix_domain_import_account_id_id", IMPORT, ["account_id", "id"])
    op.create_index_online("ix_domain_import_next_attempt_at", IMPORT, ["next_attempt_at"])
    op.create_index_online(
        "ix_domain_import_line_import_id_state_number", LINE, ["import_id", "state", "number"]
    )
    op.create_index_online(BY_NAME, DOMAIN, ["account_id", "domain_name"])


def downgrade() -> None:
    op.drop_index_online(BY_NAME, DOMAIN)
    op.drop_tables_online(LINE, IMPORT)
