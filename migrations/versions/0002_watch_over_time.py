"""Certificates, the outbox, and how the installation is doing.

Locks: `hosted_zone` for a moment, for a column that starts empty; `llm_client_custom_domain` and `account` against
writing for a moment, while tables that refer to them are made.
Took: a second or less with 200,000 names; the edge waited at most 0.01 s, others 0.01 s.
Old code: goes on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only in a column typed INTEGER.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_columns_online(
        "hosted_zone", sa.Column("undelegated_since", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table_online(
        "system_status",
        sa.Column("component", sa.String(length=40), nullable=False),
        sa.Column("last_ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("component", name="pk_system_status"),
    )
    op.create_table_online(
        "certificate",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("custom_domain_id", ROW_ID, nullable=False),
        sa.Column("domain_name", sa.String(length=253), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("idempotency_token", sa.String(length=32), nullable=False),
        sa.Column("arn", sa.String(length=2048), nullable=True),
        sa.Column("validation_name", sa.String(length=253), nullable=True),
        sa.Column("validation_value", sa.String(length=253), nullable=True),
        sa.Column("failure_reason", sa.String(length=64), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["custom_domain_id"], ["llm_client_custom_domain.id"], name="fk_certificate_custom_domain_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_certificate"),
        sa.UniqueConstraint("arn", name="uq_certificate_arn"),
        sa.UniqueConstraint(
            "custom_domain_id", "generation", name="uq_certificate_custom_domain_id_generation"
        ),
        sa.UniqueConstraint("idempotency_token", name="uq_certificate_idempotency_token"),
        sa.Index("ix_certificate_next_attempt_at", "next_attempt_at"),
    )
    op.create_table_online(
        "finding",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("aws_hosted_zone_id", sa.String(length=32), nullable=True),
        sa.Column("custom_domain_id", ROW_ID, nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("repaired", sa.Boolean(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["custom_domain_id"], ["llm_client_custom_domain.id"], name="fk_finding_custom_domain_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_finding"),
        sa.Index("ix_finding_aws_hosted_zone_id", "aws_hosted_zone_id"),
        sa.Index("ix_finding_resolved_at", "resolved_at"),
    )
    op.create_table_online(
        "mail",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("custom_domain_id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("occasion", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("send_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_mail_account_id"),
        sa.ForeignKeyConstraint(
            ["custom_domain_id"], ["llm_client_custom_domain.id"], name="fk_mail_custom_domain_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mail"),
        sa.UniqueConstraint(
            "custom_domain_id", "kind", "occasion", name="uq_mail_custom_domain_id_kind_occasion"
        ),
        sa.Index("ix_mail_sent_at_send_after", "sent_at", "send_after"),
    )


def downgrade() -> None:
    op.drop_tables_online("mail", "finding", "certificate", "system_status")
    op.drop_columns_online("hosted_zone", "undelegated_since")
