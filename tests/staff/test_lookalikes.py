"""Names in other letters: staff get a finding, and see in their lists what each looks like."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.page_lint import elements, parse, text_of
from webapp.audit.log import COMMAND
from webapp.domains import lifecycle, registration, suspension
from webapp.extensions import db, settings
from webapp.messages.catalogue import sentence
from webapp.models import Account, Finding, LLMClientCustomDomain, Message, User, utcnow
from webapp.zones import findings
from webapp.zones.findings import FindingKind

#: In Cyrillic letters.
TWIN = "chat.\u0440\u0430\u0443\u0440\u0430.com"
NOW = utcnow()


@pytest.fixture
def browser(client: FlaskClient, staff_member: User) -> FlaskClient:
    return sign_in(client, staff_member)


def registered(account: Account, typed: str = TWIN) -> LLMClientCustomDomain:
    found = registration.register(account, typed, actor=COMMAND, settings=settings())
    assert isinstance(found, registration.Registered)
    db.session.commit()
    return found.domain


def waiting() -> list[Finding]:
    return list(findings.waiting(of_claims=True))


def words_of(finding: Finding) -> str:
    assert finding.message is not None
    return sentence(finding.message)


def test_registered_lookalike_waits_for_staff(account: Account) -> None:
    domain = registered(account)
    [finding] = waiting()
    assert (finding.kind, finding.custom_domain_id) == ("lookalike", domain.id)
    assert f"of account {account.number} looks like chat.paypa.com" in words_of(finding)


@pytest.mark.parametrize("name", ["chat.paypal.com", "chat.straße.com", "chat.москва.com"])
def test_other_names_do_not(account: Account, name: str) -> None:
    registered(account, name)
    assert waiting() == []


@pytest.mark.parametrize("end", ["suspended", "removed"])
def test_it_waits_no_more_when_the_name_is_dealt_with(account: Account, end: str) -> None:
    domain = registered(account)
    if end == "suspended":
        suspension.suspend(domain, actor=COMMAND, reason="Phishing.", now=NOW)
    else:
        lifecycle.remove(domain, actor=COMMAND, now=NOW)
    assert waiting() == []


def test_staff_say_that_it_is_harmless(browser: FlaskClient, account: Account) -> None:
    registered(account)
    page = parse(browser.get("/staff").text)
    [finding] = waiting()
    [line] = [one for one in elements(page, "li") if one.get("data-finding") == "lookalike"]
    assert "looks like chat.paypa.com" in text_of(line)
    answer = browser.post(f"/staff/findings/{finding.id}/harmless")
    assert (answer.status_code, answer.location) == (303, "/staff#claims")
    db.session.expire_all()
    assert waiting() == []
    assert "looks like" not in browser.get("/staff").text


def test_other_findings_are_closed_by_what_they_are_about(browser: FlaskClient, account: Account) -> None:
    domain = registered(account)
    told = Message("finding.check-fault", {"name": domain.domain_name})
    other = findings.report(FindingKind.CHECK_FAULT, told, NOW, domain_id=domain.id)
    db.session.commit()
    browser.post(f"/staff/findings/{other.id}/harmless")
    db.session.expire_all()
    assert other.resolved_at is None


def test_nobody_else_closes_one(client: FlaskClient, account: Account, customer: User) -> None:
    registered(account)
    [finding] = waiting()
    answer = sign_in(client, customer).post(f"/staff/findings/{finding.id}/harmless")
    assert answer.status_code == 404
    db.session.expire_all()
    assert waiting()


def test_lists_and_the_page_say_what_it_looks_like(browser: FlaskClient, account: Account) -> None:
    domain = registered(account)
    registered(account, "chat.acme.com")
    for url in ("/staff/domains", f"/staff/accounts/{account.id}", f"/staff/domains/{domain.id}"):
        page = parse(browser.get(url).text)
        marks = [one for one in elements(page) if one.get("data-lookalike") is not None]
        assert len(marks) == 1, url
        assert "chat.paypa.com" in text_of(marks[0])
