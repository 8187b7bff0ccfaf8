"""Indexes of tables that are in use: built and dropped while everybody reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations
from sqlalchemy.exc import DBAPIError

from webapp.schema_changes.register import operation
from webapp.schema_changes.transactions import briefly, is_postgresql, log, outside_transaction, tried_again


@operation
def create_index_online(
    operations: Operations, name: str, table: str, columns: Sequence[str | sa.TextClause], **options: Any
) -> None:
    """PostgreSQL leaves an index that it could not finish behind as invalid; such a one is built anew."""
    with outside_transaction(operations) as connection:
        if not is_postgresql(connection):
            make = lambda: operations.create_index(name, table, columns, if_not_exists=True, **options)  # noqa: E731
            briefly(connection, make)
            return
        valid = index_validity(connection, name)
        if valid:
            return
        if valid is not None:
            _drop(operations, connection, name, table)
        log.info("Building the index %s", name)
        build = partial(
            operations.create_index, name, table, columns, postgresql_concurrently=True, **options
        )
        tried_again(connection, lambda: _build(operations, connection, name, table, build=build))


def index_validity(connection: sa.Connection, name: str) -> bool | None:
    """None if there is no such index."""
    found = connection.execute(
        sa.text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)"), {"name": name}
    )
    return found.scalar()


def _build(
    operations: Operations, connection: sa.Connection, name: str, table: str, *, build: Callable[[], object]
) -> None:
    """It waits for the end of older transactions as long as that takes, and nobody waits behind it."""
    try:
        build()
    except DBAPIError:
        if not connection.invalidated:
            _drop(operations, connection, name, table)
        raise


@operation
def drop_index_online(operations: Operations, name: str, table: str) -> None:
    with outside_transaction(operations) as connection:
        if is_postgresql(connection):
            _drop(operations, connection, name, table)
        else:
            briefly(connection, lambda: operations.drop_index(name, table, if_exists=True))


def _drop(operations: Operations, connection: sa.Connection, name: str, table: str) -> None:
    tried_again(
        connection,
        lambda: operations.drop_index(name, table, if_exists=True, postgresql_concurrently=True),
    )


@operation
def analyze_online(operations: Operations, table: str) -> None:
    """What the planner knows of a column is lost with its type: without it the planner may read the whole table."""
    with outside_transaction(operations) as connection:
        connection.exec_driver_sql(f"ANALYZE {table}")
