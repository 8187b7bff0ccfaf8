"""The list of an account with ten thousand domains, on PostgreSQL.

What needs action was once looked up for each row. That was so much by the planner's estimate that PostgreSQL compiled
each such query before it ran it, which took a second for every page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, update

from benchmarks import lists
from tests.app_fixtures import make_app
from webapp.domains import listing
from webapp.domains.listing import Show
from webapp.extensions import db
from webapp.models import Account, LLMClientCustomDomain

DOMAINS = 10_000
QUESTIONS: dict[str, Callable[[Account], object]] = {
    "list": lambda account: listing.listed(account, "", Show.ALL, None, 50),
    "search": lambda account: listing.listed(account, "shop7", Show.ALL, None, 50),
    "counts": listing.counts,
    "attention": listing.attention,
}


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, database_url=database_url)
    with app.app_context():
        lists.seed(DOMAINS)
        db.session.execute(update(LLMClientCustomDomain).values(account_id=1))
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_query_of_the_list_is_worth_compiling(app: Flask) -> None:
    account = db.session.get_one(Account, 1)
    limit = float(db.session.connection().exec_driver_sql("SHOW jit_above_cost").scalar_one())
    costs = {name: cost(partial(ask, account)) for name, ask in QUESTIONS.items()}
    assert {name: most for name, most in costs.items() if not 0 < most < limit / 5} == {}


def cost(question: Callable[[], object]) -> float:
    """Of its dearest statement, by the planner's estimate."""
    asked: list[tuple[str, Any]] = []

    def keep(_c: Any, _cur: Any, statement: str, parameters: Any, _ctx: Any, _many: bool) -> None:
        asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", keep)
    try:
        question()
    finally:
        event.remove(db.engine, "before_cursor_execute", keep)
    return max(_cost(statement, values) for statement, values in asked)


def _cost(statement: str, values: Any) -> float:
    explained = db.session.connection().exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values)
    (document,) = explained.one()
    return float(document[0]["Plan"]["Total Cost"])
