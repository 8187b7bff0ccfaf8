"""What staff do to a domain: each act has a reason, is logged, and its people read it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.app_fixtures import sign_in
from tests.dns.delegation.cases import OURS, world
from tests.dns.records_method import cases as records_cases
from tests.factories import make_domain, make_zone
from tests.page_lint import parse, text_of, with_id
from webapp.extensions import db
from webapp.models import (
    Account,
    ActorKind,
    Certificate,
    CertificateState,
    Check,
    DomainState,
    Event,
    LLMClientCustomDomain,
    Method,
    User,
    utcnow,
)
from webapp.proofs.records import intent

HOST = "chat.acme.com"
REASON = "Reported as phishing."


@pytest.fixture
def browser(client: FlaskClient, staff_member: User, queued: list[object]) -> FlaskClient:
    return sign_in(client, staff_member)


@pytest.fixture
def owner(browser: FlaskClient, customer: User) -> FlaskClient:
    return sign_in(browser.application.test_client(), customer)


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    """Failing, so that every act is possible."""
    domain = make_domain(account, HOST, DomainState.FAILING, grace_until=utcnow() + timedelta(days=1))
    make_zone(domain, name_servers=list(OURS))
    domain.certificates.append(
        Certificate(domain_name=HOST, state=CertificateState.FAILED, idempotency_token="t")
    )
    db.session.commit()
    return domain


def held(domain: LLMClientCustomDomain) -> None:
    domain.held_at, domain.hold_reason = utcnow(), REASON
    db.session.commit()


ACTS = ["checks", "hold", "release", "grace", "certificate"]


def test_records_are_offered_until_the_name_is_removed(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    assert "Copy all four" in browser.get(f"/staff/domains/{domain.id}").text
    domain.state, domain.grace_until = DomainState.REMOVED, None
    db.session.commit()
    page = browser.get(f"/staff/domains/{domain.id}").text
    assert f"{HOST} was removed." in page
    assert "Copy all four" not in page


@pytest.mark.parametrize("act", ACTS)
def test_act_without_a_reason_is_refused_and_does_nothing(
    browser: FlaskClient, domain: LLMClientCustomDomain, act: str
) -> None:
    if act == "release":
        held(domain)
    before = domain.version
    answer = browser.post(f"/staff/domains/{domain.id}/{act}", data={"reason": "  ", "days": "3"})
    assert answer.status_code == 422
    assert "Enter a reason; the customer reads it in the history." in answer.text
    assert db.session.scalars(select(Event)).all() == []
    db.session.rollback()
    assert domain.version == before


@pytest.mark.parametrize("act", ACTS)
def test_act_stands_with_its_reason_in_the_customers_history(
    browser: FlaskClient, owner: FlaskClient, domain: LLMClientCustomDomain, act: str
) -> None:
    if act == "release":
        held(domain)
    data = {"reason": "They called us.", "days": "3"}
    assert browser.post(f"/staff/domains/{domain.id}/{act}", data=data).status_code == 303
    event = db.session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert event is not None
    assert (event.actor_kind, event.reason) == (ActorKind.STAFF, "They called us.")
    page = owner.get(f"/domains/{domain.id}").text
    assert "Reason: They called us." in page
    assert "Nameplate’s staff" in page
    assert "They called us." in browser.get("/staff/events").text


@pytest.mark.parametrize("act", [*ACTS, "look"])
def test_act_is_there_for_staff_alone(owner: FlaskClient, domain: LLMClientCustomDomain, act: str) -> None:
    answer = owner.post(f"/staff/domains/{domain.id}/{act}", data={"reason": "x", "days": "3"})
    assert answer.status_code == 404
    assert db.session.scalars(select(Event)).all() == []


def test_name_on_hold_is_served_nowhere_and_its_owner_is_told_why(
    browser: FlaskClient, owner: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    assert browser.get(f"/edge/ask?domain={HOST}").status_code == 200
    assert LLMClientCustomDomain.get_verified_domains() == [HOST]
    browser.post(f"/staff/domains/{domain.id}/hold", data={"reason": REASON})
    assert browser.get(f"/edge/ask?domain={HOST}").status_code == 404
    assert LLMClientCustomDomain.get_verified_domains() == []
    page = parse(owner.get(f"/domains/{domain.id}").text)
    assert text_of(with_id(page, "headline")) == "Suspended"
    said = text_of(with_id(page, "status"))
    assert "Suspended by staff on" in said
    assert "Reported as phishing." in said
    assert "Contact nameplate@localhost." in said
    assert with_id(page, "verify") is None
    assert with_id(page, "leads-to") is None
    assert with_id(page, "removal") is not None
    assert "Suspended" in owner.get("/domains").text


def test_owner_of_a_held_name_can_remove_it_and_nothing_else(
    owner: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    held(domain)
    url = f"/domains/{domain.id}"
    for path, data in (
        ("checks", {}),
        ("llm-client", {"llm_client": ""}),
        ("acknowledgement", {"known": "y"}),
    ):
        owner.post(f"{url}/{path}", data=data)
    assert db.session.scalar(select(func.count()).select_from(Check)) == 0
    assert db.session.scalars(select(Event)).all() == []
    said = text_of(with_id(parse(owner.get(url).text), "flashes"))
    assert "is suspended, so that nothing about it can be changed. Contact nameplate@localhost." in said
    assert owner.post(f"{url}/remove").status_code == 303
    db.session.rollback()
    assert domain.state is DomainState.REMOVING
    again = owner.post("/domains/register", data={"domain_name": HOST, "llm_client": ""})
    assert again.status_code == 422
    assert "is suspended in this account" in again.text


def test_act_that_is_not_possible_says_why(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    url = f"/staff/domains/{domain.id}"
    browser.post(f"{url}/release", data={"reason": "x"})
    assert "is not suspended" in browser.get(url).text
    held(domain)
    browser.post(f"{url}/hold", data={"reason": "x"})
    assert "is suspended already" in browser.get(url).text
    browser.post(f"{url}/grace", data={"reason": "x", "days": "3"})
    assert "Release it first" in browser.get(url).text
    browser.post(f"{url}/checks", data={"reason": "x"})
    assert "is suspended, so that" in browser.get(url).text
    assert db.session.scalars(select(Event)).all() == []


@pytest.mark.parametrize("days", ["", "0", "91", "many"])
def test_grace_is_moved_by_a_number_of_days(
    browser: FlaskClient, domain: LLMClientCustomDomain, days: str
) -> None:
    before = domain.grace_until
    answer = browser.post(f"/staff/domains/{domain.id}/grace", data={"reason": "x", "days": days})
    assert answer.status_code == 422
    assert "grace-days-problem" in answer.text
    db.session.rollback()
    assert domain.grace_until == before


def test_inspection_shows_what_dns_says_and_stores_nothing(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    browser.application.extensions["dns"], _ = world()
    before = domain.version
    answer = browser.post(f"/staff/domains/{domain.id}/inspect")
    assert answer.status_code == 200
    assert 'data-verdict="VERIFIED"' in answer.text
    assert "dig +norecurse" in answer.text
    assert db.session.scalar(select(func.count()).select_from(Check)) == 0
    assert db.session.scalars(select(Event)).all() == []
    db.session.rollback()
    assert domain.version == before


def test_inspection_before_there_is_a_zone(browser: FlaskClient, account: Account) -> None:
    domain = make_domain(account, "new.acme.com")
    db.session.commit()
    assert browser.post(f"/staff/domains/{domain.id}/inspect").status_code == 303
    assert "There is nothing to look for yet" in browser.get(f"/staff/domains/{domain.id}").text


def test_inspection_of_a_claim_by_records(browser: FlaskClient, account: Account) -> None:
    """It asks for the claim's token and target, and never for name servers."""
    domain = make_domain(account, HOST, method=Method.RECORDS)
    db.session.commit()
    assert browser.post(f"/staff/domains/{domain.id}/inspect").status_code == 303
    assert "There is nothing to look for yet" in browser.get(f"/staff/domains/{domain.id}").text
    proof = intent.want_proof(domain, utcnow())
    proof.edge_domain = "edge.nameplate.net"
    db.session.commit()
    dns, acme = records_cases.world(token=proof.token, target=None)
    browser.application.extensions["dns"] = dns
    answer = browser.post(f"/staff/domains/{domain.id}/inspect")
    assert 'data-verdict="CNAME_MISSING"' in answer.text
    assert proof.target in answer.text
    assert f"_nameplate-challenge.{HOST} TXT" in answer.text
    dns.zone("edge.nameplate.net", "ns1.edge.nameplate.net").put(proof.target, "A", *records_cases.EDGE[:2])
    acme.put(HOST, "CNAME", proof.target)
    assert 'data-verdict="VERIFIED"' in browser.post(f"/staff/domains/{domain.id}/inspect").text
    assert db.session.scalar(select(func.count()).select_from(Check)) == 0


def test_check_now_says_that_it_has_begun(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    url = f"/staff/domains/{domain.id}/checks"
    answer = browser.post(url, data={"reason": "They called."}, follow_redirects=True)
    assert "The check has begun." in answer.text


def test_staff_are_not_told_to_contact_themselves(
    browser: FlaskClient, owner: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    held(domain)
    assert "Contact " in owner.get(f"/domains/{domain.id}").text
    card = text_of(with_id(parse(browser.get(f"/staff/domains/{domain.id}").text), "status"))
    assert "Contact " not in card
    assert "Release it once the reason is gone." in card
