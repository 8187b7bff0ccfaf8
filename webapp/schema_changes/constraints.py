"""Constraints of tables that are in use: new rows obey at once, and old rows are read without a lock.

`ADD CONSTRAINT … NOT VALID` takes a moment. `VALIDATE CONSTRAINT` reads the table while everybody reads and writes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations

from webapp.schema_changes.register import operation
from webapp.schema_changes.transactions import briefly, is_postgresql, outside_transaction, tried_again


@operation
def set_not_null_online(
    operations: Operations,
    table: str,
    column: str,
    *,
    existing_type: sa.types.TypeEngine[Any],
    fill: Callable[[], object],
) -> None:
    """`fill` writes a value into every row that has none. Rows that come meanwhile get theirs in a second turn.

    PostgreSQL believes a valid CHECK and reads no row under the lock. SQLite copies the table.
    """
    if not _is_nullable(operations.get_bind(), table, column):
        return
    fill()
    with outside_transaction(operations) as connection:
        if not is_postgresql(connection):
            briefly(connection, lambda: _copy_not_null(operations, table, column, existing_type))
            return
        check = f"ck_{table}_{column}_not_null"
        _add_not_valid(connection, table, check, f"CHECK ({column} IS NOT NULL)")
    fill()
    with outside_transaction(operations) as connection:
        _validate(connection, table, check)
        briefly(connection, lambda: _believe(connection, table, column, check))


def _is_nullable(connection: sa.Connection, table: str, column: str) -> bool:
    return any(one["name"] == column and one["nullable"] for one in sa.inspect(connection).get_columns(table))


def _copy_not_null(operations: Operations, table: str, column: str, kind: sa.types.TypeEngine[Any]) -> None:
    with operations.batch_alter_table(table) as altered:
        altered.alter_column(column, existing_type=kind, nullable=False)


def _believe(connection: sa.Connection, table: str, column: str, check: str) -> None:
    connection.exec_driver_sql(f"ALTER TABLE {table} ALTER {column} SET NOT NULL, DROP CONSTRAINT {check}")


@operation
def replace_check_online(operations: Operations, table: str, name: str, condition: str) -> None:
    """On PostgreSQL alone: SQLite writes its CHECKs anew when it copies the table."""
    with outside_transaction(operations) as connection:
        briefly(connection, lambda: _replace(connection, table, name, condition))
        _validate(connection, table, name)


def _replace(connection: sa.Connection, table: str, name: str, condition: str) -> None:
    connection.exec_driver_sql(
        f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID"
    )


@operation
def create_foreign_key_online(
    operations: Operations,
    name: str,
    table: str,
    referent: str,
    *,
    columns: Sequence[str],
    referent_columns: Sequence[str],
    **options: Any,
) -> None:
    """SQLite copies the table."""

    def create() -> None:
        with operations.batch_alter_table(table) as altered:
            altered.create_foreign_key(name, referent, list(columns), list(referent_columns), **options)

    with outside_transaction(operations) as connection:
        if is_postgresql(connection):
            options["postgresql_not_valid"] = True
        if all(one["name"] != name for one in sa.inspect(connection).get_foreign_keys(table)):
            briefly(connection, create)
        if is_postgresql(connection):
            _validate(connection, table, name)


def _add_not_valid(connection: sa.Connection, table: str, name: str, definition: str) -> None:
    there = sa.text("SELECT 1 FROM pg_constraint WHERE conname = :name")
    if connection.execute(there, {"name": name}).scalar() is None:
        statement = f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition} NOT VALID"
        briefly(connection, lambda: connection.exec_driver_sql(statement))


def _validate(connection: sa.Connection, table: str, name: str) -> None:
    """Nothing to do if it is valid. It reads the whole table, and only other changes of the table wait."""
    statement = f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}"
    tried_again(connection, lambda: connection.exec_driver_sql(statement))
