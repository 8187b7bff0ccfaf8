"""A certificate that was not issued is tried again when somebody says that the cause is fixed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.factories import make_domain, make_zone
from tests.page_lint import parse, text_of, with_id
from webapp.audit.log import COMMAND
from webapp.certificates import retry
from webapp.certificates.queries import JOB
from webapp.dns.caa import CaaVerdict
from webapp.domains import limits, queries, suspension
from webapp.extensions import db, settings
from webapp.messages.sentences.certificates import Problem
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    DomainState,
    EventKind,
    LLMClientCustomDomain,
    Message,
    User,
    utcnow,
)

NOW = utcnow().replace(microsecond=0)
HOST = "chat.acme.com"
LATER = NOW + timedelta(hours=4)
CAA = Message(
    Problem.CAA_RESTRICTED.value,
    {
        "where": "acme.com",
        "allows": ["letsencrypt.org"],
        "authority": "amazon.com",
        "add": '0 issue "amazon.com"',
    },
)
BLOCKED: dict[str, Any] = {
    "failure_reason": CaaVerdict.BLOCKED.value,
    "problem": CAA,
    "next_attempt_at": LATER,
}
NO_REASON = Message(Problem.NO_REASON.value, {"name": HOST})
Queued = list[tuple[str, tuple[object, ...]]]


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, HOST, DomainState.VERIFIED)
    make_zone(domain)
    db.session.commit()
    return domain


@pytest.fixture
def blocked(domain: LLMClientCustomDomain) -> Certificate:
    return give(domain, **BLOCKED)


def give(domain: LLMClientCustomDomain, **values: Any) -> Certificate:
    facts = {"state": CertificateState.FAILED, "idempotency_token": "t", **values}
    certificate = Certificate(custom_domain_id=domain.id, domain_name=HOST, **facts)
    db.session.add(certificate)
    db.session.commit()
    return certificate


def by_owner(
    domain: LLMClientCustomDomain, now: datetime = NOW
) -> retry.Retried | limits.TooSoon | limits.NotReady:
    return retry.by_owner(domain, actor=COMMAND, settings=settings(), now=now)


def by_staff(domain: LLMClientCustomDomain) -> str | None:
    return retry.by_staff(domain, actor=COMMAND, reason="They called.", now=NOW)


def test_owner_who_fixed_it_need_not_wait(domain: LLMClientCustomDomain, blocked: Certificate) -> None:
    assert by_owner(domain) == retry.Retried(blocked.id)
    assert blocked.next_attempt_at == NOW
    event = queries.history(domain)[0]
    assert (event.kind, event.reason) == (EventKind.CERTIFICATE_RETRIED, None)


def test_owner_is_limited_as_by_verify(domain: LLMClientCustomDomain, blocked: Certificate) -> None:
    by_owner(domain)
    blocked.next_attempt_at = LATER
    assert by_owner(domain, NOW + timedelta(seconds=12)) == limits.TooSoon(18)
    assert blocked.next_attempt_at == LATER
    assert len(queries.history(domain)) == 1
    assert by_owner(domain, NOW + timedelta(seconds=30)) == retry.Retried(blocked.id)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"state": CertificateState.VALIDATING}, "Nothing that you could fix"),
        ({"failure_reason": "OTHER", "problem": NO_REASON}, "Nothing that"),
        ({"problem": Message("aws", {"said": "Throttling", "code": "x"})}, "Nothing that you could fix"),
        ({"failure_reason": "HOST_TOO_LONG"}, "Nothing that you could fix"),
        (
            {"failure_reason": "CAA_ERROR", "next_attempt_at": None},
            "before staff have checked it. Contact nameplate@",
        ),
    ],
)
def test_owner_cannot_go_on_where_it_would_not_help(
    domain: LLMClientCustomDomain, changes: dict[str, Any], sentence: str
) -> None:
    certificate = give(domain, **{**BLOCKED, **changes})
    before = certificate.next_attempt_at
    outcome = by_owner(domain)
    assert isinstance(outcome, limits.NotReady)
    assert sentence in outcome.sentence
    assert certificate.next_attempt_at == before
    assert queries.history(domain) == []
    assert domain.check_requested_at is None


def test_there_is_none_to_try_again(domain: LLMClientCustomDomain) -> None:
    assert isinstance(by_owner(domain), limits.NotReady)
    refusal = by_staff(domain)
    assert refusal is not None
    assert "came to nothing" in refusal


def test_staff_go_on_where_we_had_stopped(domain: LLMClientCustomDomain) -> None:
    certificate = give(domain, failure_reason="OTHER", next_attempt_at=None)
    assert by_staff(domain) is None
    assert certificate.next_attempt_at == NOW
    event = queries.history(domain)[0]
    assert (event.kind, event.reason) == (EventKind.CERTIFICATE_RETRIED, "They called.")


def test_worker_that_is_busy_with_it_keeps_it(domain: LLMClientCustomDomain, blocked: Certificate) -> None:
    lease = NOW + JOB.lease
    blocked.next_attempt_at = lease
    db.session.flush()
    assert by_staff(domain) is None
    assert blocked.next_attempt_at == lease
    by_owner(domain)
    assert blocked.next_attempt_at == lease


def test_nothing_is_tried_on_hold_or_unproved(domain: LLMClientCustomDomain, blocked: Certificate) -> None:
    suspension.suspend(domain, actor=COMMAND, reason="x", now=NOW)
    held = by_owner(domain)
    assert isinstance(held, limits.NotReady)
    assert "is suspended" in held.sentence
    assert "Release it first" in str(by_staff(domain))
    suspension.release(domain, actor=COMMAND, reason="x", now=NOW)
    domain.state = DomainState.LAPSED
    assert isinstance(by_owner(domain), limits.NotReady)
    assert "is lapsed, and" in str(by_staff(domain))


@pytest.fixture
def browser(client: FlaskClient, customer: User) -> FlaskClient:
    return sign_in(client, customer)


def certificate_panel(browser: FlaskClient, domain: LLMClientCustomDomain) -> str:
    page = parse(browser.get(f"/domains/{domain.id}").text)
    assert with_id(page, "certificate") is not None
    return text_of(page)


def test_page_has_the_button_where_it_helps(
    browser: FlaskClient, domain: LLMClientCustomDomain, blocked: Certificate, queued: Queued
) -> None:
    assert "I have fixed it, try again" in certificate_panel(browser, domain)
    url = f"/domains/{domain.id}/certificate"
    answer = browser.post(url)
    assert (answer.status_code, answer.location) == (303, f"/domains/{domain.id}#certificate")
    assert queued == [("see_to_certificate", (blocked.id,))]
    assert "You can check again in" in certificate_panel(browser, domain)
    browser.post(url)
    assert queued == [("see_to_certificate", (blocked.id,))]
    assert "You can check again in" in certificate_panel(browser, domain)


def test_page_has_no_button_where_it_does_not_help(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    give(domain, failure_reason="OTHER", problem=NO_REASON)
    assert "try again" not in certificate_panel(browser, domain)


def test_staff_have_the_button_and_the_customers_is_not_theirs(
    client: FlaskClient, staff_member: User, domain: LLMClientCustomDomain, blocked: Certificate
) -> None:
    sign_in(client, staff_member)
    page = parse(client.get(f"/staff/domains/{domain.id}").text)
    assert text_of(with_id(page, "retry")) == "Try the certificate again"
    assert "I have fixed it" not in text_of(page)
    client.post(f"/staff/domains/{domain.id}/certificate", data={"reason": "They called."})
    db.session.refresh(blocked)
    assert blocked.next_attempt_at is not None
    assert blocked.next_attempt_at < LATER
