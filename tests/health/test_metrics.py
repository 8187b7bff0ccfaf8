"""`/metrics`: who may read it, and what stands in it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from sqlalchemy.exc import OperationalError

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain, make_zone, said
from tests.health.exposed import value
from webapp.extensions import db
from webapp.health import figures
from webapp.health.figures import FRESH_SECONDS, DatabaseFigures
from webapp.health.status import Component, note_ok, note_trouble
from webapp.models import Check, CheckOrigin, CheckStatus, DomainState, ZoneState, utcnow
from webapp.telemetry.metrics_files import VARIABLE, keep_figures

TOKEN = "a-token-for-the-metrics-0123456789"


def test_this_machine_may_read_and_a_proxy_on_it_may_not(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 200
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
        assert client.get("/metrics", headers={header: "203.0.113.9"}).status_code == 401
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 401
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200


def test_with_a_token_nobody_reads_without_it(tmp_path: Path) -> None:
    app = make_app(tmp_path, metrics_token=TOKEN)
    with app.app_context():
        db.create_all()
        client, far = app.test_client(), {"REMOTE_ADDR": "203.0.113.9"}
        refused = client.get("/metrics")
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == "Bearer"
        for wrong in ("Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer schlüssel"):
            assert client.get("/metrics", headers={"Authorization": wrong}).status_code == 401
        right = {"Authorization": f"Bearer {TOKEN}"}
        assert client.get("/metrics", headers=right, environ_base=far).status_code == 200


def test_figures_are_those_of_the_database(client: FlaskClient) -> None:
    now, account = utcnow(), make_account()
    late = make_domain(
        account, "a.acme.test", DomainState.VERIFIED, next_check_at=now - timedelta(seconds=90)
    )
    make_domain(account, "b.acme.test", next_check_at=now + timedelta(hours=1))
    make_domain(account, "c.acme.test", DomainState.EXPIRED, next_check_at=now - timedelta(days=9))
    make_zone(late, ZoneState.PARKED)
    db.session.add(
        Check(
            custom_domain_id=late.id,
            origin=CheckOrigin.CUSTOMER,
            status=CheckStatus.WAITING,
            created_at=now - timedelta(seconds=40),
        )
    )
    note_ok(Component.WORKER, now - timedelta(seconds=20))
    note_trouble(Component.RESOLVER, said("It does not answer."), now - timedelta(seconds=60))
    db.session.commit()
    text = client.get("/metrics").text
    assert value(text, "nameplate_database_up") == 1
    assert value(text, "nameplate_domains", state="verified") == 1
    assert value(text, "nameplate_domains", state="lapsed") == 0
    assert value(text, "nameplate_zones", state="parked") == 1
    assert value(text, "nameplate_checks_due") == 1
    assert 90 <= value(text, "nameplate_check_lateness_seconds") < 120
    assert value(text, "nameplate_checks_waiting") == 1
    assert 40 <= value(text, "nameplate_queue_age_seconds") < 70
    assert 20 <= value(text, "nameplate_worker_silent_seconds") < 50
    assert 60 <= value(text, "nameplate_trouble_seconds", component="resolver") < 90
    assert value(text, "nameplate_trouble_seconds", component="worker") == 0
    assert value(text, "nameplate_mails_waiting") == 0
    assert value(text, "nameplate_webhooks_waiting") == 0
    assert value(text, "nameplate_webhook_lateness_seconds") == 0
    assert value(text, "nameplate_mails_sent_total") == 0


def test_database_is_asked_only_so_often(app: Flask) -> None:
    now = [100.0]
    collector = DatabaseFigures(clock=lambda: now[0])

    def pending() -> float:
        (family,) = (metric for metric in collector.collect() if metric.name == "nameplate_domains")
        (found,) = (sample for sample in family.samples if sample.labels["state"] == "pending")
        return found.value

    assert pending() == 0
    make_domain(make_account())
    now[0] += FRESH_SECONDS - 0.1
    assert pending() == 0
    now[0] += 0.1
    assert pending() == 1


def test_silent_database_is_a_figure_too(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent() -> None:
        raise OperationalError("SELECT", {}, Exception("the database is away"))

    monkeypatch.setattr(figures, "statuses", silent)
    response = client.get("/metrics")
    assert response.status_code == 200
    assert value(response.text, "nameplate_database_up") == 0
    assert "nameplate_domains" not in response.text


def kept(directory: Path, process: int, verdict: str, count: float) -> None:
    """What a process that finished `count` checks leaves in its file."""
    file: Any = MmapedDict(str(directory / f"counter_{process}.db"))  # type: ignore[no-untyped-call]
    key = mmap_key("nameplate_checks", "nameplate_checks_total", ["verdict"], [verdict], "Finished checks.")
    file.write_value(key, count, 0.0)
    file.close()


def test_figures_of_other_processes_are_there_each_under_its_name(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    kept(tmp_path, 11, "VERIFIED", 3)
    kept(tmp_path, 12, "VERIFIED", 4)
    text = client.get("/metrics").text
    assert value(text, "nameplate_checks_total", verdict="VERIFIED", process="11") == 3
    assert value(text, "nameplate_checks_total", verdict="VERIFIED", process="12") == 4
    assert text.count("# TYPE nameplate_checks_total counter") == 1


def test_figures_of_processes_that_are_gone_are_removed_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    living, gone = 1, 2**22 + 1  # Linux numbers no process higher than 2**22
    monkeypatch.setenv(VARIABLE, str(tmp_path / "metrics"))
    keep_figures()
    kept(tmp_path / "metrics", living, "VERIFIED", 1)
    kept(tmp_path / "metrics", gone, "VERIFIED", 1)
    keep_figures()
    assert [path.name for path in (tmp_path / "metrics").iterdir()] == [f"counter_{living}.db"]


def test_figures_are_there_before_any_worker_ran(client: FlaskClient) -> None:
    """An alert cannot fire on a figure that is missing."""
    text = client.get("/metrics").text
    assert value(text, "nameplate_worker_silent_seconds") == float("inf")
    for component in Component:
        assert value(text, "nameplate_trouble_seconds", component=component.value) == 0
    assert value(text, "nameplate_checks_total", verdict="VERIFIED") >= 0
    assert "nameplate_build_info{" in text
    assert "nameplate_process_resident_memory_bytes{" in text
    assert "nameplate_http_requests_total{" in text
