"""How far the records of a domain's zone have come, and what to do about a certificate.

Locks: `llm_client_custom_domain`, `certificate` and `llm_client_custom_domain_dns` for a moment, for columns that
start empty or with a constant, and the first for an index.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DOMAIN = "llm_client_custom_domain"


def upgrade() -> None:
    op.add_column("certificate", sa.Column("next_step", sa.Text(), nullable=True))
    op.add_column("llm_client_custom_domain_dns", sa.Column("purpose", sa.String(length=40), nullable=True))
    op.add_column(
        "llm_client_custom_domain_dns",
        sa.Column("state", sa.String(length=40), nullable=False, server_default="written"),
    )
    op.add_column(DOMAIN, sa.Column("records_due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(DOMAIN, sa.Column("records_attempts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(DOMAIN, sa.Column("records_error", sa.Text(), nullable=True))
    op.create_index("ix_llm_client_custom_domain_records_due_at", DOMAIN, ["records_due_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_llm_client_custom_domain_records_due_at", DOMAIN)
    for name in ("records_due_at", "records_attempts", "records_error"):
        op.drop_column(DOMAIN, name)
    with op.batch_alter_table("llm_client_custom_domain_dns") as records:
        records.drop_column("state")
        records.drop_column("purpose")
    with op.batch_alter_table("certificate") as certificate:
        certificate.drop_column("next_step")
