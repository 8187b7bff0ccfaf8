"""`METHODS=records`: no part of AWS is asked for anything, and everything else works."""

from __future__ import annotations

from typing import NoReturn

import boto3
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.commands.conftest import ACCOUNT, Run, document
from tests.factories import make_domain, make_zone, said
from tests.twins.dns import MemoryDns
from tests.twins.route53 import MemoryRoute53
from tests.zones.at_aws import put_at_aws
from webapp.commands import doctor
from webapp.config.schedule import SCHEDULE
from webapp.extensions import cache, db
from webapp.health import tasks as health_tasks
from webapp.health.doctor import external
from webapp.health.doctor.diagnosis import Diagnosis, Health, examine
from webapp.health.status import Component, note_trouble
from webapp.models import (
    Account,
    Certificate,
    DomainState,
    HostedZone,
    LLMClientCustomDomain,
    Reconciliation,
    RecordsProof,
    SystemStatus,
    User,
    utcnow,
)
from webapp.settings_review.meaning import doubts

NAME = "chat.acme.test"
RECORDS_ONLY = {
    "methods": ["records"],
    "edge_domain": "edge.platform.net",
    "edge_target": ["203.0.113.10"],
}
OF_AWS = ("route53", "unverified", "acm", "clock")


def never(*_: object, **__: object) -> NoReturn:
    raise AssertionError("AWS is not used here")


