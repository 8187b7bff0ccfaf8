"""`flask domains sweep`: everything that the schedule does happens in this process, without a worker or a broker."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.commands.conftest import Run, Sent, document
from tests.factories import said
from tests.twins.acm import MemoryAcm
from tests.twins.route53 import MemoryRoute53
from tests.zones.at_aws import put_at_aws
from webapp.audit.log import SYSTEM
from webapp.config.schedule import SCHEDULE
from webapp.domains import lifecycle, queries
from webapp.extensions import cache, db
from webapp.models import (
    Account,
    CertificateState,
    DomainState,
    LLMClientCustomDomain,
    LLMClientCustomDomainDNS,
    Reconciliation,
    ReconciliationPhase,
    RecordState,
    utcnow,
)

SWEEP = ("domains", "sweep")


@pytest.fixture
def route53(app: Flask) -> MemoryRoute53:
    twin: MemoryRoute53 = app.extensions["route53"]
    return twin


@pytest.fixture
def verified(app: Flask, domain: LLMClientCustomDomain, route53: MemoryRoute53) -> LLMClientCustomDomain:
    """Verified a moment ago: a certificate is wanted and the records that lead to the edge are due."""
    app.extensions["settings"] = app.extensions["settings"].model_copy(
        update={"edge_target": ["203.0.113.10"]}
    )
    zone = queries.current_zone(domain)
    assert zone is not None
    put_at_aws(zone, route53)
    lifecycle.change_state(domain, DomainState.VERIFIED, utcnow(), SYSTEM, said("verified"))
    db.session.commit()
    return domain


def test_certificate_that_is_wanted_is_requested(
    run: Run, app: Flask, verified: LLMClientCustomDomain
) -> None:
    acm: MemoryAcm = app.extensions["acm"]
    run(*SWEEP)
    db.session.expire_all()
    wanted = queries.newest_certificate(verified)
    assert wanted is not None
    assert wanted.arn in acm.kept
    assert wanted.state is not CertificateState.WANTED


def test_records_that_are_due_are_written(
    run: Run, verified: LLMClientCustomDomain, route53: MemoryRoute53
) -> None:
    run(*SWEEP)
    db.session.expire_all()
    rows = db.session.scalars(select(LLMClientCustomDomainDNS)).all()
    assert [(row.record_type, row.record_value, row.state) for row in rows if row.record_type == "A"] == [
        ("A", "203.0.113.10", RecordState.WRITTEN)
    ]
    [zone] = route53.kept.values()
    assert zone.record_sets[verified.domain_name, "A"].values == ("203.0.113.10",)


def test_reconciliation_that_is_due_runs(run: Run, account: Account) -> None:
    run(*SWEEP)
    done = db.session.scalars(select(Reconciliation)).one()
    assert done.phase is ReconciliationPhase.DONE
    run(*SWEEP)
    assert db.session.scalars(select(Reconciliation)).one().id == done.id, "the next one is not due yet"


def test_every_row_runs_in_the_order_of_the_schedule(run: Run, account: Account, sent: Sent) -> None:
    told = run(*SWEEP).stderr.splitlines()
    assert told == [f"{row.says} …" for row in SCHEDULE]
    assert sent == [], "there is nobody who would take it"


def test_what_cannot_tell_whether_it_is_due_runs_once_in_its_time(run: Run, account: Account) -> None:
    seldom = [f"{row.says} …" for row in SCHEDULE if row.seldom]
    run(*SWEEP)
    assert not set(seldom) & set(run(*SWEEP).stderr.splitlines())


def test_sweep_needs_no_cache(run: Run, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> bool:
        raise ConnectionRefusedError("no cache")

    monkeypatch.setattr(cache, "add", away)
    assert run(*SWEEP).exit_code == 0


def test_fault_in_one_task_stops_no_other_and_is_told(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> list[int]:
        raise ZeroDivisionError

    monkeypatch.setattr("webapp.accounts.deletion.unfinished", broken)
    result = app.test_cli_runner().invoke(args=[*SWEEP, "--json"])
    assert result.exit_code == 4
    assert "Something broke on our side in webapp.accounts.tasks.sweep_deletions" in result.stderr
    assert document(result) == {"checks": [], "zones": []}
    assert db.session.scalars(select(Reconciliation)).one().phase is ReconciliationPhase.DONE
