"""Machines whose clocks differ by an hour agree who holds a row: PostgreSQL's own clock times their leases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain, make_zone
from tests.servers.fork_server import run
from tests.service.claimer import claim_all
from webapp.extensions import db
from webapp.jobs import clock
from webapp.models import (
    Account,
    DomainState,
    HostedZone,
    LLMClientCustomDomain,
    Reconciliation,
    ZoneState,
    utcnow,
)
from webapp.removal import zone_deletion
from webapp.zones import provision
from webapp.zones.reconcile import run as reconcile_run

pytestmark = pytest.mark.service
ROOT = Path(__file__).resolve().parents[2]
HOUR = timedelta(hours=1)


@pytest.fixture
def app(postgresql_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, database_url=postgresql_url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@dataclass(frozen=True)
class Rows:
    """One of each kind that is due, by their ids."""

    zone: int
    leaving: int
    domain: int
    run: int

    def due(self) -> list[datetime | None]:
        db.session.expire_all()
        return [
            db.session.get_one(HostedZone, self.zone).next_attempt_at,
            db.session.get_one(HostedZone, self.leaving).next_attempt_at,
            db.session.get_one(LLMClientCustomDomain, self.domain).records_due_at,
            db.session.get_one(Reconciliation, self.run).next_attempt_at,
        ]


@pytest.fixture
def rows(app: Flask) -> Rows:
    account, before = make_account(), utcnow() - 2 * HOUR
    zone = make_zone(make_domain(account, "a.acme.test"), ZoneState.WANTED, next_attempt_at=before)
    removed = make_domain(account, "b.acme.test", DomainState.REMOVING)
    leaving = make_zone(removed, ZoneState.LEAVING, next_attempt_at=before)
    domain = make_domain(account, "c.acme.test", DomainState.VERIFIED, records_due_at=before)
    run_id = reconcile_run.start(before)
    db.session.commit()
    return Rows(zone.id, leaving.id, domain.id, run_id)


def elsewhere(rows: Rows, url: str, directory: Path, ahead: timedelta) -> tuple[datetime, list[bool]]:
    """What a worker gets on a machine whose clock is so far ahead, and that machine's time."""
    given = [url, str(directory), str(int(ahead.total_seconds())), *map(str, astuple(rows))]
    done = run(["tests.service.claimer", *given], cwd=ROOT, timeout=180)
    done.check_returncode()
    there, got = json.loads(done.stdout)
    return datetime.fromisoformat(there), got


@pytest.mark.parametrize("ahead", [HOUR, -HOUR], ids=["ahead", "behind"])
def test_lease_holds_and_ends_whatever_the_clocks_say(
    rows: Rows, postgresql_url: str, tmp_path: Path, ahead: timedelta
) -> None:
    there, got = elsewhere(rows, postgresql_url, tmp_path, ahead)
    assert abs(there - utcnow() - ahead) < HOUR / 2, "the clock of that machine is wrong indeed"
    assert got == [True] * 4
    leases, now = rows.due(), utcnow()
    assert claim_all(*astuple(rows)) == [False] * 4, "the other worker has them"
    assert rows.due() == leases
    assert [lease for lease in leases if lease is None or not now - HOUR / 2 < lease < now + HOUR / 2] == []


@pytest.mark.parametrize("ahead", [HOUR, -HOUR], ids=["ahead", "behind"])
def test_removal_that_is_taken_back_leaves_the_zone_to_its_worker_whatever_the_clocks_say(
    app: Flask, rows: Rows, ahead: timedelta
) -> None:
    """Else the zone would be in use again while the worker still empties it."""
    step = zone_deletion.claim(rows.leaving, clock.now())
    db.session.commit()
    assert step is not None
    command(app, ahead, "keep", "b.acme.test")
    db.session.expire_all()
    zone = db.session.get_one(HostedZone, rows.leaving)
    assert (zone.state, zone.next_attempt_at) == (ZoneState.CREATED, step.lease)


@pytest.mark.parametrize("ahead", [HOUR, -HOUR], ids=["ahead", "behind"])
def test_zone_in_the_making_that_is_removed_stays_its_workers_whatever_the_clocks_say(
    app: Flask, rows: Rows, ahead: timedelta
) -> None:
    """Else what AWS answers to the worker would not be recorded."""
    step = provision.claim(rows.zone, clock.now())
    db.session.commit()
    assert step is not None
    command(app, ahead, "remove", "a.acme.test", "--yes")
    db.session.expire_all()
    zone = db.session.get_one(HostedZone, rows.zone)
    assert (zone.state, zone.next_attempt_at) == (ZoneState.LEAVING, step.lease)


def test_zone_is_due_at_once_on_a_machine_whose_clock_is_right(app: Flask, rows: Rows) -> None:
    number = db.session.scalars(select(Account.number)).one()
    command(app, timedelta(minutes=10), "register", "d.acme.test", "--account", number)
    domain = db.session.scalars(
        select(LLMClientCustomDomain).where(LLMClientCustomDomain.domain_name == "d.acme.test")
    ).one()
    assert provision.claim(domain.zones[0].id, clock.now()) is not None


def command(app: Flask, ahead: timedelta, *words: str) -> None:
    """Run by a person on a machine whose clock is so far ahead."""
    with time_machine.travel(utcnow() + ahead, tick=True):
        done = app.test_cli_runner().invoke(args=["domains", *words])
    assert done.exit_code == 0, done.output
