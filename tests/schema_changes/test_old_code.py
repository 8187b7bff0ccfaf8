"""What a migration says of the code before it: that code goes on in the new schema until it is restarted."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from tests.house_files import ROOT
from webapp.models import Base

GOES_ON = "Old code: goes on"

#: Of each table: its columns, and what must be unique.
Schema = dict[str, tuple[dict[str, tuple[str, bool, bool]], set[tuple[str, ...]]]]


def scripts() -> list[Any]:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return list(reversed(list(ScriptDirectory.from_config(config).walk_revisions())))


def schema(connection: sa.Connection) -> Schema:
    inspector = sa.inspect(connection)
    return {
        table: (
            {
                one["name"]: (str(one["type"]), bool(one["nullable"]), one["default"] is not None)
                for one in inspector.get_columns(table)
            },
            {tuple(map(str, one["column_names"])) for one in inspector.get_indexes(table) if one["unique"]},
        )
        for table in inspector.get_table_names()
    }


def run(module: ModuleType, connection: sa.Connection) -> None:
    options = {"transaction_per_migration": True, "target_metadata": Base.metadata}
    connection.rollback()  # Alembic begins the transaction itself
    context = MigrationContext.configure(connection, opts=options)
    with Operations.context(context), context.begin_transaction(_per_migration=True):
        module.upgrade()


def in_the_way(before: Schema, after: Schema) -> list[str]:
    """What old code, which knows the schema of before, cannot read or write any more."""
    found: list[str] = []
    for table, (columns, unique) in before.items():
        if table not in after:
            found.append(f"{table} is gone")
            continue
        new_columns, new_unique = after[table]
        found += [f"{table}.{name} is gone" for name in columns if name not in new_columns]
        found += [
            f"{table}.{name} was {columns[name]} and is {now}"
            for name, now in new_columns.items()
            if name in columns and now != columns[name]
        ]
        found += [
            f"{table}.{name} has to be written"
            for name, (_, nullable, default) in new_columns.items()
            if name not in columns and not nullable and not default
        ]
        found += [f"{table}: {one} is unique" for one in new_unique - unique]
    return found


def test_old_code_goes_on_where_the_migration_says_so(connection: sa.Connection) -> None:
    promised: list[str] = []
    before: Schema = {}
    for script in scripts():
        run(script.module, connection)
        after = schema(connection)
        if GOES_ON in (script.module.__doc__ or ""):
            promised.append(script.revision)
            assert in_the_way(before, after) == [], script.revision
        before = after
    assert {"0019", "0020", "0021"} <= set(promised)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE thing RENAME COLUMN name TO called",
        "ALTER TABLE thing ADD COLUMN size INTEGER NOT NULL",
        "CREATE UNIQUE INDEX uq_thing_name ON thing (name)",
        "DROP TABLE thing",
    ],
)
def test_it_is_seen_what_is_in_the_way(connection: sa.Connection, change: str) -> None:
    connection.exec_driver_sql("CREATE TABLE thing (id INTEGER, name TEXT)")
    before = schema(connection)
    connection.exec_driver_sql(change)
    assert in_the_way(before, schema(connection))


def test_every_migration_says_one_or_the_other() -> None:
    for script in scripts():
        said = script.module.__doc__ or ""
        assert GOES_ON in said or "Stop" in said or script.down_revision is None, script.revision