@pytest.fixture(autouse=True)
def without_aws(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a client nor credentials, and nobody who answers."""
    app.extensions["settings"] = app.extensions["settings"].model_copy(update=RECORDS_ONLY)
    app.extensions["route53"] = app.extensions["acm"] = never
    monkeypatch.setattr(boto3.session, "Session", never)
    monkeypatch.setattr(external, "time_at_aws", never)


@pytest.fixture
def parent(app: Flask) -> MemoryDns:
    dns: MemoryDns = app.extensions["dns"]
    dns.zone("acme.test", "ns1.provider.test", "ns2.provider.test")
    return dns


def diagnoses(*parts: str) -> dict[str, Diagnosis]:
    probes = doctor.probes()
    return examine({part: probes[part] for part in parts})


def publish(dns: MemoryDns) -> RecordsProof:
    proof = db.session.query(RecordsProof).one()
    zone = dns.server("ns1.provider.test").zones["acme.test"]
    zone.put(f"_nameplate-challenge.{NAME}", "TXT", f'"{proof.token}"')
    zone.put(NAME, "CNAME", proof.target)
    return proof


def test_a_name_is_registered_proved_served_and_removed(
    run: Run, account: Account, parent: MemoryDns, client: FlaskClient
) -> None:
    assert run("domains", "register", NAME, "--account", ACCOUNT).exit_code == 0
    publish(parent)
    checked = run("domains", "check", NAME, "--wait", "--json")
    assert checked.exit_code == 0, checked.output
    found = document(checked)
    assert (found["is_verified"], found["method"], found["aws_hosted_zone_id"]) == (True, "records", None)
    run("domains", "sweep")
    assert run("domains", "verified").stdout.split() == [NAME]
    assert client.get(f"/edge/ask?domain={NAME}").status_code == 200

    assert run("domains", "remove", NAME, "--yes").exit_code == 0
    cache.clear()
    assert client.get(f"/edge/ask?domain={NAME}").status_code == 404
    run("domains", "sweep")
    assert db.session.query(HostedZone).count() == db.session.query(Certificate).count() == 0


def test_every_row_of_the_schedule_runs(run: Run, account: Account) -> None:
    run("domains", "register", NAME, "--account", ACCOUNT)
    result = run("domains", "sweep")
    assert result.exit_code == 0, result.output
    assert [row.says for row in SCHEDULE if f"{row.says} …" not in result.stderr] == []
    assert db.session.query(Reconciliation).count() == 0


def test_doctor_says_what_is_not_used(account: Account) -> None:
    found = diagnoses(*OF_AWS)
    assert {one.health for one in found.values()} == {Health.OK}
    assert found["route53"].sentence == "Not used: METHODS has no delegation."
    assert found["unverified"].sentence == "Not used: METHODS has no delegation."
    assert found["acm"].sentence == "Not used: CERTIFICATES leaves them to the edge."


def test_no_setting_of_aws_is_doubted(app: Flask) -> None:
    changes = {"aws_region": "nowhere-1", "aws_calls_per_second": 500}
    chosen = app.extensions["settings"].model_copy(update=changes)
    assert not [one for one in doubts(chosen) if "AWS" in one[0]]


def test_there_is_nothing_to_compare(run: Run, account: Account) -> None:
    result = run("domains", "reconcile")
    assert (result.exit_code, result.stdout) == (
        0,
        "Nothing to compare: METHODS has no delegation, and no zone is left.\n",
    )
    assert document(run("domains", "reconcile", "--json"))["findings"] == []


@pytest.mark.parametrize("component", [Component.ROUTE53, Component.ACM, Component.ZONE_QUOTA])
def test_trouble_of_what_is_not_used_any_more_is_over(app: Flask, component: Component) -> None:
    note_trouble(component, said("It does not answer."), utcnow())
    db.session.commit()
    health_tasks.probe.run()
    row = db.session.get_one(SystemStatus, component.value, populate_existing=True)
    assert row.trouble_since is None


def test_staff_see_no_zones(client: FlaskClient, staff_member: User) -> None:
    page = sign_in(client, staff_member).get("/staff/system").get_data(as_text=True)
    assert "not used by these settings" in page
    assert "Zones at AWS" not in page
    assert "AWS region" not in page


def test_customers_need_no_certificate_of_ours(
    client: FlaskClient, customer: User, account: Account, run: Run, parent: MemoryDns
) -> None:
    sign_in(client, customer).post("/llm-clients/new", data={"name": "Sales", "deployed": "y"})
    run("domains", "register", NAME, "--account", ACCOUNT, "--llm-client", "Sales")
    publish(parent)
    run("domains", "check", NAME, "--wait")
    domain = db.session.query(LLMClientCustomDomain).one()
    assert domain.llm_client is not None
    assert domain.llm_client.tls_certificate_issuance_status == "none"
    assert "From the edge" in client.get("/llm-clients").get_data(as_text=True)
    page = client.get(f"/llm-clients/{domain.llm_client.id}").get_data(as_text=True)
    assert "The edge gets one by itself" in page
    assert f'href="https://{NAME}/"' in page


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/login"])
def test_pages_for_everybody(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 200


class TestDelegatedBefore:
    """The operator took delegation out of METHODS while names were delegated."""

    @pytest.fixture(autouse=True)
    def zone(self, app: Flask, account: Account) -> HostedZone:
        route53 = MemoryRoute53()
        app.extensions["route53"] = lambda: route53
        zone = make_zone(make_domain(account, state=DomainState.VERIFIED))
        put_at_aws(zone, route53)
        db.session.commit()
        return zone

    def test_doctor_says_that_aws_is_still_needed(self) -> None:
        found = diagnoses("route53")["route53"]
        assert found.health is Health.OK
        assert found.sentence.startswith(
            "METHODS has no delegation, but 1 hosted zone is left, so AWS is still needed. Route 53 answers;"
        )

    def test_doctor_tells_when_aws_does_not_answer(self, app: Flask) -> None:
        app.extensions["route53"] = never
        found = diagnoses("route53")["route53"]
        assert found.health is Health.WRONG
        assert "AWS is still needed" in found.sentence
        assert found.advice

    def test_zones_are_still_compared(self, run: Run) -> None:
        run("domains", "reconcile")
        assert db.session.query(Reconciliation).count() == 1

    def test_they_are_still_served_and_checked(self, run: Run) -> None:
        assert run("domains", "verified").stdout.split() == [NAME]
        assert run("domains", "check", NAME).exit_code == 0

    def test_staff_see_their_zones(self, client: FlaskClient, staff_member: User) -> None:
        page = sign_in(client, staff_member).get("/staff/system").get_data(as_text=True)
        assert "Zones at AWS" in page
