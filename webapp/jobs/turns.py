"""Turns between accounts: whoever has many rows in a queue does not delay another account's only one.

A queue alone serves first come, first served. An account that puts 150 rows there at once would make everybody who
comes after it wait for all of them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, TextClause, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from webapp.models import LLMClientCustomDomain

#: So many rows, in the order of the queue, take turns with each other. To rank all rows of a long queue would take
#: longer than what is done for one of them; and the oldest rows of a large account, which are always among these, are
#: not put off for ever by small accounts.
WINDOW = 1000


def in_turns(
    row_id: InstrumentedAttribute[int],
    domain_id: InstrumentedAttribute[int],
    order: ColumnElement[Any],
    *conditions: ColumnElement[bool] | TextClause,
    tried: InstrumentedAttribute[int] | None = None,
    window: int = WINDOW,
) -> Subquery:
    """The rows that meet the conditions, as (`id`, `turn`). `domain_id` says whose domain a row is for.

    The first row of each account comes before the second of any. Among rows of the same turn that of the account with
    the fewest rows comes first, where each attempt that a row has had (`tried`) counts like one more row.
    """
    attempts = literal(0) if tried is None else tried
    first = [] if tried is None else [tried]
    queue = (
        select(
            row_id.label("id"), domain_id.label("domain_id"), attempts.label("tried"), order.label("place")
        )
        .where(*conditions)
        .order_by(*first, order)
        .limit(window)
        .subquery("queue")
    )
    account = LLMClientCustomDomain.account_id
    own = func.row_number().over(partition_by=account, order_by=[queue.c.tried, queue.c.place, queue.c.id])
    rows = func.count().over(partition_by=account)
    ranked = (
        select(queue.c.id, queue.c.place, own.label("own"), (rows + queue.c.tried).label("weight"))
        .join(LLMClientCustomDomain, LLMClientCustomDomain.id == queue.c.domain_id)
        .subquery("ranked")
    )
    turn = func.row_number().over(order_by=[ranked.c.own, ranked.c.weight, ranked.c.place, ranked.c.id])
    return select(ranked.c.id, turn.label("turn")).subquery("turns")


def by_turn(row_id: InstrumentedAttribute[int], turns: Subquery, limit: int) -> Select[int]:
    """The ids of the first rows, by turn, in a query that may lock them: PostgreSQL locks no rows of a query that
    computes window functions.
    """
    return select(row_id).join(turns, turns.c.id == row_id).order_by(turns.c.turn).limit(limit)
