"""Every list of staff is a range of an index on both databases, whatever it is narrowed to: no plan reads a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert, select, text

from benchmarks import lists
from tests.app_fixtures import make_app
from tests.service.plans import steps_of
from webapp.auth.doors import person_with
from webapp.extensions import db
from webapp.models import Email, EmailState, User, WebAuthn, utcnow
from webapp.staff.people.facts import _acts_for
from webapp.staff.queries.overview import _zones_in_trouble
from webapp.staff.queries.system_facts import _not_taken

pytestmark = pytest.mark.service
DOMAINS = 4000
#: To count every row is to read every row, of an index or of the table; that is why it is kept for a minute.
ASKED = [name for name in lists.questions(DOMAINS) if "its counts" not in name]
LARGE = ("llm_client_custom_domain", "event", "zone_name_server", "hosted_zone")
#: These as well grow with the customers.
LARGER = (*LARGE, "letter", "users", "webauthn")


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, database_url=database_url)
    with app.app_context():
        lists.seed(DOMAINS)
        yield app
        db.session.remove()
        db.engine.dispose()


#: They have the few rows that are wanted and no others.
OF_FEW = (
    *(f"ix_llm_client_custom_domain_{rows}" for rows in ("held", "alarmed", "troubled")),
    "uq_letter_waiting",
)
#: The newest of all, with a limit: read from the end of the table, or of the index on time, until the page is full.
FROM_THE_END = {"domains, newest", "events, newest"}
#: So many are in these states that PostgreSQL may find a page of them from the end sooner than by the index.
FREQUENT = {"state verified", "state pending", "by a common part in the middle"}
#: What begins so does not fill the page, so what has it anywhere follows. SQLite has no index of parts, and reads the
#: names in theirs.
ANYWHERE = {
    "by a part in the middle",
    "by a part and a rare state",
    "by nothing that is there",
    "by the beginning of a registrable domain",
    "below a name",
}


def test_no_list_reads_a_whole_table(app: Flask) -> None:
    questions = lists.questions(DOMAINS)
    found = {name: scans(questions[name]) for name in ASKED}
    nowhere = {name for name, steps in found.items() if steps}
    without_order = FREQUENT | (ANYWHERE if db.engine.dialect.name == "sqlite" else set())
    assert FROM_THE_END <= nowhere <= FROM_THE_END | without_order


#: What an overview or a person's page asks for, of which there is little or nothing.
RARE: dict[str, Callable[[], object]] = {
    "zones in trouble": _zones_in_trouble,
    "e-mails not taken": lambda: _not_taken(utcnow()),
    "help for a person": lambda: _acts_for([1], "owner@shop.test"),
    "a person by the address": lambda: person_with("Owner@shop.test"),
    "passkeys of a person": lambda: db.session.scalars(select(WebAuthn).where(WebAuthn.user_id == 7)).all(),
}


def test_what_is_rare_is_found_without_reading_everything(app: Flask) -> None:
    people = [
        {"email": f"u{n}@shop.test", "active": True, "fs_uniquifier": f"{n}", "create_datetime": utcnow()}
        for n in range(DOMAINS)
    ]
    db.session.execute(insert(User.__table__), people)  # type: ignore[arg-type]
    mails: list[dict[str, Any]] = [
        {"custom_domain_id": n + 1, "address": f"u{n}@shop.test", "state": EmailState.SENT, "attempts": n % 2}
        for n in range(DOMAINS)
    ]
    for mail in mails[:20]:
        mail["state"] = EmailState.WAITING
    now = utcnow()
    times = {"next_attempt_at": now, "created_at": now, "updated_at": now}
    db.session.execute(insert(Email.__table__), [mail | times for mail in mails])  # type: ignore[arg-type]
    db.session.execute(text("ANALYZE"))
    db.session.commit()
    assert {name: found for name, ask in RARE.items() if (found := scans(ask, LARGER))} == {}


def scans(question: Callable[[], object], large: Sequence[str] = LARGE) -> list[str]:
    asked: list[tuple[str, Any]] = []

    def keep(_c: Any, _cur: Any, statement: str, parameters: Any, _ctx: Any, _many: bool) -> None:
        asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", keep)
    try:
        question()
    finally:
        event.remove(db.engine, "before_cursor_execute", keep)
    assert asked
    return [line for statement, values in asked for line in whole_reads(statement, values, large)]


def whole_reads(statement: str, values: Any, large: Sequence[str]) -> list[str]:
    """The steps of the plan that begin nowhere in particular: a table, or an index without a condition."""
    connection = db.session.connection()
    if db.engine.dialect.name == "sqlite":
        steps = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
        scanned = [step for step in steps if step.startswith("SCAN ") and step.split()[1] in large]
        return [step for step in scanned if not step.endswith(OF_FEW)]
    # A small table is read whole for being small; what matters is whether it has to be.
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    (document,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).one()
    return [step["Node Type"] for step in steps_of(document[0]["Plan"]) if begins_nowhere(step, large)]


def begins_nowhere(step: dict[str, Any], large: Sequence[str]) -> bool:
    reads = step["Node Type"] in {"Seq Scan", "Index Scan", "Index Only Scan"}
    partial = step.get("Index Name") in OF_FEW
    return reads and step["Relation Name"] in large and "Index Cond" not in step and not partial
