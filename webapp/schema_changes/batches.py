"""Rows that are written anew, a bounded number at a time in the order of the key, each time in its own transaction.

One statement over a whole table would hold the locks of all its rows until its end, and PostgreSQL could not remove
a dead row in any table meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations

from webapp.schema_changes.register import operation
from webapp.schema_changes.transactions import briefly, is_postgresql, outside_transaction

#: Whoever wants to write one of the rows waits for the end of the batch: some ten milliseconds with either.
AT_ONCE = 1000
REWRITTEN_AT_ONCE = 200

Row = dict[str, Any]


def _ranges(connection: sa.Connection, table: str, key: str, where: str, at_once: int) -> Iterator[Row]:
    """`after` and `last` of the next rows that `where` holds for, until none is left."""
    after: Any = None
    while True:
        begin = "" if after is None else f"AND {key} > :after"
        found = connection.execute(
            sa.text(
                f"SELECT max(picked.key) FROM (SELECT {key} AS key FROM {table} WHERE ({where}) {begin}"  # noqa: S608
                f" ORDER BY {key} LIMIT {at_once}) AS picked"
            ),
            {} if after is None else {"after": after},
        ).scalar()
        if found is None:
            return
        yield {"after": after, "last": found}
        after = found


def _between(key: str, batch: Row) -> str:
    return f"{key} <= :last" if batch["after"] is None else f"{key} > :after AND {key} <= :last"


def _values(batch: Row) -> Row:
    return {name: value for name, value in batch.items() if value is not None}


def _in_turn(
    operations: Operations,
    table: str,
    statement: str,
    *,
    key: str,
    where: str,
    parameters: Row | None = None,
) -> None:
    with outside_transaction(operations) as connection:
        for batch in _ranges(connection, table, key, where, AT_ONCE):
            text = sa.text(statement.replace("[batch]", _between(key, batch)))
            briefly(connection, partial(connection.execute, text, _values(batch) | (parameters or {})))


@operation
def update_in_batches(
    operations: Operations,
    table: str,
    assignments: str,
    where: str,
    *,
    key: str = "id",
    parameters: Row | None = None,
) -> None:
    """`where` should hold for no row that is done, so that a second run finds what the first one left."""
    statement = f"UPDATE {table} SET {assignments} WHERE [batch] AND ({where})"  # noqa: S608
    _in_turn(operations, table, statement, key=key, where=where, parameters=parameters)


@operation
def delete_in_batches(operations: Operations, table: str, where: str, *, key: str = "id") -> None:
    statement = f"DELETE FROM {table} WHERE [batch] AND ({where})"  # noqa: S608
    _in_turn(operations, table, statement, key=key, where=where)


@operation
def insert_in_batches(
    operations: Operations, statement: str, source: str, *, where: str = "true", key: str = "id"
) -> None:
    """`statement` reads `source` and contains `[batch]`, and does nothing about rows that are there already."""
    if "[batch]" not in statement or "ON CONFLICT DO NOTHING" not in statement:
        raise ValueError("the statement needs [batch] in its WHERE, and ON CONFLICT DO NOTHING")
    _in_turn(operations, source, statement, key=key, where=where)


@operation
def rewrite_in_batches(
    operations: Operations,
    table: str,
    read: Sequence[str],
    where: str,
    *,
    rewrite: Callable[[Row], Row | None],
    key: str = "id",
) -> None:
    """`rewrite` makes the new values of a row of what was read of it; None leaves the row alone.

    `read` are columns, or expressions with a name: `(SELECT …) AS name`. The rows are locked from when they are read,
    or what somebody writes meanwhile would be lost.
    """
    with outside_transaction(operations) as connection:
        target = sa.table(table, sa.column(key))
        lock = f" FOR NO KEY UPDATE OF {table}" if is_postgresql(connection) else ""
        for batch in _ranges(connection, table, key, where, REWRITTEN_AT_ONCE):
            rows = sa.text(
                f"SELECT {', '.join([f'{table}.{key} AS row_key', *read])} FROM {table}"  # noqa: S608
                f" WHERE {_between(f'{table}.{key}', batch)} AND ({where}) ORDER BY {table}.{key}{lock}"
            )
            step = partial(_rewrite, connection, target, rows.bindparams(**_values(batch)), rewrite)
            briefly(connection, step)


def _rewrite(
    connection: sa.Connection,
    target: sa.TableClause,
    rows: sa.TextClause,
    rewrite: Callable[[Row], Row | None],
) -> None:
    """Rows that get values for the same columns are written together."""
    together: dict[tuple[str, ...], list[Row]] = {}
    for row in connection.execute(rows).mappings().all():
        new = rewrite(dict(row))
        if new:
            together.setdefault(tuple(new), []).append({**new, "row_key": row["row_key"]})
    key_name = next(iter(target.c)).name
    for names, values in together.items():
        columns = [sa.column(name, sa.JSON() if name.endswith("params") else None) for name in names]
        table = sa.table(target.name, sa.column(key_name), *columns)
        update = sa.update(table).where(table.c[key_name] == sa.bindparam("row_key"))
        connection.execute(update.values({name: sa.bindparam(name) for name in names}), values)
