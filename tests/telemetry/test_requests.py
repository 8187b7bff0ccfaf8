"""Figures of requests: by rule, method and status, and by what proxies are told."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import REGISTRY

from tests.app_fixtures import sign_in
from tests.factories import make_domain
from webapp.extensions import db
from webapp.models import Account, DomainState, LLMClient, User
from webapp.runtime import request_ids


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"nameplate_{name}", labels) or 0.0


def labels_of(name: str) -> set[tuple[str, ...]]:
    [family] = [one for one in REGISTRY.collect() if one.name == f"nameplate_{name}"]
    return {tuple(sample.labels.values()) for sample in family.samples if sample.name.endswith("_total")}


def test_requests_are_counted_by_the_rule_and_never_by_the_path(
    client: FlaskClient, customer: User, account: Account
) -> None:
    domain = make_domain(account)
    db.session.commit()
    rule = {"route": "/domains/<int:domain_id>", "method": "GET"}
    sign_in(client, customer)
    before = counted("http_requests_total", **rule, status="200")
    timed = counted("http_request_duration_seconds_count", route=rule["route"])
    client.get(f"/domains/{domain.id}")
    client.get("/domains/999999")
    assert counted("http_requests_total", **rule, status="200") == before + 1
    assert counted("http_requests_total", **rule, status="404") >= 1
    assert counted("http_request_duration_seconds_count", route=rule["route"]) == timed + 2
    assert not [labels for labels in labels_of("http_requests") if str(domain.id) in labels[0].split("/")]


def test_wait_for_a_place_belongs_to_the_time_of_a_request(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = counted("http_request_duration_seconds_sum", route="/healthz")
    monkeypatch.setattr(request_ids, "waited", lambda: 30.0)
    client.get("/healthz")
    assert counted("http_request_duration_seconds_sum", route="/healthz") >= before + 30


def test_what_strangers_make_up_adds_no_series(client: FlaskClient) -> None:
    client.get("/no-such-page")
    client.open("/no-such-page", method="BREW")
    before = labels_of("http_requests")
    for number in range(20):
        client.get(f"/no-such-page-{number}?token=secret")
        client.open("/no-such-page", method=f"BREW{number}")
    assert labels_of("http_requests") == before
    assert ("none", "GET", "404") in before
    # Tests before this one in the same process have sent others that are real.
    real = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    assert {method for _, method, _ in before} <= {*real, "other"}


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/edge/ask?domain=chat.acme.test", "served"),
        ("/edge/ask?domain=other.acme.test", "not_served"),
        ("/edge/ask", "malformed"),
    ],
)
def test_answers_to_proxies_are_counted_by_outcome(
    client: FlaskClient, account: Account, llm_client: LLMClient, path: str, outcome: str
) -> None:
    make_domain(account, "chat.acme.test", DomainState.VERIFIED)
    db.session.commit()
    before = counted("edge_answers_total", question="ask", outcome=outcome)
    client.get(path)
    assert counted("edge_answers_total", question="ask", outcome=outcome) == before + 1


def test_every_answer_to_proxies_has_its_series_from_the_start(app: Flask) -> None:
    found = labels_of("edge_answers")
    assert {("ask", "unavailable"), ("route", "not_served"), ("traefik", "not_allowed")} <= found


def test_fault_of_ours_is_counted(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("broken")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(app.view_functions, "system.metrics", broken)
    before = counted("http_requests_total", route="/metrics", method="GET", status="500")
    assert client.get("/metrics").status_code == 500
    assert counted("http_requests_total", route="/metrics", method="GET", status="500") == before + 1
