"""How far a zone's records have come, and what to do about a certificate.

Locks: `hosted_zone`, `certificate` and `llm_client_custom_domain_dns` for a moment, for columns that start empty
or with a constant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("certificate", sa.Column("next_step", sa.Text(), nullable=True))
    op.add_column("llm_client_custom_domain_dns", sa.Column("purpose", sa.String(length=40), nullable=True))
    op.add_column(
        "llm_client_custom_domain_dns",
        sa.Column("state", sa.String(length=40), nullable=False, server_default="written"),
    )
    op.add_column("hosted_zone", sa.Column("records_due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "hosted_zone", sa.Column("records_attempts", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("hosted_zone", sa.Column("records_error", sa.Text(), nullable=True))
    op.create_index("ix_hosted_zone_records_due_at", "hosted_zone", ["records_due_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_hosted_zone_records_due_at", "hosted_zone")
    with op.batch_alter_table("hosted_zone") as hosted_zone:
        for name in ("records_due_at", "records_attempts", "records_error"):
            hosted_zone.drop_column(name)
    with op.batch_alter_table("llm_client_custom_domain_dns") as records:
        records.drop_column("state")
        records.drop_column("purpose")
    with op.batch_alter_table("certificate") as certificate:
        certificate.drop_column("next_step")
