"""What is told of a name that was looked at: on its page, in lists and in documents."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.factories import make_domain, make_zone
from webapp.domain_page.reading import domain_page
from webapp.domains.listing import domain_document
from webapp.extensions import db, settings
from webapp.live.status import LASTS, counts, probe_status
from webapp.models import (
    DomainState,
    LLMClient,
    LLMClientCustomDomain,
    Message,
    Probe,
    ProbeOutcome,
    User,
    utcnow,
)

SEEN = utcnow() - timedelta(minutes=5)
ENDS = SEEN + timedelta(days=60)
AT = {"name": "chat.acme.test", "address": "203.0.113.80", "edge": True, "status": 200}
ELSEWHERE = {**AT, "address": "198.51.100.7", "edge": False, "status": 404, "server": ""}


@pytest.fixture
def domain(app: Flask, llm_client: LLMClient) -> LLMClientCustomDomain:
    app.extensions["settings"] = settings().model_copy(update={"edge_probes": "yes"})
    domain = make_domain(llm_client.account, "chat.acme.test", DomainState.VERIFIED)
    make_zone(domain)
    llm_client.custom_domain, llm_client.deployed = domain, True
    db.session.commit()
    return domain


def saw(domain: LLMClientCustomDomain, outcome: ProbeOutcome, params: dict[str, object]) -> None:
    probe = Probe(
        custom_domain_id=domain.id,
        seen=Message(outcome, params),
        seen_at=SEEN,
        address=str(params["address"]),
        issuer="An Authority, A1",
        certificate_ends_at=ENDS,
        milliseconds=42,
        first_live_at=SEEN - timedelta(days=1),
        next_probe_at=utcnow() + timedelta(hours=9),
    )
    db.session.add(probe)
    db.session.commit()
    db.session.expire(domain)


def test_nothing_is_told_where_nobody_looks_or_nothing_is_served(
    app: Flask, domain: LLMClientCustomDomain
) -> None:
    assert probe_status(domain) is not None
    client = domain.llm_client
    assert client is not None
    client.deployed = False
    assert probe_status(domain) is None
    client.deployed = True
    app.extensions["settings"] = settings().model_copy(update={"edge_probes": "no"})
    saw(domain, ProbeOutcome.LIVE, AT)
    assert probe_status(domain) is None
    assert domain_document(domain)["probe"] is None
    assert domain_page(domain, settings(), SEEN).statement.headline == "Verified"


def test_document(domain: LLMClientCustomDomain) -> None:
    saw(domain, ProbeOutcome.LIVE, AT)
    assert domain_document(domain)["probe"] == {
        "outcome": "live",
        "sentence": "Visitors of chat.acme.test reach us, and browsers trust the certificate.",
        "next_step": "",
        "who_acts": "nobody",
        "address": "203.0.113.80",
        "status": 200,
        "issuer": "An Authority, A1",
        "certificate_ends_at": ENDS.isoformat(),
        "milliseconds": 42,
        "seen_at": SEEN.isoformat(),
        "first_live_at": (SEEN - timedelta(days=1)).isoformat(),
    }


def test_page_says_live_only_once_it_was_seen(domain: LLMClientCustomDomain) -> None:
    page = domain_page(domain, settings(), SEEN)
    before = page.version
    assert page.statement.headline == "Verified"
    assert page.probe is not None
    assert (page.probe.code, page.probe.looking) == ("unseen", True)
    saw(domain, ProbeOutcome.LIVE, AT)
    page = domain_page(domain, settings(), SEEN)
    assert page.statement.headline == "Live"
    assert page.title == "Live: chat.acme.test"
    assert page.version != before
    assert page.probe is not None
    assert not page.probe.looking


def test_page_says_what_keeps_visitors_away_beside_what_dns_proves(domain: LLMClientCustomDomain) -> None:
    saw(domain, ProbeOutcome.POINTS_ELSEWHERE, ELSEWHERE)
    said = domain_page(domain, settings(), SEEN).statement
    assert said.headline == "Verified, but not live"
    assert said.sentences[0] == "chat.acme.test is verified: its DNS records are right."
    assert said.sentences[1].startswith(
        "Another server answers for chat.acme.test, not ours. Its address is 198.51"
    )
    assert (said.tone, said.who_acts) == ("act", "you")
    assert "198.51.100.7 as an address of chat.acme.test, delete it" in said.next_step
    assert said.turn == "Your turn"


def test_nobody_is_asked_to_act_who_can_change_nothing(domain: LLMClientCustomDomain) -> None:
    saw(domain, ProbeOutcome.POINTS_ELSEWHERE, {**ELSEWHERE, "delegated": True})
    said = domain_page(domain, settings(), SEEN).statement
    assert (said.tone, said.who_acts) == ("wait", "we")
    assert "remember the old address" in said.next_step


def test_what_was_seen_long_ago_says_nothing_of_today(domain: LLMClientCustomDomain) -> None:
    saw(domain, ProbeOutcome.LIVE, AT)
    assert domain.probe is not None
    domain.probe.seen_at = utcnow() - LASTS - timedelta(minutes=1)
    found = probe_status(domain)
    assert found is not None
    assert (found.code, found.headline, found.who_acts) == ("unseen", "Not seen lately", "we")
    assert domain_page(domain, settings(), SEEN).statement.headline == "Verified"


def test_panel_and_list_show_it(domain: LLMClientCustomDomain, customer: User, client: FlaskClient) -> None:
    saw(domain, ProbeOutcome.POINTS_ELSEWHERE, ELSEWHERE)
    sign_in(client, customer)
    page = client.get(f"/domains/{domain.id}").get_data(as_text=True)
    assert 'data-probe="points-elsewhere"' in page
    assert "Seen from outside" in page
    assert "42 ms" in page
    assert "An Authority, A1" in page
    assert 'data-state="verified"' in page
    listed = client.get("/domains").get_data(as_text=True)
    assert "From outside: Leads elsewhere" in listed


def test_staff_see_it_and_have_no_button(
    domain: LLMClientCustomDomain, staff_member: User, client: FlaskClient
) -> None:
    saw(domain, ProbeOutcome.PROXIED, {**AT, "network": "Cloudflare"})
    sign_in(client, staff_member)
    page = client.get(f"/staff/domains/{domain.id}").get_data(as_text=True)
    assert 'data-probe="proxied"' in page
    assert f"/domains/{domain.id}/probes" not in page
    assert "From outside: Behind a proxy" in client.get("/staff/domains?q=chat").get_data(as_text=True)
    overview = client.get("/staff").get_data(as_text=True)
    assert "Behind a proxy" in overview
    assert counts() == {"Behind a proxy": 1}
