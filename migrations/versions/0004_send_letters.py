"""E-mails that carry notifications to people, and when people are reminded.

Locks: `llm_client_custom_domain` for one update of the pending and failing names and for an index over it; `mail`
for a moment.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only in a column typed INTEGER.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNSETTLED = sa.text("sent_at IS NULL AND cancelled_at IS NULL")
WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.add_column(
        "llm_client_custom_domain", sa.Column("next_reminder_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute(
        "UPDATE llm_client_custom_domain SET next_reminder_at = CURRENT_TIMESTAMP "
        "WHERE state IN ('pending', 'failing')"
    )
    op.create_index(
        "ix_llm_client_custom_domain_next_reminder_at", "llm_client_custom_domain", ["next_reminder_at"]
    )
    op.drop_index("ix_mail_sent_at_send_after", "mail")
    with op.batch_alter_table("mail") as mail:
        mail.drop_column("attempts")
        mail.add_column(sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_mail_unsettled", "mail", ["send_after"], sqlite_where=UNSETTLED, postgresql_where=UNSETTLED
    )
    op.create_table(
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
    )
    op.create_index(
        "uq_letter_waiting",
        "letter",
        ["custom_domain_id", "user_id"],
        unique=True,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index("ix_letter_custom_domain_id_user_id", "letter", ["custom_domain_id", "user_id"])
    op.create_index("ix_letter_state_next_attempt_at", "letter", ["state", "next_attempt_at"])
    op.create_index("ix_letter_user_id", "letter", ["user_id"])
    op.create_table(
        "letter_news",
        sa.Column("letter_id", ROW_ID, nullable=False),
        sa.Column("mail_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name="fk_letter_news_letter_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name="fk_letter_news_mail_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("letter_id", "mail_id", name="pk_letter_news"),
    )
    op.create_index("ix_letter_news_mail_id", "letter_news", ["mail_id"])


def downgrade() -> None:
    op.drop_table("letter_news")
    op.drop_table("letter")
    op.drop_index("ix_mail_unsettled", "mail")
    with op.batch_alter_table("mail") as mail:
        mail.drop_column("cancelled_at")
        mail.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_mail_sent_at_send_after", "mail", ["sent_at", "send_after"])
    op.drop_index("ix_llm_client_custom_domain_next_reminder_at", "llm_client_custom_domain")
    op.drop_column("llm_client_custom_domain", "next_reminder_at")
