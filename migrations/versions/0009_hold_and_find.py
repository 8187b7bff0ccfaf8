"""Staff suspend names, and find any of a million: in order of code points, by name server, by beginning of a name.

Locks: `llm_client_custom_domain`, `account` and `event` while their indexes are built; with SQLite the first is
copied. `hosted_zone` is read once, for the list of its name servers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only in a column typed INTEGER.
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOMAIN = "llm_client_custom_domain"
HELD = sa.text("held_at IS NOT NULL")
CHECK = "ck_llm_client_custom_domain_verified_follows_state"
NAMES = (("domain_name", 253), ("registrable_domain", 253))


def upgrade() -> None:
    _follow("is_verified = (state IN ('verified', 'failing') AND held_at IS NULL)", add=True)
    _collate("C")
    for column in ("id", "domain_name", "registrable_domain"):
        op.create_index(f"ix_llm_client_custom_domain_state_{column}", DOMAIN, ["state", column])
    op.drop_index("ix_llm_client_custom_domain_account_id", DOMAIN)
    op.create_index("ix_llm_client_custom_domain_account_id_id", DOMAIN, ["account_id", "id"])
    op.create_index(
        "ix_llm_client_custom_domain_held", DOMAIN, ["id"], sqlite_where=HELD, postgresql_where=HELD
    )
    _add_name_key()
    _list_name_servers()
    op.drop_index("ix_event_account_id", "event")
    for column in ("account_id", "actor_name", "kind"):
        op.create_index(f"ix_event_{column}_created_at", "event", [column, "created_at"])


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _follow(condition: str, *, add: bool) -> None:
    """Batch mode does not copy a CHECK of SQLite's, so there it only has to be written anew."""
    if not add:
        op.drop_index("ix_llm_client_custom_domain_held", DOMAIN)
    with op.batch_alter_table(DOMAIN) as domain:
        if _is_postgresql():
            domain.drop_constraint(CHECK, type_="check")
        if add:
            domain.add_column(sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))
            domain.add_column(sa.Column("hold_reason", sa.Text(), nullable=True))
        else:
            domain.drop_column("hold_reason")
            domain.drop_column("held_at")
        domain.create_check_constraint(CHECK, sa.text(condition))


def _collate(collation: str) -> None:
    """SQLite has no other order than that of code points."""
    if _is_postgresql():
        for table, column, length in (*((DOMAIN, *name) for name in NAMES), ("account", "number", 14)):
            op.execute(f'ALTER TABLE {table} ALTER {column} TYPE varchar({length}) COLLATE "{collation}"')


def _add_name_key() -> None:
    text = sa.String(600, collation="C") if _is_postgresql() else sa.String(600)
    op.add_column("account", sa.Column("name_key", text, nullable=True))
    account = sa.table("account", sa.column("id"), sa.column("name"), sa.column("name_key"))
    connection = op.get_bind()
    for row_id, name in connection.execute(sa.select(account.c.id, account.c.name)).all():
        key = " ".join(name.casefold().split())
        connection.execute(sa.update(account).where(account.c.id == row_id).values(name_key=key))
    with op.batch_alter_table("account") as altered:
        altered.alter_column("name_key", existing_type=text, nullable=False)
    op.create_index("ix_account_name_key", "account", ["name_key"])


def _list_name_servers() -> None:
    text = sa.String(253, collation="C") if _is_postgresql() else sa.String(253)
    op.create_table(
        "zone_name_server",
        sa.Column("zone_id", ROW_ID, nullable=False),
        sa.Column("name", text, nullable=False),
        sa.Column("custom_domain_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["zone_id"], ["hosted_zone.id"], name="fk_zone_name_server_zone_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["custom_domain_id"], [f"{DOMAIN}.id"], name="fk_zone_name_server_custom_domain_id"
        ),
        sa.PrimaryKeyConstraint("zone_id", "name", name="pk_zone_name_server"),
    )
    each = "json_array_elements_text" if _is_postgresql() else "json_each"
    op.execute(
        "INSERT INTO zone_name_server (zone_id, name, custom_domain_id) "
        "SELECT DISTINCT zone.id, listed.value, custom_domain_id "
        "FROM hosted_zone AS zone, EACH(name_servers) AS listed".replace("EACH", each)
    )
    op.create_index(
        "ix_zone_name_server_name_custom_domain_id", "zone_name_server", ["name", "custom_domain_id"]
    )


def downgrade() -> None:
    """What is on hold is served again: before this there was nothing that could keep it."""
    for column in ("account_id", "actor_name", "kind"):
        op.drop_index(f"ix_event_{column}_created_at", "event")
    op.create_index("ix_event_account_id", "event", ["account_id"])
    op.drop_table("zone_name_server")
    op.drop_index("ix_account_name_key", "account")
    with op.batch_alter_table("account") as account:
        account.drop_column("name_key")
    op.drop_index("ix_llm_client_custom_domain_account_id_id", DOMAIN)
    op.create_index("ix_llm_client_custom_domain_account_id", DOMAIN, ["account_id"])
    for column in ("id", "domain_name", "registrable_domain"):
        op.drop_index(f"ix_llm_client_custom_domain_state_{column}", DOMAIN)
    _collate("default")
    _release_all()
    _follow("is_verified = (state IN ('verified', 'failing'))", add=False)


def _release_all() -> None:
    """One statement, which the CHECK of both versions agrees with."""
    op.execute(
        "UPDATE llm_client_custom_domain SET held_at = NULL, is_verified = (state IN ('verified', 'failing'))"
    )
