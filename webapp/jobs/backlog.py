"""Turns between accounts in a queue with very many rows that are due, such as all checks after a day without workers.

`webapp.jobs.turns` ranks every due row, which takes a database a second for a million. Here accounts are visited
from a random one on, and of each only its first rows are read. What is oldest in the queue is read besides: a call
gives as many rows as it is asked for, however few accounts have any, and a row that waits longer comes nearer.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true, union_all
from sqlalchemy.orm import aliased

from webapp.extensions import db
from webapp.models import Account, Base

#: Accounts that are visited in one call. Each costs PostgreSQL some ten microseconds.
VISITS = 10_000
#: How many more of an account's rows are read than its even share: others have less than theirs.
GENEROUS = 2

Row = tuple[int, int, datetime]


@dataclass(frozen=True)
class Backlog:
    """Rows of one table with an account each, as PostgreSQL finds them by two indexes: by account and time, and by
    part and time.

    `free`: the condition of the first index, beside the time. `parts`: what the second one begins with; a row that is
    due is in one of them.
    """

    model: type[Base]
    account_id: str
    time: str
    free: Callable[[Any], ColumnElement[bool]]
    parts: Callable[[Any], Sequence[ColumnElement[bool]]]

    def is_longer(self, most: int, *due: ColumnElement[bool]) -> bool:
        """Whether more than `most` rows are due. No more are counted."""
        some = select(getattr(self.model, self.time)).where(*due).limit(most + 1)
        return (db.session.scalar(select(func.count()).select_from(some.subquery())) or 0) > most

    def first(self, now: datetime, ahead: datetime, room: int) -> list[int]:
        """The ids of at most `room` rows, by turns. A time after `ahead` was written by a clock that was ahead."""
        rows = {row[0]: row for row in self._oldest(now, ahead, room)}
        rows |= {row[0]: row for row in self._of_accounts(now, room)}
        return in_turns([*rows.values()])[:room]

    def _oldest(self, now: datetime, ahead: datetime, room: int) -> Sequence[Row]:
        row = self.model
        time = getattr(row, self.time)
        columns = row.id, getattr(row, self.account_id), time  # type: ignore[attr-defined]
        some = [
            select(*columns).where(self.free(row), part, come).order_by(time).limit(room).subquery()
            for part in self.parts(row)
            for come in (time <= now, time > ahead)
        ]
        return [
            (which, account, at) for which, account, at in db.session.execute(union_all(*map(select, some)))
        ]

    def _of_accounts(self, now: datetime, room: int) -> Sequence[Row]:
        visited = self._visit(now)
        if not visited:
            return []
        row, each = aliased(self.model), GENEROUS * -(-room // len(visited))
        time = getattr(row, self.time)
        account = select(Account.id).where(Account.id.in_(visited)).subquery("visited")
        first = (
            select(row.id, time.label("time"))  # type: ignore[attr-defined]
            .where(getattr(row, self.account_id) == account.c.id, self.free(row), time <= now)
            .where(or_(*self.parts(row)))
            .order_by(time)
            .limit(each)
            .lateral("first")
        )
        query = select(first.c.id, account.c.id.label("account"), first.c.time).join(first, true())
        return [(which, account, at) for which, account, at in db.session.execute(query)]

    def _visit(self, now: datetime) -> set[int]:
        """The ids of accounts that have something due: of all accounts, or of `VISITS` from a random one on."""
        last = db.session.scalar(select(func.max(Account.id))) or 0
        start = random.randint(0, last)  # noqa: S311 - no secret
        seen = self._visit_from(start, last + 1, VISITS, now)
        if len(seen) < VISITS:
            seen |= self._visit_from(0, start, VISITS - len(seen), now)
        return {account_id for account_id, is_due in seen.items() if is_due}

    def _visit_from(self, start: int, end: int, most: int, now: datetime) -> dict[int, bool]:
        """Goes from each account to the next in the index, up to `end`, without reading the rows of any."""
        head = select(self._next(lambda account: account >= start).label("account_id")).cte(
            "head", recursive=True
        )
        following = self._next(lambda account: account > head.c.account_id)
        # None, behind the last account, is not before `end` either.
        head = head.union_all(select(following).where(head.c.account_id < end))
        some = select(head.c.account_id).where(head.c.account_id < end).limit(most).subquery("some")
        row = aliased(self.model)
        time, of_account = getattr(row, self.time), getattr(row, self.account_id) == some.c.account_id
        is_due = select(true()).where(of_account, self.free(row), time <= now).exists()
        found = db.session.execute(select(some.c.account_id, is_due))
        return {account_id: due for account_id, due in found}  # noqa: C416 - a row is a tuple only at run time

    def _next(self, condition: Callable[[Any], ColumnElement[bool]]) -> Any:
        row = aliased(self.model)
        account, time = getattr(row, self.account_id), getattr(row, self.time)
        query = select(account).where(condition(account), time.is_not(None), self.free(row))
        return query.order_by(account).limit(1).scalar_subquery()


def in_turns(rows: Sequence[Row]) -> list[int]:
    """The ids of rows (id, account, time): the first of each account before the second of any. Among these that of
    the account with the fewest comes first.
    """
    own: Counter[int] = Counter()
    of_account = Counter(account for _, account, _ in rows)
    turns = []
    for row_id, account, time in sorted(rows, key=lambda row: (row[2], row[0])):
        own[account] += 1
        turns.append((own[account], of_account[account], time, row_id))
    return [row_id for *_, row_id in sorted(turns)]
