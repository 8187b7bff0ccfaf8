"""Tables and columns that come and go. Each is a change of the catalogue alone and takes milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations
from sqlalchemy.sql.elements import False_, True_

from webapp.schema_changes.register import operation
from webapp.schema_changes.transactions import briefly, is_postgresql, outside_transaction


def column_names(connection: sa.Connection, table: str) -> set[str]:
    return {one["name"] for one in sa.inspect(connection).get_columns(table)}


@operation
def has_column(operations: Operations, table: str, column: str) -> bool:
    """Whether the table has the column, for a migration that asks how far it came the last time."""
    return column in column_names(operations.get_bind(), table)


@operation
def has_table(operations: Operations, table: str) -> bool:
    return sa.inspect(operations.get_bind()).has_table(table)


@operation
def has_collation(operations: Operations, table: str, column: str, collation: str) -> bool:
    """Whether the column sorts so, which a PostgreSQL is asked."""
    found = next(one for one in sa.inspect(operations.get_bind()).get_columns(table) if one["name"] == column)
    return getattr(found["type"], "collation", None) == collation


@operation
def with_lock_retries(operations: Operations, step: Callable[[], object]) -> None:
    """Do a step of the migration's own in a short transaction.

    It may be called again after it failed. It must change the catalogue alone, of as few tables as possible.
    """
    with outside_transaction(operations) as connection:
        briefly(connection, step)


@operation
def create_table_online(
    operations: Operations, name: str, *items: sa.Column[Any] | sa.Constraint | sa.Index
) -> None:
    """A new table with its indexes. A table that its foreign keys refer to is locked against writing meanwhile."""
    with outside_transaction(operations) as connection:
        if not sa.inspect(connection).has_table(name):
            briefly(connection, lambda: operations.create_table(name, *items))


@operation
def drop_tables_online(operations: Operations, *names: str) -> None:
    """Tables that their foreign keys refer to are locked meanwhile."""
    with outside_transaction(operations) as connection:
        for name in names:
            briefly(connection, partial(operations.drop_table, name, if_exists=True))


@operation
def add_columns_online(operations: Operations, table: str, *columns: sa.Column[Any]) -> None:
    """Columns that start empty, or with a constant, which PostgreSQL writes into no row."""
    for column in columns:
        if not column.nullable and column.server_default is None:
            raise ValueError(f"{table}.{column.name} needs a constant default, or see set_not_null_online")
        if column.server_default is not None and not _is_constant(column.server_default):
            raise ValueError(
                f"the default of {table}.{column.name} is no constant: every row would be written"
            )
    with outside_transaction(operations) as connection:
        there = column_names(connection, table)
        new = [column for column in columns if column.name not in there]
        if new:
            briefly(connection, lambda: _each(operations.add_column, [(table, column) for column in new]))


def _is_constant(default: Any) -> bool:
    return isinstance(default, sa.DefaultClause) and isinstance(default.arg, str | True_ | False_)


@operation
def drop_columns_online(operations: Operations, table: str, *names: str) -> None:
    """PostgreSQL only forgets the columns, and drops their indexes. SQLite copies the table."""
    with outside_transaction(operations) as connection:
        there = column_names(connection, table)
        old = [name for name in names if name in there]
        if not old:
            return
        if is_postgresql(connection):
            briefly(connection, lambda: _each(operations.drop_column, [(table, name) for name in old]))
        else:
            briefly(connection, lambda: _copy_without(operations, table, old))


def _copy_without(operations: Operations, table: str, names: Iterable[str]) -> None:
    with operations.batch_alter_table(table) as altered:
        for name in names:
            altered.drop_column(name)


def _each(function: Callable[..., object], arguments: Iterable[tuple[Any, ...]]) -> None:
    for one in arguments:
        function(*one)


@operation
def alter_online(operations: Operations, table: str, column: str, **changes: Any) -> None:
    """A default that goes, or a NOT NULL that goes: what PostgreSQL need not compare with any row."""
    if set(changes) - {"existing_type", "server_default", "nullable"} or changes.get("nullable") is False:
        raise ValueError(f"{table}.{column}: {changes} may read or write every row")
    with outside_transaction(operations) as connection:
        briefly(connection, lambda: _alter(operations, table, column, changes))


def _alter(operations: Operations, table: str, column: str, changes: dict[str, Any]) -> None:
    """SQLite copies the table."""
    with operations.batch_alter_table(table) as altered:
        altered.alter_column(column, **changes)
