"""Figures that are kept for a while, by a cache that answers or does not."""

from __future__ import annotations

import pytest
from flask import Flask

from webapp.extensions import cache
from webapp.staff.queries.kept import kept


def away(*_args: object, **_more: object) -> object:
    raise ConnectionError("the cache is away")


def test_made_once_while_it_is_kept(app: Flask) -> None:
    made = iter(range(9))
    assert [kept("figures", 60, lambda: next(made)) for _ in range(3)] == [0, 0, 0]


@pytest.mark.parametrize("broken", [("get",), ("set",), ("get", "set")])
def test_a_cache_that_is_away_costs_the_time_alone(
    app: Flask, monkeypatch: pytest.MonkeyPatch, broken: tuple[str, ...]
) -> None:
    for name in broken:
        monkeypatch.setattr(cache, name, away)
    made = iter(range(1, 9))
    assert kept("figures", 60, lambda: next(made)) == 1
