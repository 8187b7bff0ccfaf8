"""What stands beside the status: what this state needs comes first, and what is rare is in one card."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.dns.delegation.cases import OURS, check, world
from tests.domain_page.pages import page_of
from tests.factories import make_checked, make_domain, make_llm_client, make_zone
from tests.page_lint import elements, parse, text_of, with_id
from tests.twins.dns import Fault
from webapp.extensions import db, settings
from webapp.models import Account, DeniedName, DomainState, LLMClientCustomDomain, ZoneState

HOST = "chat.acme.com"
HANDED_OVER = "Send the records to somebody"


def domain_in(account: Account, state: DomainState) -> LLMClientCustomDomain:
    domain = make_domain(account, HOST, state)
    make_zone(domain, name_servers=list(OURS))
    return domain


def headings(page: Element) -> list[str]:
    [side] = [one for one in elements(page, "div") if one.get("class") == "column-side"]
    return [text_of(one) for one in elements(side, "h2")]


def settings_of(page: Element) -> list[str]:
    card = next(one for one in elements(page, "section") if one.get("aria-labelledby") == "settings")
    later = later_of(page)
    return [text_of(one) for one in elements(card, "a") if one not in later]


def later_of(page: Element) -> list[Element]:
    """The links that live-proof.css shows once no records are to be typed."""
    live = with_id(page, "live")
    assert live is not None
    hidden = [one for one in elements(page, "li") if one.get("class") == "hand-over-later"]
    if live.get("data-wants-records") == "no":
        assert not hidden
    return [a for one in hidden for a in elements(one, "a")]


def primary(page: Element) -> list[str]:
    status = with_id(page, "status")
    assert status is not None
    buttons = [one for kind in ("a", "button") for one in elements(status, kind)]
    return [text_of(one) for one in buttons if "btn-primary" in one.get("class", "").split()]


@pytest.mark.parametrize(
    "state", [DomainState.PENDING, DomainState.EXPIRED, DomainState.FAILING, DomainState.LAPSED]
)
def test_whoever_manages_the_dns_comes_first_while_records_are_to_be_typed(
    browser: FlaskClient, account: Account, state: DomainState
) -> None:
    page = page_of(browser, domain_in(account, state))
    assert headings(page) == ["Somebody else manages the DNS?", "Answers visitors with", "Settings"]
    assert settings_of(page) == ["Transfer to another account…", "Remove this domain…"]
    # The card goes when a check finds the records, without the page being loaded again.
    assert [text_of(one) for one in later_of(page)] == [HANDED_OVER]


def test_what_answers_visitors_comes_first_once_the_name_is_verified(
    browser: FlaskClient, account: Account
) -> None:
    domain = domain_in(account, DomainState.VERIFIED)
    make_checked(domain, check(world(delegated=OURS)[0]))
    page = page_of(browser, domain)
    assert headings(page) == ["Answers visitors with", "Settings"]
    assert settings_of(page) == [HANDED_OVER, "Transfer to another account…", "Remove this domain…"]


def test_poll_says_when_the_records_are_typed(browser: FlaskClient, account: Account) -> None:
    """The card is not within what the poll replaces: live-proof.css hides it by what the poll says."""
    domain = domain_in(account, DomainState.PENDING)
    assert wants_records(browser, domain) == "yes"
    domain.state = DomainState.VERIFIED
    make_checked(domain, check(world(delegated=OURS)[0]))
    assert wants_records(browser, domain) == "no"


def wants_records(browser: FlaskClient, domain: LLMClientCustomDomain) -> str | None:
    db.session.commit()
    live = with_id(parse(browser.get(f"/domains/{domain.id}/status").text, whole=False), "live")
    assert live is not None
    return live.get("data-wants-records")


def test_records_of_a_verified_name_that_changed_are_to_be_typed_again(
    browser: FlaskClient, account: Account
) -> None:
    domain = domain_in(account, DomainState.VERIFIED)
    make_checked(domain, check(world(delegated=OURS)[0]))
    make_checked(domain, check(world(delegated=OURS[:3])[0]))
    assert headings(page_of(browser, domain))[0] == "Somebody else manages the DNS?"


def test_nobody_is_asked_for_records_while_they_settle_or_before_a_decision(
    browser: FlaskClient, account: Account
) -> None:
    domain = domain_in(account, DomainState.PENDING)
    dns, _ = world(delegated=OURS)
    for server in OURS:
        dns.server(server).fault = Fault.REFUSED
    make_checked(domain, check(dns))
    page = page_of(browser, domain)
    assert "Our turn" in text_of(with_id(page, "status"))
    assert (headings(page), primary(page)) == (["Answers visitors with", "Settings"], [])
    other = make_domain(account, "site.acme.com")
    make_zone(other, name_servers=list(OURS), baseline={"host": other.domain_name, "a": ["203.0.113.7"]})
    page = page_of(browser, other)
    assert with_id(page, "known") is not None
    assert (headings(page), primary(page)) == (["Answers visitors with", "Settings"], [])


def test_provider_without_ns_records_leads_to_the_other_way(
    app: Flask, browser: FlaskClient, account: Account
) -> None:
    app.extensions["settings"] = settings().model_copy(
        update={"methods": ["delegation", "records"], "edge_domain": "edge.example"}
    )
    pages = []
    for host, server in (
        ("chat.acme.com", "ns1.dns-parking.com"),
        ("chat.acme.net", "ada.ns.cloudflare.com"),
    ):
        domain = make_domain(account, host)
        make_zone(domain, name_servers=list(OURS), baseline={"parent_name_servers": [server]})
        pages.append(page_of(browser, domain))
    [link] = [one for one in elements(pages[0], "a") if (one.get("href") or "").startswith("#other-way")]
    target = with_id(pages[0], (link.get("href") or "").removeprefix("#"))
    assert target is not None
    assert text_of(target)
    assert "Another way needs no NS records" not in text_of(pages[1])


def test_verify_is_the_most_visible_step_while_records_are_to_be_typed(
    browser: FlaskClient, account: Account
) -> None:
    assert primary(page_of(browser, domain_in(account, DomainState.PENDING))) == ["Verify"]


def test_records_that_are_not_there_yet_are_sent_by_a_link_among_the_settings(
    browser: FlaskClient, account: Account
) -> None:
    domain = make_domain(account, HOST)
    make_zone(domain, state=ZoneState.WANTED)
    page = page_of(browser, domain)
    assert headings(page) == ["Answers visitors with", "Settings"]
    assert HANDED_OVER in settings_of(page)


def test_nobody_is_sent_records_that_change_nothing(browser: FlaskClient, account: Account) -> None:
    domain = domain_in(account, DomainState.PENDING)
    db.session.add(DeniedName(name="acme.com", below=True, reason="Phishing.", actor_name="staff"))
    page = page_of(browser, domain)
    assert headings(page) == ["Answers visitors with", "Settings"]
    assert HANDED_OVER not in text_of(page)


def test_choosing_an_llm_client_is_the_most_visible_step_where_it_is_the_only_one(
    browser: FlaskClient, account: Account
) -> None:
    domain = domain_in(account, DomainState.VERIFIED)
    make_checked(domain, check(world(delegated=OURS)[0]))
    page = page_of(browser, domain)
    assert primary(page) == ["Choose an LLM client"]
    [link] = [one for one in elements(page, "a") if text_of(one) == "Choose an LLM client"]
    assert with_id(page, (link.get("href") or "").removeprefix("#")) is not None
    make_llm_client(account, custom_domain=domain, deployed=True)
    db.session.expire(domain)
    assert "Choose an LLM client" not in primary(page_of(browser, domain))


def test_nothing_to_do_is_not_said_beside_something_to_do(
    app: Flask, browser: FlaskClient, account: Account
) -> None:
    app.extensions["settings"] = settings().model_copy(update={"edge_probes": "yes"})
    domain = domain_in(account, DomainState.FAILING)
    make_llm_client(account, custom_domain=domain, deployed=True)
    calm = "Nothing for you to do"
    page = page_of(browser, domain)
    assert "Your turn" in text_of(with_id(page, "status"))
    assert with_id(page, "outside") is not None
    assert calm not in text_of(page)
    domain.state = DomainState.VERIFIED
    make_checked(domain, check(world(delegated=OURS)[0]))
    assert calm in text_of(page_of(browser, domain))
