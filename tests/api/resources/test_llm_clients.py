"""LLM clients by the API."""

from __future__ import annotations

from flask import Flask

from tests.api.conftest import Ask, program
from tests.app_fixtures import change
from tests.factories import make_account, make_domain, make_key, make_llm_client
from webapp.extensions import db
from webapp.models import Account, DomainState, LLMClient, utcnow


def test_one_is_created_read_and_changed(ask: Ask, account: Account) -> None:
    made = ask("POST", "/llm-clients", json={"name": "Sales"})
    assert made.status_code == 201
    assert made.get_json()["default_host"] == "sales.1234-5678-9012.api.platform.example"
    where = made.headers["Location"].removeprefix("/api/v1")
    changed = ask("PATCH", where, json={"deployed": False})
    assert changed.get_json() == {**made.get_json(), "deployed": False}
    assert ask("PATCH", where, json={"name": " Support "}).get_json()["name"] == "Support"
    assert ask("GET", where).get_json()["deployed"] is False


def test_it_is_served_at_a_domain_and_let_go(ask: Ask, account: Account) -> None:
    domain, client = make_domain(account, state=DomainState.VERIFIED), make_llm_client(account)
    db.session.commit()
    where = f"/llm-clients/{client.id}"
    told = ask("PATCH", where, json={"domain_id": domain.id}).get_json()
    assert (told["hostname"], told["domain"]["id"]) == ("chat.acme.test", domain.id)
    assert ask("PATCH", where, json={"domain_id": None}).get_json()["domain"] is None


def test_a_domain_of_another_account_is_none(ask: Ask, account: Account) -> None:
    other, client = make_domain(make_account("Other"), "chat.other.test"), make_llm_client(account)
    db.session.commit()
    answers = [
        ask("PATCH", f"/llm-clients/{client.id}", json={"domain_id": row_id}) for row_id in (other.id, 4711)
    ]
    told = [{**answer.get_json(), "request_id": ""} for answer in answers]
    assert told[0] == told[1]
    assert (told[0]["code"], told[0]["errors"][0]["pointer"]) == ("domain-unknown", "/domain_id")


def test_a_suspended_domain_keeps_its_client(ask: Ask, account: Account) -> None:
    domain = make_domain(account, held_at=utcnow(), hold_reason="Phishing.")
    client = make_llm_client(account, custom_domain=domain)
    db.session.commit()
    answer = ask("PATCH", f"/llm-clients/{client.id}", json={"domain_id": None, "name": "Other"})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "suspended")
    db.session.expire_all()
    assert (client.custom_domain, client.name) == (domain, "Sales")


def test_the_limit_of_an_account_is_a_refusal(app: Flask, ask: Ask, account: Account) -> None:
    change(app, llm_clients_per_account=1)
    make_llm_client(account)
    db.session.commit()
    answer = ask("POST", "/llm-clients", json={"name": "Another"})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "llm-client-refused")


def test_a_list_is_searched_by_name(ask: Ask, account: Account) -> None:
    for name in ("Sales", "Support", "100% sales"):
        make_llm_client(account, name)
    db.session.commit()

    def named(text: str) -> list[str]:
        found = ask("GET", "/llm-clients", query_string={"name_contains": text})
        return [one["name"] for one in found.get_json()["data"]]

    assert named("sales") == ["100% sales", "Sales"]
    assert named("0%") == ["100% sales"]
    assert named("") == ["100% sales", "Support", "Sales"]


def test_a_key_for_llm_clients_alone_changes_no_domain(app: Flask, account: Account) -> None:
    """What visitors of a domain reach is the domain's, by whichever of the two it is changed."""
    domain, client = make_domain(account, state=DomainState.VERIFIED), make_llm_client(account)
    client.custom_domain = domain
    _, token = make_key(account, scopes=["llm-clients:write", "domains:read"])
    db.session.commit()
    ask, where = program(app, token), f"/llm-clients/{client.id}"
    for wanted in (None, domain.id):
        answer = ask("PATCH", where, json={"name": "Other", "domain_id": wanted})
        assert (answer.status_code, answer.get_json()["scope"]) == (403, "domains:write")
    assert ask("PATCH", where, json={"name": "Other"}).get_json()["domain"]["id"] == domain.id


def test_one_is_deleted_for_good(ask: Ask, account: Account) -> None:
    where = ask("POST", "/llm-clients", json={"name": "Sales"}).headers["Location"].removeprefix("/api/v1")
    etag = ask("GET", where).headers["ETag"]
    assert ask("DELETE", where, headers={"If-Match": '"other"'}).status_code == 412
    assert ask("DELETE", where, headers={"If-Match": etag}).status_code == 204
    assert (ask("GET", where).status_code, ask("DELETE", where).status_code) == (404, 404)
    [told] = ask("GET", "/events?kind=llm_client.deleted").get_json()["data"]
    assert told["params"] == {"name": "Sales", "host": "sales.1234-5678-9012.api.platform.example"}


def test_one_that_a_domain_leads_to_is_not_deleted(ask: Ask, account: Account) -> None:
    client = make_llm_client(account, custom_domain=make_domain(account))
    db.session.commit()
    answer = ask("DELETE", f"/llm-clients/{client.id}")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "llm-client-serves")
    assert "chat.acme.test leads to Sales" in answer.get_json()["detail"]
    assert ask("GET", f"/llm-clients/{client.id}").status_code == 200


def test_nobody_deletes_one_of_another_account(ask: Ask, account: Account) -> None:
    other = make_llm_client(make_account("Other"))
    db.session.commit()
    assert ask("DELETE", f"/llm-clients/{other.id}").status_code == 404
    assert db.session.get(LLMClient, other.id, populate_existing=True) is not None
