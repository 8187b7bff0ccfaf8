"""Imports on both databases: a killed worker, two lists of the same names at once, a quota that is used up."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.factories import make_account
from tests.house_files import ROOT
from tests.service.killed_importer import AT_ONCE
from tests.service.racing import at_once, racing_app
from webapp.audit.log import COMMAND
from webapp.extensions import db
from webapp.imports import queries, service, tasks
from webapp.imports.lines import parsing
from webapp.jobs import clock
from webapp.models import (
    Account,
    DomainImport,
    Event,
    EventKind,
    ImportState,
    LineState,
    LLMClientCustomDomain,
)

__all__ = ["racing_app"]

NAMES = [f"n{number}.acme.test" for number in range(12)]


@pytest.fixture
def account(racing_app: Flask) -> Account:
    db.create_all()
    account = make_account()
    db.session.commit()
    return account


def begun(account: Account) -> int:
    """An import of all names that a worker can begin with."""
    read = parsing.read_text("\n".join(NAMES))
    assert isinstance(read, parsing.Read)
    made = service.create(account, read, actor=COMMAND)
    assert isinstance(made, DomainImport)
    import_id = made.id
    db.session.commit()
    while tasks.advance(import_id):
        pass
    assert service.begin(db.session.get_one(DomainImport, import_id), actor=COMMAND) is None
    db.session.commit()
    return import_id


def finish(import_id: int) -> DomainImport:
    while tasks.advance(import_id):
        pass
    return db.session.get_one(DomainImport, import_id, populate_existing=True)


def registered() -> Counter[str]:
    return Counter(db.session.scalars(select(LLMClientCustomDomain.domain_name)))


def test_what_a_killed_worker_left_is_done_once(
    racing_app: Flask, account: Account, database_url: str, tmp_path: Path
) -> None:
    import_id = begun(account)
    command = [
        sys.executable,
        "-m",
        "tests.service.killed_importer",
        database_url,
        str(import_id),
        str(tmp_path),
    ]
    killed = subprocess.run(command, cwd=ROOT, timeout=240, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert sum(registered().values()) == AT_ONCE
    db.session.rollback()
    # The lease of the dead one holds …
    assert not tasks.advance(import_id)
    assert sum(registered().values()) == AT_ONCE
    # … until it is over.
    db.session.execute(update(DomainImport).values(next_attempt_at=clock.now()))
    db.session.commit()
    row = finish(import_id)
    assert row.state is ImportState.DONE
    assert queries.counts(row) == {LineState.REGISTERED: len(NAMES)}
    assert registered() == Counter(NAMES)
    told = select(func.count()).where(Event.kind == EventKind.REGISTERED)
    assert db.session.scalar(told) == len(NAMES)


def test_two_lists_of_the_same_names_at_once_register_each_name_once(
    racing_app: Flask, account: Account
) -> None:
    ids = [begun(account), begun(account)]
    db.session.remove()
    for _ in range(3):
        faults = at_once(racing_app, *(lambda which=which: tasks.advance(which) for which in ids))
        assert not [fault for fault in faults if isinstance(fault, Exception)]
    rows = [finish(import_id) for import_id in ids]
    assert {row.state for row in rows} == {ImportState.DONE}
    assert registered() == Counter(NAMES)
    counts = sum((queries.counts(row) for row in rows), Counter())
    assert counts == {LineState.REGISTERED: len(NAMES), LineState.EXISTING: len(NAMES)}


def test_a_quota_that_is_used_up_in_between_refuses_the_rest(racing_app: Flask, account: Account) -> None:
    import_id = begun(account)
    settings = racing_app.extensions["settings"]
    racing_app.extensions["settings"] = settings.model_copy(update={"unverified_per_account": 5})
    row = finish(import_id)
    assert row.state is ImportState.DONE
    assert queries.counts(row) == {LineState.REGISTERED: 5, LineState.REFUSED: 7}
    assert sum(registered().values()) == 5
