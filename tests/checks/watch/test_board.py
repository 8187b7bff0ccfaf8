"""Entries of the cache: each is its check's, ends by itself, and is missed by nobody when the cache is away."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import redis
from flask import Flask

from webapp.checks.watch import board
from webapp.checks.watch.progress import Line, Progress
from webapp.stores import cache

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
SEEN = Progress(7, NOW, (Line("parent", "ns1.acme.test", asking=True),))

pytestmark = pytest.mark.usefixtures("app")


def test_entry_is_found_by_its_check_alone() -> None:
    assert board.put(SEEN)
    assert board.read(7) == SEEN
    assert board.read(8) is None


def test_entry_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody takes it away when its worker is killed."""
    given = dict[str, Any]()
    monkeypatch.setattr(cache, "set", lambda *_key_and_value, **named: given.update(named))
    board.put(SEEN)
    assert given == {"timeout": board.LASTS}
    assert 0 < board.LASTS <= 60


@pytest.mark.parametrize(
    "fault", [redis.ConnectionError("away"), OSError(28, "No space left"), KeyError("x")]
)
def test_cache_that_is_away_costs_the_progress_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def fail(*_given: object, **_named: object) -> None:
        raise fault

    monkeypatch.setattr(cache, "set", fail)
    monkeypatch.setattr(cache, "get", fail)
    assert not board.put(SEEN)
    assert board.read(7) is None


@pytest.mark.parametrize("left", ["words", {"check": 7}, SEEN.to_data() | {"check": 8}])
def test_entry_that_is_none_of_this_check_is_nothing(app: Flask, left: object) -> None:
    assert app
    cache.set("check-progress:7", left, timeout=9)
    assert board.read(7) is None
