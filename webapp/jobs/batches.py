"""Reading very many rows, some at a time, so that memory holds one batch whatever the table has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import InstrumentedAttribute

from webapp.extensions import db

ROWS = 500


def batches(
    query: Select[*tuple[Any, ...]],
    key: ColumnElement[Any] | InstrumentedAttribute[Any],
    *,
    after: object = None,
    newest_first: bool = False,
    size: int | None = None,
) -> Iterator[Sequence[Any]]:
    """The rows in the order of `key`, which is unique and has an index; `after` is where an earlier read ended.

    Each batch is a transaction of its own that goes on behind the last key, and is over before its first row is given
    out, since whoever reads the answer may be slow: an open transaction keeps a connection, keeps SQLite's log from
    being emptied and PostgreSQL from cleaning up, and PostgreSQL ends one that nobody uses for a minute. So this is
    for edges that only read; what was not committed is lost, and every object that was loaded belongs to no session
    any more. A query for one model gives its objects, with what its options have loaded and nothing else; a query for
    columns gives rows, one for the key alone its values.
    """
    size = size or ROWS
    of_one = len(query.column_descriptions) == 1
    query = query.order_by(None).order_by(key.desc() if newest_first else key)
    while True:
        some = query if after is None else query.where(_behind(key, after, newest_first=newest_first))
        answer = db.session.execute(some.limit(size))
        found = answer.scalars().all() if of_one else answer.all()
        if found:
            after = getattr(found[-1], str(key.key), found[-1])
        let_go()
        if not found:
            return
        yield found
        if len(found) < size:
            return


def let_go() -> None:
    """End the transaction, and keep what was read as it is: reading an attribute begins no other transaction."""
    db.session.expunge_all()
    db.session.rollback()


def _behind(
    key: ColumnElement[Any] | InstrumentedAttribute[Any], after: object, *, newest_first: bool
) -> ColumnElement[bool]:
    return key < after if newest_first else key > after


def rows(
    query: Select[*tuple[Any, ...]], key: ColumnElement[Any] | InstrumentedAttribute[Any], **how: Any
) -> Iterator[Any]:
    """As `batches`, one row after another."""
    for batch in batches(query, key, **how):
        yield from batch
