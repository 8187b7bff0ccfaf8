"""Staff suspend names, and find any of a million: in order of code points, by name server, by beginning of a name.

Locks: `llm_client_custom_domain` and `account` for a moment each, three times; the rows of `account`, two hundred
at a time, and the rows of `hosted_zone` against deletion, a thousand at a time. With SQLite the domains and the
accounts are copied, which keeps writers waiting.
Took: 31 s with 200,000 names; the edge waited at most 0.02 s, others 0.02 s.
Old code: cannot go on, because every account needs a key of its name. Stop everything before, and start the new
release after it.
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
#: What the naming convention of the models made of it on PostgreSQL.
POSTGRESQL_CHECK = "ck_llm_client_custom_domain_ck_llm_client_custom_domain_5836"
FOLLOWS = "is_verified = (state IN ('verified', 'failing') AND held_at IS NULL)"
NAMES = ("domain_name", "registrable_domain")


def upgrade() -> None:
    _hold()
    if _is_postgresql():
        _sort_names_by_code_points()
    for column in ("id", "domain_name", "registrable_domain"):
        op.create_index_online(f"ix_llm_client_custom_domain_state_{column}", DOMAIN, ["state", column])
    op.create_index_online("ix_llm_client_custom_domain_account_id_id", DOMAIN, ["account_id", "id"])
    op.drop_index_online("ix_llm_client_custom_domain_account_id", DOMAIN)
    op.create_index_online(
        "ix_llm_client_custom_domain_held", DOMAIN, ["id"], sqlite_where=HELD, postgresql_where=HELD
    )
    _add_name_key()
    _list_name_servers()
    for column in ("account_id", "actor_name", "kind"):
        op.create_index_online(f"ix_event_{column}_created_at", "event", [column, "created_at"])
    op.drop_index_online("ix_event_account_id", "event")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _hold() -> None:
    columns = (
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hold_reason", sa.Text(), nullable=True),
    )
    if _is_postgresql():
        op.add_columns_online(DOMAIN, *columns)
        op.replace_check_online(DOMAIN, POSTGRESQL_CHECK, FOLLOWS)
    elif not op.has_column(DOMAIN, "held_at"):
        op.with_lock_retries(lambda: _copy(columns))


def _copy(columns: tuple[sa.Column, ...]) -> None:
    """SQLite's way. Batch mode does not copy a CHECK, so it only has to be written anew."""
    with op.batch_alter_table(DOMAIN) as domain:
        for column in columns:
            domain.add_column(column)
        domain.create_check_constraint(CHECK, sa.text(FOLLOWS))


def _sort_names_by_code_points() -> None:
    """Changing the collation of a column builds its indexes anew under the exclusive lock, except an index that has
    the new collation already and is not partial.

    So the two plain indexes are built beforehand, and the edge's question has one all the time. The two partial
    unique ones are dropped, and built after the change. A trigger refuses in between what they would refuse.
    """
    if not op.has_collation(DOMAIN, "domain_name", "C"):
        for column in ("domain_name", "registrable_domain"):
            op.create_index_online(f"ix_{DOMAIN}_{column}_new", DOMAIN, [sa.text(f'{column} COLLATE "C"')])
        op.with_lock_retries(_change_collation)
    op.analyze_online(DOMAIN)
    for name, columns, condition in UNIQUE:
        op.create_index_online(name, DOMAIN, columns, unique=True, postgresql_where=sa.text(condition))
    op.with_lock_retries(_end_guard)
    if not op.has_collation("account", "number", "C"):
        op.create_index_online(
            "uq_account_number_new", "account", [sa.text('number COLLATE "C"')], unique=True
        )
        op.with_lock_retries(_change_account_collation)
        op.analyze_online("account")


UNIQUE = (
    (
        "uq_llm_client_custom_domain_account_name",
        ["account_id", "domain_name"],
        # As PostgreSQL itself writes it: the index is the same in every database, whenever it was built.
        "state::text <> ALL (ARRAY['removing'::varchar::text, 'removed'::varchar::text])",
    ),
    ("uq_llm_client_custom_domain_verified_name", ["domain_name"], "is_verified"),
)
#: Whoever writes a name waits for others that write the same one, and then sees what they committed.
GUARD = """
CREATE OR REPLACE FUNCTION nameplate_unique_meanwhile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.domain_name, 9));
    IF NEW.is_verified AND EXISTS (
        SELECT 1 FROM llm_client_custom_domain
        WHERE domain_name = NEW.domain_name AND is_verified AND id <> NEW.id
    ) THEN
        RAISE unique_violation USING CONSTRAINT = 'uq_llm_client_custom_domain_verified_name',
            TABLE = 'llm_client_custom_domain', MESSAGE = 'the name is verified already';
    END IF;
    IF NEW.state NOT IN ('removing', 'removed') AND EXISTS (
        SELECT 1 FROM llm_client_custom_domain
        WHERE domain_name = NEW.domain_name AND account_id = NEW.account_id
            AND state NOT IN ('removing', 'removed') AND id <> NEW.id
    ) THEN
        RAISE unique_violation USING CONSTRAINT = 'uq_llm_client_custom_domain_account_name',
            TABLE = 'llm_client_custom_domain', MESSAGE = 'the account has the name already';
    END IF;
    RETURN NEW;
END $$
"""


