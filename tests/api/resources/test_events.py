"""Events by the API."""

from __future__ import annotations

from flask import Flask

from tests.api.conftest import Ask, program
from tests.factories import make_account, make_domain, make_key
from webapp.audit.log import note, note_account
from webapp.extensions import db
from webapp.models import Account, DomainState, EventKind, LLMClientCustomDomain, Message


def registered(domain: LLMClientCustomDomain) -> None:
    note(domain, EventKind.REGISTERED, Message("domain.registered", {"name": domain.domain_name}))


def test_what_a_key_did_is_told_with_its_name(ask: Ask) -> None:
    domain = ask("POST", "/domains", json={"domain_name": "chat.acme.test"}).get_json()
    [told] = ask("GET", f"/domains/{domain['id']}/events").get_json()["data"]
    assert (told["kind"], told["code"], told["actor_kind"]) == ("registered", "domain.registered", "key")
    assert told["actor"].startswith("Deploy (npk_live_")
    assert told["domain_id"] == domain["id"]
    assert told["request_id"]


def test_events_of_the_account_are_newest_first_and_by_kind(ask: Ask, account: Account) -> None:
    domain = make_domain(account)
    registered(domain)
    note_account(account, EventKind.PERSON_LEFT, Message("person.left", {"email": "x@acme.test"}))
    registered(make_domain(make_account("Other"), "chat.other.test"))
    db.session.commit()
    assert [one["kind"] for one in ask("GET", "/events").get_json()["data"]] == ["person.left", "registered"]
    found = ask("GET", "/events?kind=registered").get_json()["data"]
    assert [one["domain"] for one in found] == ["chat.acme.test"]
    assert ask("GET", "/events?kind=nothing").get_json()["data"] == []


def test_a_removed_domain_keeps_its_history(ask: Ask, account: Account) -> None:
    domain = make_domain(account, state=DomainState.REMOVED)
    registered(domain)
    db.session.commit()
    assert ask("GET", f"/domains/{domain.id}").status_code == 404
    assert len(ask("GET", f"/domains/{domain.id}/events").get_json()["data"]) == 1


def test_a_test_key_reads_of_test_names_alone(app: Flask, account: Account) -> None:
    for name in ("chat.acme.test", "chat.acme.com"):
        registered(make_domain(account, name))
    note_account(account, EventKind.PERSON_LEFT, Message("person.left", {"email": "x@acme.test"}))
    _, token = make_key(account, scopes=["read"], test=True)
    db.session.commit()
    found = program(app, token)("GET", "/events").get_json()["data"]
    assert [one["domain"] for one in found] == ["chat.acme.test"]
