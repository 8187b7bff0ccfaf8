"""What sweeps ask every few seconds is a range of an index on both databases, however many names there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import case, event, insert, text, update

from benchmarks import lists
from tests.app_fixtures import make_app
from tests.service.plans import steps_of
from webapp.certificates import queries as certificate_queries
from webapp.checks import queries as check_queries
from webapp.checks import record, schedule
from webapp.domains import queries as domain_queries
from webapp.extensions import db
from webapp.jobs import double_check
from webapp.models import Account, Certificate, Check, DomainState, utcnow
from webapp.notifications.rules import reminders
from webapp.removal import deletion_queue
from webapp.zones import queries as zone_queries

pytestmark = pytest.mark.service
DOMAINS = 4000
NOW = utcnow()
LARGE = ("llm_client_custom_domain", "domain_check", "hosted_zone", "certificate")
#: They have the rows that are wanted and no others.
PARTIAL = ("ix_domain_check_queue", "uq_domain_check_open", "ix_llm_client_custom_domain_overdue")

SWEEPS: dict[str, Callable[[], object]] = {
    "due checks": lambda: check_queries.due_for_check(NOW, 5000),
    "waiting checks": lambda: check_queries.waiting_checks(5000),
    "lost checks": lambda: schedule.queue_again(NOW),
    "a batch": lambda: record.take_batch(50, NOW),
    "pending for too long": lambda: double_check.found_twice(
        DomainState.PENDING, NOW - timedelta(days=30), NOW, 200
    ),
    "expired for too long": lambda: double_check.found_twice(
        DomainState.EXPIRED, NOW - timedelta(days=180), NOW, 100
    ),
    "zones in the making": lambda: zone_queries.zones_due(NOW, 50),
    "zones on their way out": lambda: deletion_queue.due(NOW, 200),
    "certificates": lambda: certificate_queries.certificates_due(NOW, 100),
    "records": lambda: zone_queries.records_due(NOW, 100),
    "zones of one account that were never verified": lambda: domain_queries.unproved_of(
        db.session.get_one(Account, 1)
    ),
    "zones of all that were never verified": lambda: domain_queries.unproved_zones(DOMAINS),
    "an account that has verified a domain": lambda: domain_queries.has_proved(
        db.session.get_one(Account, 1)
    ),
    "all zones there are": domain_queries.zone_quota,
    "reminders": lambda: reminders.remind(NOW),
}


#: One certificate in a hundred is due. Of a table without rows, the plan of a query tells nothing.
_DUE = case((Certificate.id % 100 == 0, NOW - timedelta(minutes=1)), else_=NOW + timedelta(hours=6))


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, database_url=database_url)
    with app.app_context():
        lists.seed(DOMAINS)
        _check_all()
        yield app
        db.session.remove()
        db.engine.dispose()


def _check_all() -> None:
    """Three checks of each that are done, and one of some that waits."""
    common: dict[str, object] = {"origin": "schedule", "created_at": NOW, "updated_at": NOW}
    done = [
        {"custom_domain_id": number, "status": "done", "verdict": "VERIFIED", **common}
        for number in range(1, DOMAINS + 1)
        for _ in range(3)
    ]
    waiting = [
        {"custom_domain_id": number, "status": "waiting", "lease_until": NOW, **common}
        for number in range(1, 200)
    ]
    db.session.execute(insert(Check), done)
    db.session.execute(insert(Check), waiting)
    db.session.execute(update(Certificate).values(next_attempt_at=_DUE))
    db.session.commit()
    db.session.execute(text("ANALYZE"))
    db.session.commit()
    if db.engine.dialect.name == "sqlite":
        # Nobody counts for SQLite how many rows there are of what, so it should not know here, either.
        db.session.execute(text("DELETE FROM sqlite_stat1"))
        db.session.commit()
        db.engine.dispose()


def test_no_sweep_reads_a_whole_table(app: Flask) -> None:
    found = {name: whole_reads(sweep) for name, sweep in SWEEPS.items()}
    assert {name: steps for name, steps in found.items() if steps} == {}


def test_what_got_lost_is_queued_again_by_one_statement(app: Flask) -> None:
    asked = statements(lambda: schedule.queue_again(NOW))
    assert len(asked) == 1
    db.session.rollback()
    assert len(schedule.queue_again(NOW)) == 199


def test_batch_of_a_long_queue_is_not_sorted(app: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        plans = [plan(*one) for one in statements(lambda: record.take_batch(10, NOW)) if "LIMIT" in one[0]]
        by_schedule = plans[-1]
        assert not any("TEMP B-TREE" in step for step in by_schedule), by_schedule


def statements(question: Callable[[], object]) -> list[tuple[str, Any]]:
    asked: list[tuple[str, Any]] = []

    def keep(_c: Any, _cur: Any, statement: str, parameters: Any, _ctx: Any, _many: bool) -> None:
        asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", keep)
    try:
        question()
    finally:
        event.remove(db.engine, "before_cursor_execute", keep)
        db.session.rollback()
    assert asked
    return asked


def plan(statement: str, values: Any) -> list[str]:
    rows = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    return [row[3] for row in rows]


def whole_reads(question: Callable[[], object]) -> list[str]:
    """The steps of its plans that begin nowhere in particular: a table, or a whole index that is not a small one."""
    found: list[str] = []
    for statement, values in statements(question):
        if db.engine.dialect.name == "sqlite":
            found += [step for step in plan(statement, values) if _scans(step)]
            continue
        connection = db.session.connection()
        # A small table is read whole for being small; what matters is whether it has to be.
        for way in ("seqscan", "mergejoin", "hashjoin"):
            connection.execute(text(f"SET LOCAL enable_{way} = off"))
        (document,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).one()
        found += [
            f"{step['Node Type']} {step['Relation Name']} {step.get('Index Name')} {step.get('Filter')}"
            for step in steps_of(document[0]["Plan"])
            if _begins_nowhere(step)
        ]
        db.session.rollback()
    return found


def _scans(step: str) -> bool:
    return (
        step.startswith("SCAN ") and step.split()[1] in LARGE and not any(index in step for index in PARTIAL)
    )


def _begins_nowhere(step: dict[str, Any]) -> bool:
    reads = step["Node Type"] in {"Seq Scan", "Index Scan", "Index Only Scan"}
    partial = step.get("Index Name") in PARTIAL
    return reads and step["Relation Name"] in LARGE and "Index Cond" not in step and not partial