def _change_collation() -> None:
    op.execute(GUARD)
    op.execute(
        f"CREATE TRIGGER nameplate_unique_meanwhile BEFORE INSERT OR UPDATE ON {DOMAIN}"
        " FOR EACH ROW EXECUTE FUNCTION nameplate_unique_meanwhile()"
    )
    for name, _, _ in UNIQUE:
        op.execute(f"DROP INDEX {name}")
    for name in NAMES:
        op.execute(f"DROP INDEX ix_{DOMAIN}_{name}")
    op.execute(
        f"ALTER TABLE {DOMAIN} " + ", ".join(f'ALTER {name} TYPE varchar(253) COLLATE "C"' for name in NAMES)
    )
    for name in NAMES:
        op.execute(f"ALTER INDEX ix_{DOMAIN}_{name}_new RENAME TO ix_{DOMAIN}_{name}")


def _end_guard() -> None:
    op.execute(f"DROP TRIGGER IF EXISTS nameplate_unique_meanwhile ON {DOMAIN}")
    op.execute("DROP FUNCTION IF EXISTS nameplate_unique_meanwhile()")


def _change_account_collation() -> None:
    op.execute("ALTER TABLE account DROP CONSTRAINT uq_account_number")
    op.execute('ALTER TABLE account ALTER number TYPE varchar(14) COLLATE "C"')
    op.execute(
        "ALTER TABLE account ADD CONSTRAINT uq_account_number UNIQUE USING INDEX uq_account_number_new"
    )


def _add_name_key() -> None:
    text = sa.String(600, collation="C") if _is_postgresql() else sa.String(600)
    op.add_columns_online("account", sa.Column("name_key", text, nullable=True))
    op.set_not_null_online("account", "name_key", existing_type=text, fill=_fill_name_keys)
    op.create_index_online("ix_account_name_key", "account", ["name_key"])


def _fill_name_keys() -> None:
    op.rewrite_in_batches(
        "account",
        ["name"],
        "name_key IS NULL",
        rewrite=lambda row: {"name_key": " ".join(row["name"].casefold().split())},
    )


def _list_name_servers() -> None:
    text = sa.String(253, collation="C") if _is_postgresql() else sa.String(253)
    op.create_table_online(
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
    op.insert_in_batches(
        "INSERT INTO zone_name_server (zone_id, name, custom_domain_id) "  # noqa: S608 - of two words
        "SELECT DISTINCT hosted_zone.id, listed.value, custom_domain_id "
        f"FROM hosted_zone, {each}(name_servers) AS listed WHERE [batch] ON CONFLICT DO NOTHING",
        "hosted_zone",
        key="hosted_zone.id",
    )
    op.create_index_online(
        "ix_zone_name_server_name_custom_domain_id", "zone_name_server", ["name", "custom_domain_id"]
    )


def downgrade() -> None:
    """What is on hold is served again: before this there was nothing that could keep it.

    On PostgreSQL the domains are locked while four of their indexes are built anew, for the collation.
    """
    op.create_index_online("ix_event_account_id", "event", ["account_id"])
    for column in ("account_id", "actor_name", "kind"):
        op.drop_index_online(f"ix_event_{column}_created_at", "event")
    op.drop_tables_online("zone_name_server")
    op.drop_index_online("ix_account_name_key", "account")
    op.drop_columns_online("account", "name_key")
    op.create_index_online("ix_llm_client_custom_domain_account_id", DOMAIN, ["account_id"])
    op.drop_index_online("ix_llm_client_custom_domain_account_id_id", DOMAIN)
    for column in ("id", "domain_name", "registrable_domain"):
        op.drop_index_online(f"ix_llm_client_custom_domain_state_{column}", DOMAIN)
    if _is_postgresql():
        op.with_lock_retries(_collate_by_default)
    if op.has_column(DOMAIN, "held_at"):
        _release_all()


def _collate_by_default() -> None:
    for table, columns, length in ((DOMAIN, NAMES, 253), ("account", ("number",), 14)):
        for column in columns:
            op.execute(f'ALTER TABLE {table} ALTER {column} TYPE varchar({length}) COLLATE "default"')


def _release_all() -> None:
    """Each statement is one that the CHECK of both versions agrees with."""
    op.update_in_batches(
        DOMAIN,
        "held_at = NULL, is_verified = (state IN ('verified', 'failing'))",
        "held_at IS NOT NULL",
    )
    op.drop_index_online("ix_llm_client_custom_domain_held", DOMAIN)
    if _is_postgresql():
        op.replace_check_online(DOMAIN, POSTGRESQL_CHECK, "is_verified = (state IN ('verified', 'failing'))")
        op.drop_columns_online(DOMAIN, "held_at", "hold_reason")
    else:
        op.with_lock_retries(_copy_back)


def _copy_back() -> None:
    with op.batch_alter_table(DOMAIN) as domain:
        domain.drop_column("hold_reason")
        domain.drop_column("held_at")
        domain.create_check_constraint(CHECK, sa.text("is_verified = (state IN ('verified', 'failing'))"))
