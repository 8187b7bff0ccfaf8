"""Turns between accounts: whoever has many rows in a queue does not delay another account's only one.

A queue alone serves first come, first served. An account that puts 150 rows there at once would make everybody who
comes after it wait for all of them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, TextClause, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from webapp.models import LLMClientCustomDomain

#: So many rows are compared by how many rows their accounts have: the first of every account, then the second, and
#: among these the oldest. So a large account's rows are not put off for ever by new small accounts.
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

    Every row of the queue is ranked within its account before the window is cut off. Cut off first, the window would
    be filled by one account that has as many rows. SQLite ranks 100,000 rows in less than a second.
    """
    attempts = literal(0) if tried is None else tried
    owner = aliased(LLMClientCustomDomain)
    in_account = func.row_number().over(
        partition_by=owner.account_id, order_by=[attempts, order, row_id.expression]
    )
    places = (
        select(
            row_id.label("id"),
            owner.account_id.label("account"),
            attempts.label("tried"),
            order.label("place"),
            in_account.label("own"),
        )
        .join(owner, owner.id == domain_id)
        .where(*conditions)
        .subquery("places")
    )
    queue = (
        select(places)
        .where(places.c.own <= window)
        .order_by(places.c.own, places.c.tried, places.c.place, places.c.id)
        .limit(window)
        .subquery("queue")
    )
    rows = func.count().over(partition_by=queue.c.account)
    ranked = select(queue.c.id, queue.c.place, queue.c.own, (rows + queue.c.tried).label("weight")).subquery(
        "ranked"
    )
    turn = func.row_number().over(order_by=[ranked.c.own, ranked.c.weight, ranked.c.place, ranked.c.id])
    return select(ranked.c.id, turn.label("turn")).subquery("turns")


def by_turn(row_id: InstrumentedAttribute[int], turns: Subquery, limit: int) -> Select[int]:
    """The ids of the first rows, by turn, in a query that may lock them: PostgreSQL locks no rows of a query that
    computes window functions.
    """
    return select(row_id).join(turns, turns.c.id == row_id).order_by(turns.c.turn).limit(limit)
