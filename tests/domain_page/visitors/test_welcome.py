"""Opening a name is offered where it answers, and that it went live is told on its first day."""

from __future__ import annotations

from datetime import timedelta
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.domain_page.pages import page_of
from tests.factories import make_domain, make_llm_client, make_user, make_zone
from tests.page_lint import elements, text_of, with_id
from webapp.dns.delegation import Verdict
from webapp.dns.judgement.finding import WHOLE_DOMAIN
from webapp.domain_page.visitors.welcome import FIRST_DAY
from webapp.extensions import db, settings
from webapp.messages.sentences.certificates import Problem
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    DomainState,
    LLMClientCustomDomain,
    Message,
    Probe,
    ProbeOutcome,
    utcnow,
)

HOST = "chat.acme.com"
OPEN = f"Open {HOST}"
AT = {"name": HOST, "address": "203.0.113.80", "edge": True, "status": 200}
ELSEWHERE = {**AT, "address": "198.51.100.7", "edge": False, "status": 404, "server": ""}


@pytest.fixture
def domain(app: Flask, account: Account) -> LLMClientCustomDomain:
    app.extensions["settings"] = settings().model_copy(update={"edge_probes": "yes"})
    domain = make_domain(account, HOST, DomainState.VERIFIED)
    make_zone(domain)
    make_llm_client(account, custom_domain=domain, deployed=True)
    db.session.commit()
    return domain


def saw(domain: LLMClientCustomDomain, outcome: ProbeOutcome, since: timedelta = timedelta(days=9)) -> Probe:
    params = AT if outcome.works else ELSEWHERE
    probe = domain.probe or Probe(custom_domain_id=domain.id)
    probe.seen, probe.seen_at, probe.address = Message(outcome, params), utcnow(), str(params["address"])
    probe.issuer, probe.milliseconds = "An Authority, A1", 84
    probe.certificate_ends_at, probe.first_live_at = utcnow() + timedelta(days=60), utcnow() - since
    db.session.add(probe)
    db.session.commit()
    db.session.expire(domain)
    return probe


def opened(page: Element) -> int:
    """How often the page offers to open the name."""
    return sum(text_of(one).startswith(OPEN) for one in elements(page, "a"))


def primary(page: Element) -> list[str]:
    status = with_id(page, "live")
    assert status is not None
    return [
        text_of(one)
        for kind in ("a", "button")
        for one in elements(status, kind)
        if "btn-primary" in one.get("class", "").split()
    ]


