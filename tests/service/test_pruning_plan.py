"""Pruning reads each check a few times, whatever PostgreSQL knows of the tables by then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert

from benchmarks import lists
from tests.app_fixtures import make_app
from tests.service.plans import steps_of
from webapp.extensions import db
from webapp.health import pruning
from webapp.models import Check, utcnow

pytestmark = pytest.mark.service
DOMAINS, CHECKS = 40, 40
OLD = utcnow() - timedelta(days=400)


@pytest.fixture
def app(postgresql_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, database_url=postgresql_url)
    with app.app_context():
        lists.seed(DOMAINS)
        done: dict[str, object] = {"origin": "schedule", "status": "done", "verdict": "VERIFIED"}
        at: dict[str, object] = {"created_at": OLD, "updated_at": OLD}
        rows = [
            {"custom_domain_id": number, **done, **at}
            for _ in range(CHECKS)
            for number in range(1, DOMAINS + 1)
        ]
        db.session.execute(insert(Check), rows)
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


def test_pruning_reads_no_check_again_for_each_other(app: Flask) -> None:
    """Nobody has analysed the tables, as after a restore."""
    before = utcnow() - timedelta(days=90)
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "lag(" in statement:
            asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    old = pruning.domains_with_old_checks(before, 0)
    assert old is not None
    pruning.prune_checks(old, before)
    db.session.rollback()
    [(statement, parameters)] = asked
    with db.engine.connect() as connection:
        explained = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
        plan = explained.scalar_one()[0]["Plan"]
    read = sum(step["Actual Rows"] * step["Actual Loops"] for step in steps_of(plan))
    assert read < 20 * DOMAINS * CHECKS
