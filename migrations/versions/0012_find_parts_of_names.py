"""Staff find a name by any part of it.

On PostgreSQL by its extension pg_trgm, which needs the CREATE privilege on the database; nothing on SQLite.

Locks: none; the index is built while everybody reads and writes.
Took: 4 s with 200,000 names; the edge waited at most 0.01 s, others 0.01 s.
Old code: goes on.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEX = "ix_llm_client_custom_domain_name_part"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.with_lock_retries(lambda: op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    op.create_index_online(
        INDEX,
        "llm_client_custom_domain",
        ["domain_name"],
        postgresql_using="gin",
        postgresql_ops={"domain_name": "gin_trgm_ops"},
    )


def downgrade() -> None:
    """The module stays: somebody else may use it by now."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index_online(INDEX, "llm_client_custom_domain")
