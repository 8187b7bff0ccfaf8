"""A sample of the checks since some time, as large for a million domains as for a thousand.

Checks have no index of times: each of the many rows would pay for it. Their ids grow with time, so that the first of
a time is found by halving, and slices of ids stand for all that was checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, union_all

from webapp.extensions import db
from webapp.models import Check, CheckOrigin, CheckStatus

#: So many slices of ids are read, and so many rows of each.
SLICES, ROWS = 100, 100
#: SQLite takes 500 parts of one statement at most, and each is compiled.
_AT_ONCE = 25


@dataclass(frozen=True)
class Seen:
    """A finished check that stands for `weight` of them. `seconds`: from when a worker took it to its record.
    `asked_seconds`: from when somebody pressed Verify; None for the schedule's.
    """

    at: datetime
    verdict: str | None
    seconds: float
    asked_seconds: float | None
    weight: float


@dataclass(frozen=True)
class Sample:
    """`exact`: the rows are all there are."""

    rows: Sequence[Seen]
    exact: bool


def sample(since: datetime) -> Sample:
    first, last = first_id_since(since), db.session.scalar(select(func.max(Check.id)))
    if first is None or last is None:
        return Sample([], exact=True)
    found = db.session.execute(_slice(first, last, SLICES * ROWS + 1)).all()
    if len(found) <= SLICES * ROWS:
        return Sample([_seen(row, 1.0) for row in found if _is_done(row)], exact=True)
    return Sample(list(_sliced(first, last)), exact=False)


def first_id_since(since: datetime) -> int | None:
    """The id of the first check that was requested at this time or later, by some thirty rows; None without one."""
    low = db.session.scalar(select(func.min(Check.id)))
    high = db.session.scalar(select(func.max(Check.id)))
    if low is None or high is None:
        return None
    high += 1
    while low < high:
        middle = (low + high) // 2
        query = select(Check.id, Check.created_at).where(Check.id >= middle).order_by(Check.id).limit(1)
        row = db.session.execute(query).first()
        if row is None or row.created_at >= since:
            high = middle
        else:
            low = row.id + 1
    return db.session.scalar(select(func.min(Check.id)).where(Check.id >= low))


def _sliced(first: int, last: int) -> list[Seen]:
    """Each row of a slice stands for as many as there are ids for each row that was read."""
    width = (last - first) // SLICES + 1
    starts = range(first, last + 1, width)
    found: list[Seen] = []
    for some in (starts[at : at + _AT_ONCE] for at in range(0, len(starts), _AT_ONCE)):
        parts = [select(_slice(start, start + width - 1, ROWS).subquery()) for start in some]
        by_start: dict[int, list[Any]] = {start: [] for start in some}
        for row in db.session.execute(union_all(*parts)):
            by_start[first + (row.id - first) // width * width].append(row)
        for start, rows in by_start.items():
            covered = rows[-1].id - start + 1 if len(rows) == ROWS else width
            found += [_seen(row, width / covered) for row in rows if _is_done(row)]
    return found


def _slice(first: int, last: int, limit: int) -> Select[*tuple[Any, ...]]:
    columns = Check.id, Check.origin, Check.status, Check.verdict, Check.created_at, Check.updated_at
    query = select(*columns, Check.started_at, Check.finished_at)
    return query.where(Check.id >= first, Check.id <= last).order_by(Check.id).limit(limit)


def _is_done(row: Any) -> bool:
    return bool(row.status == CheckStatus.DONE)


def _seen(row: Any, weight: float) -> Seen:
    """A quiet check of the schedule has its start and its end in the times of the row itself."""
    began, ended = row.started_at or row.created_at, row.finished_at or row.updated_at
    pressed = row.origin == CheckOrigin.CUSTOMER and row.finished_at is not None
    return Seen(
        row.created_at,
        row.verdict,
        max(0.0, (ended - began).total_seconds()),
        max(0.0, (ended - row.created_at).total_seconds()) if pressed else None,
        weight,
    )
