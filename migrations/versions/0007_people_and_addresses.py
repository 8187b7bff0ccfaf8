"""Invitations, further addresses for notifications, browsers that are signed in; e-mails go to addresses.

Locks: `membership` for a moment, for a column with a constant; `letter` while every row gets its address.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only in a column typed INTEGER.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.add_column(
        "membership", sa.Column("wants_mail", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    with op.batch_alter_table("membership") as membership:
        membership.alter_column("wants_mail", server_default=None)
    op.create_table(
        "invitation",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("invited_by", sa.String(length=255), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        *_times(),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_invitation_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("account_id", "email", name="uq_invitation_account_id_email"),
        sa.UniqueConstraint("code", name="uq_invitation_code"),
    )
    op.create_table(
        "notification_address",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        *_times(),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_notification_address_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notification_address"),
        sa.UniqueConstraint("account_id", "email", name="uq_notification_address_account_id_email"),
        sa.UniqueConstraint("code", name="uq_notification_address_code"),
    )
    op.create_table(
        "signed_in",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("user_agent", sa.String(length=400), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        *_times(),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_signed_in_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_signed_in"),
        sa.UniqueConstraint("code", name="uq_signed_in_code"),
    )
    op.create_index("ix_signed_in_user_id", "signed_in", ["user_id"])
    _letters_to_addresses()


def _times() -> tuple[sa.Column, sa.Column]:
    return (
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )


def _letters_to_addresses() -> None:
    _drop_indexes("user_id")
    op.add_column("letter", sa.Column("address", sa.String(length=255), nullable=True))
    op.execute("UPDATE letter SET address = (SELECT lower(email) FROM users WHERE users.id = letter.user_id)")
    with op.batch_alter_table("letter") as letter:
        letter.drop_constraint("fk_letter_user_id", type_="foreignkey")
        letter.drop_column("user_id")
        letter.alter_column("address", existing_type=sa.String(length=255), nullable=False)
    _create_indexes("address")


def _drop_indexes(recipient: str) -> None:
    for name in ("uq_letter_waiting", f"ix_letter_custom_domain_id_{recipient}", f"ix_letter_{recipient}"):
        op.drop_index(name, "letter")


def _create_indexes(recipient: str) -> None:
    op.create_index(
        "uq_letter_waiting",
        "letter",
        ["custom_domain_id", recipient],
        unique=True,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index(f"ix_letter_custom_domain_id_{recipient}", "letter", ["custom_domain_id", recipient])
    op.create_index(f"ix_letter_{recipient}", "letter", [recipient])


def downgrade() -> None:
    _drop_indexes("address")
    op.add_column("letter", sa.Column("user_id", sa.Integer(), nullable=True))
    op.execute("UPDATE letter SET user_id = (SELECT id FROM users WHERE lower(email) = letter.address)")
    op.execute("DELETE FROM letter_news WHERE letter_id IN (SELECT id FROM letter WHERE user_id IS NULL)")
    op.execute("DELETE FROM letter WHERE user_id IS NULL")
    with op.batch_alter_table("letter") as letter:
        letter.drop_column("address")
        letter.alter_column("user_id", existing_type=sa.Integer(), nullable=False)
        letter.create_foreign_key("fk_letter_user_id", "users", ["user_id"], ["id"], ondelete="CASCADE")
    _create_indexes("user_id")
    for table in ("signed_in", "notification_address", "invitation"):
        op.drop_table(table)
    with op.batch_alter_table("membership") as membership:
        membership.drop_column("wants_mail")
