"""Links for whoever manages a domain, and transfers of domains between accounts.

Locks: `account` and `llm_client_custom_domain` against writing for a moment, for the keys that refer to them. The
indexes hold no row yet.
Took: 0.1 s, whatever is stored: the tables are new.
Old code: goes on, and knows neither.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

ACCOUNT, DOMAIN, LINK, TRANSFER = "account", "llm_client_custom_domain", "handover_link", "domain_transfer"
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
NUMBER = sa.String(14).with_variant(sa.String(14, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table_online(
        LINK,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("custom_domain_id", ROW_ID, nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("made_for", sa.String(100), nullable=False),
        sa.Column("made_by", sa.String(255), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.Column("opened_at", TIME, nullable=True),
        sa.Column("done_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], [f"{ACCOUNT}.id"]),
        sa.ForeignKeyConstraint(["custom_domain_id"], [f"{DOMAIN}.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_index_online("ix_handover_link_account_id", LINK, ["account_id"])
    op.create_index_online("ix_handover_link_custom_domain_id", LINK, ["custom_domain_id"])
    op.create_table_online(
        TRANSFER,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("custom_domain_id", ROW_ID, nullable=False),
        sa.Column("from_account_id", ROW_ID, nullable=False),
        sa.Column("to_account_id", ROW_ID, nullable=True),
        sa.Column("to_email", sa.String(255), nullable=True),
        sa.Column("to_number", NUMBER, nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("offered_by", sa.String(255), nullable=False),
        sa.Column("decided_by", sa.String(255), nullable=True),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("tell_at", TIME, nullable=True),
        sa.Column("tell_attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["custom_domain_id"], [f"{DOMAIN}.id"]),
        sa.ForeignKeyConstraint(["from_account_id"], [f"{ACCOUNT}.id"]),
        sa.ForeignKeyConstraint(["to_account_id"], [f"{ACCOUNT}.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in (
        "custom_domain_id",
        "from_account_id",
        "to_account_id",
        "to_email",
        "to_number",
        "tell_at",
    ):
        op.create_index_online(f"ix_domain_transfer_{column}", TRANSFER, [column])
    offered = sa.text("state = 'offered'")
    op.create_index_online(
        "uq_domain_transfer_offered",
        TRANSFER,
        ["custom_domain_id"],
        unique=True,
        sqlite_where=offered,
        postgresql_where=offered,
    )


def downgrade() -> None:
    op.drop_tables_online(TRANSFER, LINK)
