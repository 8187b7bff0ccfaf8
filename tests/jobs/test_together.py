"""Changes that are sent together: nothing early, each domain's in their order, and nothing after a fault."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask import Flask

from webapp.extensions import db
from webapp.jobs import together
from webapp.models import Account

Sent = list[tuple[str, list[Any]]]


def sender(sent: Sent, name: str) -> Callable[[Sequence[Any]], None]:
    return lambda rows: sent.append((name, [*rows]))


def test_statement_is_sent_at_once_by_itself(account: Account) -> None:
    sent: Sent = []
    together.send(sender(sent, "a"), 1, "row")
    assert sent == [("a", ["row"])]


def test_statements_are_sent_once_for_all_domains_in_the_order_of_each(account: Account) -> None:
    sent: Sent = []
    one, two = sender(sent, "one"), sender(sent, "two")
    with together.together():
        for domain in (1, 2):
            together.send(one, domain, domain)
            together.send(two, domain, domain)
        together.send(two, 3, 3)
        together.send(one, 3, 3)
        assert sent == []
    assert sent == [("one", [1, 2]), ("two", [1, 2, 3]), ("one", [3])]


def test_rows_are_flushed_at_the_end(account: Account) -> None:
    with together.together():
        added = Account(name="Later")
        db.session.add(added)
        together.flush()
        assert added in db.session.new
    assert added not in db.session.new


def test_nothing_is_sent_after_a_fault_and_the_next_is_sent_at_once(account: Account) -> None:
    sent: Sent = []

    def broken() -> None:
        with together.together():
            together.send(sender(sent, "lost"), 1, 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert not together.is_open()
    together.send(sender(sent, "next"), 1, 1)
    assert sent == [("next", [1])]


def test_same_question_is_asked_once_until_the_end(app: Flask) -> None:
    asked: list[str] = []

    def ask() -> str:
        asked.append("")
        return "answer"

    for _ in range(2):
        assert together.once("key", ask) == "answer"
    assert len(asked) == 2
    for _ in range(2):
        with together.together():
            assert [together.once(key, ask) for key in ("key", "key", "other")] == ["answer"] * 3
    assert len(asked) == 6
