"""Create the tables.

Locks: none; everything is new.
Took: a moment; there are no rows.
Old code: there is none.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only in a column typed INTEGER.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    if not op.has_table("llm_client_custom_domain_dns"):
        op.with_lock_retries(_create)


def _create() -> None:
    op.create_table(
        "account",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("number", sa.String(length=14), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("number", name="uq_account_number"),
    )
    op.create_table(
        "roles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=True),
        sa.Column("permissions", sa.UnicodeText(), nullable=True),
        sa.Column("update_datetime", sa.DateTime(), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_roles"),
        sa.UniqueConstraint("name", name="uq_roles_name"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("username", sa.String(length=255), nullable=True),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("last_login_at", sa.DateTime(), nullable=True),
        sa.Column("current_login_at", sa.DateTime(), nullable=True),
        sa.Column("last_login_ip", sa.String(length=64), nullable=True),
        sa.Column("current_login_ip", sa.String(length=64), nullable=True),
        sa.Column("login_count", sa.Integer(), nullable=True),
        sa.Column("tf_primary_method", sa.String(length=64), nullable=True),
        sa.Column("tf_totp_secret", sa.String(length=255), nullable=True),
        sa.Column("tf_phone_number", sa.String(length=128), nullable=True),
        sa.Column("us_totp_secrets", sa.Text(), nullable=True),
        sa.Column("us_phone_number", sa.String(length=128), nullable=True),
        sa.Column("fs_webauthn_user_handle", sa.String(length=64), nullable=True),
        sa.Column("mf_recovery_codes", sa.UnicodeText(), nullable=True),
        sa.Column("create_datetime", sa.DateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("update_datetime", sa.DateTime(), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
        sa.UniqueConstraint("fs_uniquifier", name="uq_users_fs_uniquifier"),
        sa.UniqueConstraint("fs_webauthn_user_handle", name="uq_users_fs_webauthn_user_handle"),
        sa.UniqueConstraint("us_phone_number", name="uq_users_us_phone_number"),
        sa.UniqueConstraint("username", name="uq_users_username"),
    )
    op.create_table(
        "llm_client_custom_domain",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("domain_name", sa.String(length=253), nullable=False),
        sa.Column("registrable_domain", sa.String(length=253), nullable=False),
        sa.Column("aws_hosted_zone_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("state_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("check_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict", sa.String(length=40), nullable=True),
        sa.Column("contrary_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("grace_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("inconsistent_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("check_attempt", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "is_verified = (state IN ('verified', 'failing'))",
            name="ck_llm_client_custom_domain_verified_follows_state",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_llm_client_custom_domain_account_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_llm_client_custom_domain"),
        sa.UniqueConstraint("aws_hosted_zone_id", name="uq_llm_client_custom_domain_aws_hosted_zone_id"),
    )
    op.create_index(
        "ix_llm_client_custom_domain_account_id", "llm_client_custom_domain", ["account_id"], unique=False
    )
    op.create_index(
        "ix_llm_client_custom_domain_created_at", "llm_client_custom_domain", ["created_at"], unique=False
    )
    op.create_index(
        "ix_llm_client_custom_domain_domain_name", "llm_client_custom_domain", ["domain_name"], unique=False
    )
    op.create_index(
        "ix_llm_client_custom_domain_registrable_domain",
        "llm_client_custom_domain",
        ["registrable_domain"],
        unique=False,
    )
    op.create_index(
        "ix_llm_client_custom_domain_state_next_check_at",
        "llm_client_custom_domain",
        ["state", "next_check_at"],
        unique=False,
    )
    op.create_index(
        "uq_llm_client_custom_domain_account_name",
        "llm_client_custom_domain",
        ["account_id", "domain_name"],
        unique=True,
        sqlite_where=sa.text("state NOT IN ('removing', 'removed')"),
        postgresql_where=sa.text("state NOT IN ('removing', 'removed')"),
    )
    op.create_index(
        "uq_llm_client_custom_domain_verified_name",
        "llm_client_custom_domain",
        ["domain_name"],
        unique=True,
        sqlite_where=sa.text("is_verified"),
        postgresql_where=sa.text("is_verified"),
    )
    op.create_table(
        "membership",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_membership_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_membership_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_membership"),
        sa.UniqueConstraint("account_id", "user_id", name="uq_membership_account_id_user_id"),
    )
    op.create_index("ix_membership_user_id", "membership", ["user_id"], unique=False)
    op.create_table(
        "roles_users",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name="fk_roles_users_role_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_roles_users_user_id"),
        sa.PrimaryKeyConstraint("user_id", "role_id", name="pk_roles_users"),
    )
    op.create_table(
        "webauthn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1024), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=True),
        sa.Column("transports", sa.UnicodeText(), nullable=True),
        sa.Column("backup_state", sa.Boolean(), nullable=False),
        sa.Column("device_type", sa.String(length=64), nullable=False),
        sa.Column("extensions", sa.String(length=255), nullable=True),
        sa.Column("create_datetime", sa.DateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("lastuse_datetime", sa.DateTime(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("usage", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_webauthn_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_webauthn"),
    )
    op.create_index("ix_webauthn_credential_id", "webauthn", ["credential_id"], unique=True)
    op.create_table(
        "domain_check",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("custom_domain_id", ROW_ID, nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict", sa.String(length=40), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["custom_domain_id"], ["llm_client_custom_domain.id"], name="fk_domain_check_custom_domain_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_domain_check"),
    )
    op.create_index(
        "ix_domain_check_custom_domain_id_created_at",
        "domain_check",
        ["custom_domain_id", "created_at"],
        unique=False,
    )
    op.create_index(
        "ix_domain_check_status_lease_until", "domain_check", ["status", "lease_until"], unique=False
    )
    op.create_index(
        "uq_domain_check_open",
        "domain_check",
        ["custom_domain_id"],
        unique=True,
        sqlite_where=sa.text("status <> 'done'"),
        postgresql_where=sa.text("status <> 'done'"),
    )
    op.create_table(
        "event",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("account_id", ROW_ID, nullable=True),
        sa.Column("custom_domain_id", ROW_ID, nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("actor_kind", sa.String(length=40), nullable=False),
        sa.Column("actor_user_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=255), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_event_account_id"),
        sa.ForeignKeyConstraint(
            ["actor_user_id"], ["users.id"], name="fk_event_actor_user_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["custom_domain_id"], ["llm_client_custom_domain.id"], name="fk_event_custom_domain_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
    )
    op.create_index("ix_event_account_id", "event", ["account_id"], unique=False)
    op.create_index("ix_event_created_at", "event", ["created_at"], unique=False)
    op.create_index(
        "ix_event_custom_domain_id_created_at", "event", ["custom_domain_id", "created_at"], unique=False
    )
    op.create_table(
        "hosted_zone",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("custom_domain_id", ROW_ID, nullable=False),
        sa.Column("domain_name", sa.String(length=253), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("caller_reference", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("aws_hosted_zone_id", sa.String(length=32), nullable=True),
        sa.Column("change_id", sa.String(length=64), nullable=True),
        sa.Column("name_servers", sa.JSON(), nullable=False),
        sa.Column("baseline", sa.JSON(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["custom_domain_id"], ["llm_client_custom_domain.id"], name="fk_hosted_zone_custom_domain_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_hosted_zone"),
        sa.UniqueConstraint("aws_hosted_zone_id", name="uq_hosted_zone_aws_hosted_zone_id"),
        sa.UniqueConstraint("caller_reference", name="uq_hosted_zone_caller_reference"),
        sa.UniqueConstraint(
            "custom_domain_id", "generation", name="uq_hosted_zone_custom_domain_id_generation"
        ),
    )
    op.create_index("ix_hosted_zone_created_at", "hosted_zone", ["created_at"], unique=False)
    op.create_index("ix_hosted_zone_domain_name", "hosted_zone", ["domain_name"], unique=False)
    op.create_index("ix_hosted_zone_next_attempt_at", "hosted_zone", ["next_attempt_at"], unique=False)
    op.create_index("ix_hosted_zone_state", "hosted_zone", ["state"], unique=False)
    op.create_table(
        "llm_client",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("label", sa.String(length=63), nullable=False),
        sa.Column("deployed", sa.Boolean(), nullable=False),
        sa.Column("custom_domain_id", ROW_ID, nullable=True),
        sa.Column("tls_certificate_issuance_status", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_llm_client_account_id"),
        sa.ForeignKeyConstraint(
            ["custom_domain_id"],
            ["llm_client_custom_domain.id"],
            name="fk_llm_client_custom_domain_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_llm_client"),
        sa.UniqueConstraint("account_id", "label", name="uq_llm_client_account_id_label"),
        sa.UniqueConstraint("custom_domain_id", name="uq_llm_client_custom_domain_id"),
    )
    op.create_table(
        "llm_client_custom_domain_dns",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("custom_domain_id", ROW_ID, nullable=False),
        sa.Column("record_name", sa.String(length=253), nullable=False),
        sa.Column("record_type", sa.String(length=10), nullable=False),
        sa.Column("record_value", sa.Text(), nullable=False),
        sa.Column("record_ttl", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["custom_domain_id"],
            ["llm_client_custom_domain.id"],
            name="fk_llm_client_custom_domain_dns_custom_domain_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_llm_client_custom_domain_dns"),
        sa.UniqueConstraint(
            "custom_domain_id",
            "record_name",
            "record_type",
            "record_value",
            name="uq_llm_client_custom_domain_dns_record",
        ),
    )


def downgrade() -> None:
    op.drop_tables_online(
        "llm_client_custom_domain_dns",
        "llm_client",
        "hosted_zone",
        "event",
        "domain_check",
        "webauthn",
        "roles_users",
        "membership",
        "llm_client_custom_domain",
        "users",
        "roles",
        "account",
    )
