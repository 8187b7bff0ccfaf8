"""Whose turn it is to be looked at."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.factories import make_account
from tests.live.rows import NOW, probed
from webapp.probes import queries


@pytest.mark.parametrize("most", [20_000, 0])
def test_due_rows(app: Flask, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """By turns between accounts, unless the queue is very long."""
    monkeypatch.setattr(queries, "MOST_IN_TURNS", most)
    many, few = make_account("Many"), make_account("Few")
    many_ids = [probed(many, f"n{number}.acme.test", 60 - number) for number in range(3)]
    few_id = probed(few, "few.acme.test", 1)
    probed(few, "later.acme.test", -1)
    found = queries.due(NOW, 2)
    assert sorted(found) == sorted([many_ids[0], few_id] if most else many_ids[:2])
    assert len(queries.due(NOW, 10)) == 4
