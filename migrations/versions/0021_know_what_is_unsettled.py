"""What the latest check says if it is not firm, so that lists say what the page of a domain says.

Locks: `llm_client_custom_domain`, for a moment, for a column that starts empty.
Took: a second or less with 200,000 names; the edge waited at most 0.01 s, others 0.01 s.
Old code: goes on. Its checks leave the column as it is, until the first check of the new release.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

DOMAIN = "llm_client_custom_domain"
TROUBLED = "contrary_since IS NOT NULL OR unsettled = 'owner' OR verdict = 'STALE_DS'"


def upgrade() -> None:
    op.add_columns_online(DOMAIN, sa.Column("unsettled", sa.String(16), nullable=True))
    op.create_index_online(
        "ix_llm_client_custom_domain_troubled",
        DOMAIN,
        ["account_id"],
        sqlite_where=sa.text(TROUBLED),
        postgresql_where=sa.text(TROUBLED),
    )


def downgrade() -> None:
    op.drop_index_online("ix_llm_client_custom_domain_troubled", DOMAIN)
    op.drop_columns_online(DOMAIN, "unsettled")
