"""The second step of a registration: what is recommended, why, and what follows of the choice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import make_app, make_tables, sign_in
from tests.domain_page.pages import attribute
from tests.factories import make_account, make_domain, make_user
from tests.page_lint import elements, parse, text_of, with_id
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import MemoryZone
from webapp.audit.log import Actor
from webapp.dns import names
from webapp.domain_page.proving.choosing import choice
from webapp.domains import registration
from webapp.extensions import db, settings
from webapp.models import Account, LLMClientCustomDomain, Method, User
from webapp.proofs import first_look
from webapp.proofs.choice import Seen

HOST = "chat.acme.com"
BOTH = (Method.DELEGATION, Method.RECORDS)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = make_app(
        tmp_path,
        methods=["delegation", "records"],
        edge_domain="edge.platform.example",
        edge_target=["45.76.10.1"],
    )
    with app.app_context():
        make_tables()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def zone(app: Flask) -> MemoryZone:
    return cast("MemoryDns", app.extensions["dns"]).zone("acme.com", "ns1.acme.com", "ns2.acme.com")


def first_step(browser: FlaskClient, name: str = HOST) -> str:
    answer = browser.post("/domains/register", data={"domain_name": name, "llm_client": "", "method": ""})
    assert answer.status_code == 200, answer.text
    assert db.session.query(LLMClientCustomDomain).count() == 0
    return answer.text


def offered(page: str) -> list[str]:
    """The ways, the one that is chosen already first."""
    radios = [one for one in elements(parse(page), "input") if one.get("type") == "radio"]
    assert [one.get("value") for one in radios if "checked" in one.attrib] == [radios[0].get("value")]
    return [str(one.get("value")) for one in radios]


def test_free_name_is_recommended_the_default(browser: FlaskClient, zone: MemoryZone) -> None:
    page = first_step(browser)
    assert offered(page) == ["delegation", "records"]
    assert "Nothing answers at" in page
    read = text_of(parse(page))
    for here in (
        f"How do you prove that {HOST} is yours?",
        "TXT and CNAME records of your own",
        "You can change this later",
    ):
        assert here in read


def test_name_with_a_site_goes_on_until_the_switch(browser: FlaskClient, zone: MemoryZone) -> None:
    zone.put(HOST, "A", "203.0.113.7")
    page = first_step(browser)
    assert offered(page) == ["records", "delegation"]
    assert "With records it goes on until you switch, at a moment that you choose." in page
    registered = {"domain_name": HOST, "llm_client": "", "method": offered(page)[0]}
    assert browser.post("/domains/register", data=registered).status_code == 303
    domain = db.session.query(LLMClientCustomDomain).one()
    assert domain.method is Method.RECORDS
    assert domain.zones == []
    assert len(domain.records_proofs) == 1


@pytest.mark.parametrize("broken", [False, True], ids=["kept", "cache away"])
def test_provider_that_was_seen_is_named_before_the_first_check(
    app: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch, broken: bool
) -> None:
    """With NS records the set-up asks for it. With records of one's own nobody has asked yet but this look."""
    if broken:
        monkeypatch.setattr(first_look, "cache", None)
    cast("MemoryDns", app.extensions["dns"]).zone("acme.com", "dns1.registrar-servers.com")
    first_step(browser)
    registered = {"domain_name": HOST, "llm_client": "", "method": "records"}
    page = browser.post("/domains/register", data=registered, follow_redirects=True).text
    heading = text_of(with_id(parse(page), "records"))
    assert heading == f"Add these,{'' if broken else ' at Namecheap,'} where acme.com is managed"


def test_whole_domain_is_offered_records_alone(browser: FlaskClient, zone: MemoryZone) -> None:
    page = first_step(browser, "acme.com")
    assert offered(page) == ["records"]
    assert "records leave them where they are" in page
    read = text_of(parse(page))
    assert "How you prove that acme.com is yours" in read
    assert "TXT and address records of your own" in read
    for elsewhere in ("How do you prove", "CNAME", "You can change this later"):
        assert elsewhere not in read
    registered = {"domain_name": "acme.com", "llm_client": "", "method": "records"}
    assert browser.post("/domains/register", data=registered).status_code == 303


