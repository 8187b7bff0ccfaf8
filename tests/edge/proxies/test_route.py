"""`/edge/route` and `/edge/traefik`: where a verified name leads."""

from __future__ import annotations

import json

from flask.testing import FlaskClient

from tests.factories import make_account, make_domain, make_llm_client
from webapp.extensions import db
from webapp.models import Account, DomainState, LLMClientCustomDomain


def served(
    account: Account, name: str, state: DomainState = DomainState.VERIFIED, *, deployed: bool = True
) -> LLMClientCustomDomain:
    domain = make_domain(account, name, state)
    label = name.partition(".")[0]
    make_llm_client(account, label, deployed=deployed, custom_domain=domain)
    db.session.commit()
    return domain


def test_route_names_the_client_behind_a_name(client: FlaskClient, account: Account) -> None:
    served(account, "chat.acme.test")
    response = client.get("/edge/route?domain=CHAT.acme.test.")
    assert response.get_json() == {
        "domain": "chat.acme.test",
        "account": "1234-5678-9012",
        "label": "chat",
        "default_host": "chat.1234-5678-9012.api.platform.example",
    }
    assert response.headers["Nameplate-Default-Host"] == response.get_json()["default_host"]
    assert response.headers["Cache-Control"] == "no-store"


def test_no_route_without_proof_client_or_deployment(client: FlaskClient, account: Account) -> None:
    served(account, "pending.acme.test", DomainState.PENDING)
    served(account, "asleep.acme.test", deployed=False)
    make_domain(account, "alone.acme.test", DomainState.VERIFIED)
    db.session.commit()
    for name in ("pending", "asleep", "alone", "unknown"):
        assert client.get(f"/edge/route?domain={name}.acme.test").status_code == 404
    assert client.get("/edge/route").status_code == 400


def test_claim_of_another_account_leads_nowhere(client: FlaskClient, account: Account) -> None:
    served(account, "chat.acme.test")
    other = make_account("Other", number="9999-0000-1111")
    served(other, "chat.acme.test", DomainState.PENDING)
    assert client.get("/edge/route?domain=chat.acme.test").get_json()["account"] == "1234-5678-9012"


def test_traefik_gets_a_router_and_a_service_for_each_route(client: FlaskClient, account: Account) -> None:
    second = served(account, "b.acme.test")
    first = served(account, "a.acme.test")
    served(account, "asleep.acme.test", deployed=False)
    http = json.loads(client.get("/edge/traefik").text)["http"]
    names = [f"domain-{first.id}-a-acme-test", f"domain-{second.id}-b-acme-test"]
    assert list(http["routers"]) == list(http["services"]) == names
    assert http["routers"][names[0]] == {"rule": "Host(`a.acme.test`)", "service": names[0]}
    assert http["services"][names[0]] == {
        "loadBalancer": {
            "passHostHeader": False,
            "servers": [{"url": "https://a.1234-5678-9012.api.platform.example"}],
        }
    }


def test_traefik_gets_the_same_bytes_for_the_same_routes(client: FlaskClient, account: Account) -> None:
    served(account, "b.acme.test")
    served(account, "a.acme.test", DomainState.FAILING)
    before = client.get("/edge/traefik").data
    make_domain(account, "c.acme.test")
    db.session.commit()
    assert client.get("/edge/traefik").data == before
    served(account, "d.acme.test")
    assert client.get("/edge/traefik").data != before


def test_names_that_differ_by_a_dot_keep_their_own_routers(client: FlaskClient, account: Account) -> None:
    served(account, "a.b.acme.test")
    domain = make_domain(account, "a-b.acme.test", DomainState.VERIFIED)
    make_llm_client(account, "other", deployed=True, custom_domain=domain)
    db.session.commit()
    assert len(json.loads(client.get("/edge/traefik").text)["http"]["routers"]) == 2


def test_without_routes_the_document_is_empty(client: FlaskClient) -> None:
    """Traefik refuses an empty `routers` and would keep the ones of before."""
    response = client.get("/edge/traefik")
    assert (response.get_json(), response.mimetype) == ({}, "application/json")
    assert response.headers["Cache-Control"] == "no-store"


def test_silent_database_is_no_empty_configuration(client: FlaskClient) -> None:
    db.drop_all()
    assert client.get("/edge/traefik").status_code == 503