def test_open_is_offered_only_where_the_name_was_seen_to_answer(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    page = page_of(browser, domain)
    assert opened(page) == 0
    assert "“Open” comes here as soon as we have seen that it answers." in text_of(with_id(page, "status"))
    saw(domain, ProbeOutcome.LIVE)
    page = page_of(browser, domain)
    assert opened(page) == 1
    assert primary(page) == [OPEN]
    saw(domain, ProbeOutcome.POINTS_ELSEWHERE)
    page = page_of(browser, domain)
    assert opened(page) == 0
    assert "“Open” comes here" not in text_of(page)


def test_open_follows_from_dns_and_certificate_where_nobody_looks(
    app: Flask, browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    app.extensions["settings"] = settings().model_copy(update={"edge_probes": "no"})
    assert opened(page_of(browser, domain)) == 1
    certificate = Certificate(
        custom_domain_id=domain.id,
        domain_name=HOST,
        state=CertificateState.REQUESTED,
        idempotency_token="t",
    )
    db.session.add(certificate)
    assert opened(page_of(browser, domain)) == 0


@pytest.mark.parametrize("state", [DomainState.VERIFIED, DomainState.FAILING, DomainState.LAPSED])
def test_open_is_not_offered_while_the_records_are_wrong(
    browser: FlaskClient, domain: LLMClientCustomDomain, state: DomainState
) -> None:
    saw(domain, ProbeOutcome.LIVE)
    domain.state, domain.contrary_since = state, utcnow()
    domain.grace_until = utcnow() + timedelta(days=3) if state is DomainState.FAILING else None
    page = page_of(browser, domain)
    assert opened(page) == 0
    assert len(primary(page)) == 1


def test_open_is_not_offered_without_an_llm_client_that_answers(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    saw(domain, ProbeOutcome.LIVE)
    assert domain.llm_client is not None
    domain.llm_client.deployed = False
    assert opened(page_of(browser, domain)) == 0


def test_card_tells_what_was_seen(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    saw(domain, ProbeOutcome.LIVE)
    page = page_of(browser, domain)
    card = next(one for one in elements(page, "section") if one.get("data-probe") == "live")
    for fact in ("HTTP 200", "84 ms", "An Authority, A1", "203.0.113.80"):
        assert fact in text_of(card)
    # What the status has said already is not said again.
    saw(domain, ProbeOutcome.POINTS_ELSEWHERE)
    told = text_of(with_id(page_of(browser, domain), "live"))
    assert told.count(f"Another server answers for {HOST}, not ours.") == 1


def test_going_live_is_told_on_the_first_day_to_everybody_of_the_account(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    probe = saw(domain, ProbeOutcome.LIVE, since=timedelta(minutes=2))
    for _ in range(2):
        page = page_of(browser, domain)
        assert text_of(with_id(page, "joy")) == f"{HOST} is live"
        assert opened(page) == 1
        assert "Leave the records in place" in text_of(page)
        news = with_id(page, "live")
        assert news is not None
        assert news.get("data-news", "").startswith(f"{HOST} is live. ")
    probe.first_live_at = utcnow() - FIRST_DAY
    page = page_of(browser, domain)
    assert with_id(page, "joy") is None
    assert opened(page) == 1


def test_going_live_is_not_told_while_it_does_not_answer_nor_to_staff(
    browser: FlaskClient, domain: LLMClientCustomDomain, client: FlaskClient
) -> None:
    saw(domain, ProbeOutcome.POINTS_ELSEWHERE, since=timedelta(minutes=2))
    assert with_id(page_of(browser, domain), "joy") is None
    saw(domain, ProbeOutcome.LIVE, since=timedelta(minutes=2))
    client.post("/logout")
    staff = sign_in(client, make_user(staff=True))
    assert with_id(page_of(staff, domain, "/staff"), "joy") is None


@pytest.mark.parametrize("wrong", ["records", "alarm", "certificate"])
def test_going_live_is_not_told_beside_something_that_is_wrong(
    browser: FlaskClient, domain: LLMClientCustomDomain, wrong: str
) -> None:
    saw(domain, ProbeOutcome.LIVE, since=timedelta(minutes=2))
    if wrong == "records":
        domain.verdict, domain.contrary_since = Verdict.NOT_DELEGATED, utcnow()
    elif wrong == "alarm":
        whole = {
            "zone": "acme.com",
            "by": "com",
            "registrar": True,
            "ours": [],
            "others": [],
            "former": [],
            "remembered": True,
            "ttl": 300,
        }
        domain.alarm_since, domain.alarm = utcnow(), {"reason": WHOLE_DOMAIN, "params": whole}
    else:
        problem = Message(Problem.RECORD_MISSING, {"name": HOST, "record": f"_a.{HOST}", "value": "_b.aws"})
        blocked = Certificate(
            custom_domain_id=domain.id,
            domain_name=HOST,
            state=CertificateState.ISSUED,
            idempotency_token="t",
            problem=problem,
        )
        db.session.add(blocked)
    page = page_of(browser, domain)
    assert with_id(page, "joy") is None
    live = with_id(page, "live")
    assert live is not None
    assert f"{HOST} is live" not in live.get("data-news", "")


def test_certificate_that_is_still_to_come_stops_no_visitor_who_was_seen_to_get_in(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    """Visitors trust the certificate of the edge; the one that waits for a record of theirs is another."""
    problem = Message(Problem.RECORD_MISSING, {"name": HOST, "record": f"_a.{HOST}", "value": "_b.aws"})
    waits = {"state": CertificateState.REQUESTED, "idempotency_token": "t", "problem": problem}
    db.session.add(Certificate(custom_domain_id=domain.id, domain_name=HOST, **waits))
    saw(domain, ProbeOutcome.LIVE)
    page = page_of(browser, domain)
    status = with_id(page, "status")
    assert status is not None
    assert "Visitors reach" in text_of(status)
    nodes = {one.get("data-node"): one for one in elements(status, "li") if one.get("data-node")}
    assert "Waiting for your record" in text_of(nodes["certificate"])
    assert [nodes[one].get("data-line") for one in ("certificate", "edge")] == ["open", "whole"]


def test_poll_answers_anew_when_the_first_day_is_over(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    probe = saw(domain, ProbeOutcome.LIVE, since=timedelta(minutes=2))
    url = f"/domains/{domain.id}/status"
    first = browser.get(url)
    assert browser.get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    probe.first_live_at = utcnow() - FIRST_DAY
    db.session.commit()
    answer = browser.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert answer.status_code == 200
    assert 'id="joy"' not in answer.text