def test_whole_domain_to_be_delegated_is_refused_with_the_way_that_works(
    browser: FlaskClient, zone: MemoryZone
) -> None:
    for method in ({}, {"method": "delegation"}):
        answer = browser.post(
            "/domains/register", data={"domain_name": "acme.com", "llm_client": "", **method}
        )
        assert answer.status_code == 422
        assert "delegating it also moves its mail and web site" in answer.text
        assert offered(answer.text) == ["records"]


def test_silent_dns_recommends_the_default_and_says_so(
    browser: FlaskClient, zone: MemoryZone, app: Flask
) -> None:
    dns = cast("MemoryDns", app.extensions["dns"])
    for server in ("ns1.acme.com", "ns2.acme.com"):
        dns.server(server).fault = Fault.UNREACHABLE
    page = first_step(browser)
    assert offered(page)[0] == "delegation"
    assert "We could not ask the name servers of" in page


def test_script_that_chooses_nothing_registers_by_the_default(browser: FlaskClient, zone: MemoryZone) -> None:
    zone.put(HOST, "A", "203.0.113.7")
    assert browser.post("/domains/register", data={"domain_name": HOST, "llm_client": ""}).status_code == 303
    assert db.session.query(LLMClientCustomDomain).one().method is Method.DELEGATION


def test_name_that_cannot_be_registered_is_refused_before_there_is_a_choice(
    browser: FlaskClient, account: Account
) -> None:
    for name in ("co.uk", "not a name", ""):
        sent = {"domain_name": name, "llm_client": "", "method": ""}
        answer = browser.post("/domains/register", data=sent)
        assert answer.status_code == 422
        assert "data-recommended" not in answer.text
    make_domain(account, HOST)
    db.session.commit()
    sent = {"domain_name": HOST, "llm_client": "", "method": ""}
    assert browser.post("/domains/register", data=sent).status_code == 303


def test_unknown_way_is_refused_in_words(browser: FlaskClient) -> None:
    sent = {"domain_name": HOST, "llm_client": "", "method": "telephone"}
    answer = browser.post("/domains/register", data=sent)
    assert answer.status_code == 422
    assert "Names cannot be proved by “telephone”. Choose delegation or records." in answer.text


def test_one_method_means_no_second_step(tmp_path: Path) -> None:
    only = make_app(
        tmp_path, methods=["records"], edge_domain="edge.platform.example", edge_target=["45.76.10.1"]
    )
    with only.app_context():
        make_tables()
        only.config["WTF_CSRF_ENABLED"] = False
        browser = sign_in(only.test_client(), make_user(account=make_account()))
        page = parse(browser.get("/domains/register").text)
        assert "Continue" not in text_of(page)
        assert "four name servers" not in text_of(page)
        assert (
            browser.post("/domains/register", data={"domain_name": HOST, "llm_client": ""}).status_code == 303
        )
        assert db.session.query(LLMClientCustomDomain).one().method is Method.RECORDS
        sent = {"domain_name": "b.acme.com", "llm_client": "", "method": "delegation"}
        refused = browser.post("/domains/register", data=sent)
        assert refused.status_code == 422
        assert "Names cannot be proved by delegation here. Choose records." in refused.text
        assert attribute(page, "data-recommended") == []
        db.session.remove()
        db.engine.dispose()


def test_claims_by_records_count_as_waiting_and_draw_no_zone(
    app: Flask, account: Account, customer: User
) -> None:
    limits = settings().model_copy(update={"unverified_per_account": 2, "zones_per_account_per_day": 0})

    def registered(name: str, method: Method) -> str:
        found = registration.register(
            account, name, actor=Actor.person(customer), settings=limits, method=method
        )
        return found.reason if isinstance(found, names.Refusal) else "registered"

    assert registered("a.acme.com", Method.DELEGATION) == "too-many"
    assert registered("a.acme.com", Method.RECORDS) == "registered"
    assert registered("b.acme.com", Method.RECORDS) == "registered"
    assert registered("c.acme.com", Method.RECORDS) == "too-many-unverified"


@pytest.mark.parametrize("provider", ["Sandbox Sites", ""])
def test_choice_names_the_provider_where_it_is_known(provider: str) -> None:
    found = choice(names.HostName(HOST), Seen(zone="acme.com", provider=provider, refuses_ns="No NS."), BOTH)
    assert (found.provider, found.why[0]) == (provider, "No NS.")
