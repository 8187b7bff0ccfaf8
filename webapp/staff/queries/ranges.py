"""Ids from several queries, of which each reads a range of an index: one query for all may read the whole table."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import CompoundSelect, Select, select, union_all


def ids_of(ranges: Iterable[Select[int]]) -> CompoundSelect[int]:
    """For `in_`. Each query has the column `id`, and may have an order and a limit, which SQLite takes in a subquery
    of a union alone.
    """
    return union_all(*(select(one.subquery().c.id) for one in ranges))
