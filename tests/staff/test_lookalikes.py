"""Names in other letters: staff get a finding, and see in their lists what each looks like."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_domain
from tests.page_lint import elements, parse, text_of
from webapp.audit.log import COMMAND
from webapp.domains import lifecycle, registration, suspension
from webapp.extensions import db, settings
from webapp.messages.catalogue import sentence
from webapp.models import Account, Finding, LLMClientCustomDomain, Message, User, utcnow
from webapp.staff import lookalikes, tasks
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
    return list(findings.of_claims(FindingKind.LOOKALIKE))


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
    assert (answer.status_code, answer.location) == (303, "/staff#lookalikes")
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


def report_missed() -> None:
    tasks.report_lookalikes.run()
    db.session.expire_all()


def test_name_that_a_script_saved_is_found_by_the_daily_pass(account: Account) -> None:
    saved = LLMClientCustomDomain(account=account, domain_name=TWIN).save()
    LLMClientCustomDomain(account=account, domain_name="chat.straße.com").save()
    LLMClientCustomDomain(account=account, domain_name="chat.acme.com").save()
    assert waiting() == []
    for _ in range(2):
        report_missed()
        assert [finding.custom_domain_id for finding in waiting()] == [saved.id]


def test_daily_pass_reads_all_names_a_little_at_a_time(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookalikes, "AT_ONCE", 2)
    saved = [make_domain(account, f"n{number}.{TWIN}") for number in range(5)]
    db.session.commit()
    report_missed()
    assert {finding.custom_domain_id for finding in waiting()} == {one.id for one in saved}


@pytest.mark.parametrize("dealt_with", ["harmless", "suspended", "removed"])
def test_daily_pass_leaves_what_staff_or_its_people_dealt_with(account: Account, dealt_with: str) -> None:
    domain = make_domain(account, TWIN)
    report_missed()
    if dealt_with == "harmless":
        lookalikes.accept(waiting()[0], NOW)
    elif dealt_with == "suspended":
        suspension.suspend(domain, actor=COMMAND, reason="Phishing.", now=NOW)
    else:
        lifecycle.remove(domain, actor=COMMAND, now=NOW)
    db.session.commit()
    report_missed()
    assert waiting() == []


def test_name_that_was_suspended_before_any_finding_is_left_alone(account: Account) -> None:
    make_domain(account, TWIN, held_at=NOW)
    report_missed()
    assert waiting() == []


def refused_claim(name: str, owner: Account) -> LLMClientCustomDomain:
    domain = make_domain(owner, name)
    params = {"name": name, "account": owner.number, "why": "in-use", "other": None, "other_account": None}
    told = Message("finding.claim-refused", {**params, "suspended": False})
    findings.report(FindingKind.CLAIM_REFUSED, told, NOW, domain_id=domain.id)
    return domain


def test_many_lookalikes_hide_no_refused_claim(browser: FlaskClient, account: Account) -> None:
    refused_claim("chat.acme.com", make_account("Rival"))
    for number in range(25):
        make_domain(account, f"n{number}.{TWIN}")
    report_missed()
    page = parse(browser.get("/staff").text)
    kinds = [one.get("data-finding") for one in elements(page, "li") if one.get("data-finding")]
    assert kinds == ["claim-refused", *["lookalike"] * 20]


@pytest.mark.parametrize("kind", [FindingKind.CLAIM_REFUSED, FindingKind.LOOKALIKE])
def test_many_of_one_account_hide_no_other_account(account: Account, kind: FindingKind) -> None:
    first = make_domain(make_account("First"), TWIN)
    many = [make_domain(account, f"n{number}.{TWIN}") for number in range(25)]
    for domain in (first, *many):
        findings.report(kind, Message("aws", {"said": "x", "code": ""}), NOW, domain_id=domain.id)
    shown = [finding.custom_domain_id for finding in findings.of_claims(kind, limit=20)]
    assert shown == [many[-1].id, first.id, *[one.id for one in reversed(many[6:-1])]][:20]


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
