"""Links for whoever manages a domain, by the API."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.conftest import Ask, program
from tests.factories import make_account, make_domain, make_key, make_zone
from webapp.audit.log import COMMAND
from webapp.domains import lifecycle, suspension
from webapp.extensions import db
from webapp.models import Account, LLMClientCustomDomain, utcnow


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account)
    make_zone(domain)
    db.session.commit()
    return domain


def test_link_is_made_read_listed_and_revoked(
    ask: Ask, domain: LLMClientCustomDomain, client: FlaskClient
) -> None:
    answer = ask("POST", f"/domains/{domain.id}/handover-links", json={"made_for": "Jane"})
    link = answer.get_json()
    assert (answer.status_code, link["made_for"], link["works"]) == (201, "Jane", True)
    assert answer.headers["Location"] == f"/api/v1/handover-links/{link['id']}"
    page = client.get(urlsplit(link["url"]).path)
    assert (page.status_code, domain.zones[0].name_servers[0] in page.text) == (200, True)
    told = ask("GET", f"/handover-links/{link['id']}").get_json()
    assert told["opened_at"]
    assert ask("GET", f"/domains/{domain.id}/handover-links").get_json()["data"] == [told]
    assert ask("DELETE", f"/handover-links/{link['id']}").status_code == 204
    assert ask("DELETE", f"/handover-links/{link['id']}").status_code == 204
    assert client.get(urlsplit(link["url"]).path).status_code == 404
    told = ask("GET", f"/handover-links/{link['id']}").get_json()
    assert (told["works"], bool(told["revoked_at"])) == (False, True)


def test_refusals_have_codes(ask: Ask, domain: LLMClientCustomDomain) -> None:
    path = f"/domains/{domain.id}/handover-links"
    for sent in (
        {},
        {"made_for": ""},
        {"made_for": "x" * 101},
        {"made_for": "Jane\u202e"},
        {"made_for": "J", "x": 1},
    ):
        assert ask("POST", path, json=sent).status_code == 422, sent
    suspension.suspend(domain, actor=COMMAND, reason="Spam.", now=utcnow())
    db.session.commit()
    answer = ask("POST", path, json={"made_for": "Jane"})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "suspended")
    lifecycle.remove(domain, actor=COMMAND)
    db.session.commit()
    answer = ask("POST", path, json={"made_for": "Jane"})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "domain-gone")


def test_link_of_a_moved_domain_is_nobodys(ask: Ask, domain: LLMClientCustomDomain) -> None:
    link = ask("POST", f"/domains/{domain.id}/handover-links", json={"made_for": "Jane"}).get_json()
    db.session.refresh(domain)
    domain.account_id = make_account("Other").id
    db.session.commit()
    assert ask("GET", f"/handover-links/{link['id']}").status_code == 404


def test_key_needs_the_scope(app: Flask, account: Account, domain: LLMClientCustomDomain) -> None:
    _, token = make_key(account, scopes=["handover-links:read", "domains:write"])
    db.session.commit()
    key = program(app, token)
    path = f"/domains/{domain.id}/handover-links"
    assert key("POST", path, json={"made_for": "Jane"}).get_json()["code"] == "scope-missing"
    assert key("GET", path).status_code == 200
