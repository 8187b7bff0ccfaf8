"""Webhooks: endpoints, messages and their deliveries.

Nothing is written before somebody makes an endpoint.

Locks: `account` and `llm_client_custom_domain` against writing for a moment, for the keys that refer to them. The
indexes hold no row yet.
Took: not measured. It makes empty tables and indexes, as 0025 did.
Old code: goes on, and tells no endpoint.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

ENDPOINT, MESSAGE = "webhook_endpoint", "webhook_message"
DELIVERY, ATTEMPT = "webhook_delivery", "webhook_attempt"
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _time(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _made() -> list[sa.Column]:
    return [_time("created_at", nullable=False), _time("updated_at", nullable=False)]


def upgrade() -> None:
    op.create_table_online(
        ENDPOINT,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("account_id", ROW_ID, nullable=True),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("description", sa.String(200), nullable=False),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("payload_version", sa.String(10), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("off_reason", sa.String(40), nullable=True),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("former_secret", sa.Text(), nullable=True),
        _time("former_until"),
        _time("failing_since"),
        _time("last_attempt_at"),
        _time("last_delivered_at"),
        _time("rests_until"),
        _time("told_at"),
        _time("mail_due_at"),
        sa.Column("mail_kind", sa.String(40), nullable=True),
        *_made(),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index_online("ix_webhook_endpoint_account_id_state", ENDPOINT, ["account_id", "state"])
    op.create_index_online("ix_webhook_endpoint_mail_due_at", ENDPOINT, ["mail_due_at"])
    op.create_table_online(
        MESSAGE,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=True),
        sa.Column("custom_domain_id", ROW_ID, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        *_made(),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["custom_domain_id"], ["llm_client_custom_domain.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table_online(
        DELIVERY,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("endpoint_id", ROW_ID, nullable=False),
        sa.Column("message_id", ROW_ID, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _time("next_attempt_at"),
        _time("delivered_at"),
        *_made(),
        sa.ForeignKeyConstraint(["endpoint_id"], [f"{ENDPOINT}.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["message_id"], [f"{MESSAGE}.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("endpoint_id", "message_id"),
    )
    for columns in (
        ["endpoint_id", "next_attempt_at"],
        ["endpoint_id", "id"],
        ["message_id"],
        ["next_attempt_at"],
    ):
        op.create_index_online(f"ix_{DELIVERY}_{'_'.join(columns)}", DELIVERY, columns)
    op.create_table_online(
        ATTEMPT,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("delivery_id", ROW_ID, nullable=False),
        sa.Column("outcome_code", sa.String(40), nullable=False),
        sa.Column("outcome_params", sa.JSON(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("address", sa.String(45), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        *_made(),
        sa.ForeignKeyConstraint(["delivery_id"], [f"{DELIVERY}.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index_online("ix_webhook_attempt_delivery_id", ATTEMPT, ["delivery_id"])


def downgrade() -> None:
    op.drop_tables_online(ATTEMPT, DELIVERY, MESSAGE, ENDPOINT)
