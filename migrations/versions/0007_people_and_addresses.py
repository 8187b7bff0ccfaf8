"""Invitations, further addresses for notifications, browsers that are signed in; e-mails go to addresses.

Locks: `membership` for a moment, for a column with a constant; the rows of `letter`, a thousand at a time, for
their addresses, then the table and `users` for a moment.
Took: 7 s with 200,000 names; the edge waited at most 0.01 s, others 0.02 s.
Old code: cannot go on, because `letter` loses a column and `membership` has one that it does not know. Stop
everything before, and start the new release after it.
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
    op.add_columns_online(
        "membership", sa.Column("wants_mail", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.alter_online("membership", "wants_mail", server_default=None)
    op.create_table_online(
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
    op.create_table_online(
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
    op.create_table_online(
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
        sa.Index("ix_signed_in_user_id", "user_id"),
    )
    _letters_to_addresses()


def _times() -> tuple[sa.Column, sa.Column]:
    return (
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )


def _letters_to_addresses() -> None:
    if not op.has_column("letter", "user_id"):
        return
    op.add_columns_online("letter", sa.Column("address", sa.String(length=255), nullable=True))
    op.set_not_null_online("letter", "address", existing_type=sa.String(length=255), fill=_find_addresses)
    _send_to("address", former="user_id")


def _find_addresses() -> None:
    op.update_in_batches(
        "letter",
        "address = (SELECT lower(email) FROM users WHERE users.id = letter.user_id)",
        "address IS NULL",
    )


def _send_to(recipient: str, former: str) -> None:
    """PostgreSQL builds the new indexes while the former ones are in use; two have the same name."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    indexes = _indexes(recipient)
    if postgresql:
        for name, columns, options in indexes:
            op.create_index_online(f"{name}_new", "letter", columns, **options)
    op.with_lock_retries(lambda: _swap(indexes, former) if postgresql else _copy(indexes, former))


def _indexes(recipient: str) -> list[tuple[str, list[str], dict[str, object]]]:
    both = ["custom_domain_id", recipient]
    return [
        ("uq_letter_waiting", both, {"unique": True, "sqlite_where": WAITING, "postgresql_where": WAITING}),
        (f"ix_letter_custom_domain_id_{recipient}", both, {}),
        (f"ix_letter_{recipient}", [recipient], {}),
    ]


def _swap(indexes: list[tuple[str, list[str], dict[str, object]]], former: str) -> None:
    """The former column takes its indexes and its foreign key along."""
    op.drop_column("letter", former)
    for name, _, _ in indexes:
        op.execute(f"ALTER INDEX {name}_new RENAME TO {name}")


def _copy(indexes: list[tuple[str, list[str], dict[str, object]]], former: str) -> None:
    for name, _, _ in _indexes(former):
        op.drop_index(name, "letter")
    with op.batch_alter_table("letter") as letter:
        if former == "user_id":
            letter.drop_constraint("fk_letter_user_id", type_="foreignkey")
        letter.drop_column(former)
    for name, columns, options in indexes:
        op.create_index(name, "letter", columns, **options)


def downgrade() -> None:
    """E-mails to addresses that belong to nobody who can sign in are lost."""
    if op.has_column("letter", "address"):
        op.add_columns_online("letter", sa.Column("user_id", sa.Integer(), nullable=True))
        op.set_not_null_online("letter", "user_id", existing_type=sa.Integer(), fill=_find_users)
        op.create_foreign_key_online(
            "fk_letter_user_id",
            "letter",
            "users",
            columns=["user_id"],
            referent_columns=["id"],
            ondelete="CASCADE",
        )
        _send_to("user_id", former="address")
    op.drop_tables_online("signed_in", "notification_address", "invitation")
    op.drop_columns_online("membership", "wants_mail")


def _find_users() -> None:
    op.update_in_batches(
        "letter",
        "user_id = (SELECT id FROM users WHERE lower(email) = letter.address)",
        "user_id IS NULL",
    )
    op.delete_in_batches("letter", "user_id IS NULL")
