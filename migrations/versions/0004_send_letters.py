"""E-mails that carry notifications to people, and when people are reminded.

Locks: `llm_client_custom_domain` for a moment, for a column that starts empty, then the pending and failing names,
a thousand at a time; `mail` for a moment.
Took: 1 s with 200,000 names; the edge waited at most 0.01 s, others 0.01 s.
Old code: cannot go on, because `mail` loses a column. Stop the workers before, and start the new ones after it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only in a column typed INTEGER.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOMAIN = "llm_client_custom_domain"
UNSETTLED = sa.text("sent_at IS NULL AND cancelled_at IS NULL")
WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.add_columns_online(DOMAIN, sa.Column("next_reminder_at", sa.DateTime(timezone=True), nullable=True))
    op.update_in_batches(
        DOMAIN,
        "next_reminder_at = CURRENT_TIMESTAMP",
        "next_reminder_at IS NULL AND state IN ('pending', 'failing')",
    )
    op.create_index_online("ix_llm_client_custom_domain_next_reminder_at", DOMAIN, ["next_reminder_at"])
    op.drop_index_online("ix_mail_sent_at_send_after", "mail")
    op.drop_columns_online("mail", "attempts")
    op.add_columns_online("mail", sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index_online(
        "ix_mail_unsettled", "mail", ["send_after"], sqlite_where=UNSETTLED, postgresql_where=UNSETTLED
    )
    op.create_table_online(
        "letter",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("custom_domain_id", ROW_ID, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["custom_domain_id"], ["llm_client_custom_domain.id"], name="fk_letter_custom_domain_id"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_letter_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
        sa.Index(
            "uq_letter_waiting",
            "custom_domain_id",
            "user_id",
            unique=True,
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        sa.Index("ix_letter_custom_domain_id_user_id", "custom_domain_id", "user_id"),
        sa.Index("ix_letter_state_next_attempt_at", "state", "next_attempt_at"),
        sa.Index("ix_letter_user_id", "user_id"),
    )
    op.create_table_online(
        "letter_news",
        sa.Column("letter_id", ROW_ID, nullable=False),
        sa.Column("mail_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name="fk_letter_news_letter_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name="fk_letter_news_mail_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("letter_id", "mail_id", name="pk_letter_news"),
        sa.Index("ix_letter_news_mail_id", "mail_id"),
    )


def downgrade() -> None:
    op.drop_tables_online("letter_news", "letter")
    op.drop_index_online("ix_mail_unsettled", "mail")
    op.drop_columns_online("mail", "cancelled_at")
    op.add_columns_online("mail", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.create_index_online("ix_mail_sent_at_send_after", "mail", ["sent_at", "send_after"])
    op.drop_index_online("ix_llm_client_custom_domain_next_reminder_at", DOMAIN)
    op.drop_columns_online(DOMAIN, "next_reminder_at")
