"""Machines whose clocks differ by an hour agree who holds a row: PostgreSQL's own clock times their leases."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain, make_zone
from tests.service.claimer import claim_all
from webapp.extensions import db
from webapp.models import DomainState, HostedZone, LLMClientCustomDomain, Reconciliation, ZoneState, utcnow
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
    done = subprocess.run(
        [sys.executable, "-m", "tests.service.claimer", *given],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
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
