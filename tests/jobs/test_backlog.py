"""Turns among the rows that were read of a backlog."""

from __future__ import annotations

from datetime import timedelta

from webapp.jobs.backlog import Row, in_turns
from webapp.models import utcnow

NOW = utcnow()


def row(row_id: int, account: int, minutes: int) -> Row:
    return row_id, account, NOW - timedelta(minutes=minutes)


def test_first_of_each_account_comes_before_the_second_of_any() -> None:
    rows = [row(1, 7, 50), row(2, 7, 40), row(3, 7, 30), row(4, 8, 20), row(5, 8, 10)]
    assert in_turns(rows) == [4, 1, 5, 2, 3]


def test_among_accounts_with_as_many_rows_the_most_overdue_comes_first() -> None:
    assert in_turns([row(1, 7, 10), row(2, 8, 30), row(3, 9, 20)]) == [2, 3, 1]


def test_rows_of_one_account_keep_their_order() -> None:
    assert in_turns([row(3, 7, 10), row(1, 7, 30), row(2, 7, 20)]) == [1, 2, 3]
