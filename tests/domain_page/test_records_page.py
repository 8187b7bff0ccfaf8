"""What to type where, in the words of the provider and in four forms that work without a script."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import change
from tests.dns.delegation.cases import NOW, OURS, PARENTS, check, expectation, nothing_there, world
from tests.domains.reports import report
from tests.factories import make_checked, make_domain, make_zone
from tests.page_lint import elements, parse, text_of, with_id
from webapp.dns.delegation import Verdict, judge
from webapp.dns.providers import PROVIDERS
from webapp.domain_page.records.snippets import FORMATS
from webapp.extensions import db
from webapp.models import Account, DomainState, LLMClientCustomDomain, utcnow
from webapp.proofs.delegation.expectation import expectation_of

HOST = "chat.acme.com"
SERVERS = {
    "cloudflare": "ada.ns.cloudflare.com",
    "godaddy": "ns41.domaincontrol.com",
    "namecheap": "dns1.registrar-servers.com",
    "squarespace": "ns01.squarespacedns.com",
    "google": "ns-cloud-a1.googledomains.com",
    "route53": "ns-1.awsdns-00.com",
    "ionos": "ns1045.ui-dns.de",
    "ovh": "dns104.ovh.net",
    "gandi": "ns-12-a.gandi.net",
    "digitalocean": "ns1.digitalocean.com",
    "hetzner": "hydrogen.ns.hetzner.com",
    "porkbun": "curitiba.ns.porkbun.com",
    "azure": "ns1-04.azure-dns.com",
    "sandbox": "ns1.sandbox-registrar.test",
    "sandbox-sites": "ns1.sandbox-sites.test",
}


def domain_at(
    account: Account, *name_servers: str, state: DomainState = DomainState.PENDING
) -> LLMClientCustomDomain:
    domain = make_domain(account, HOST, state)
    baseline = {"parent_zone": "acme.com", "parent_name_servers": list(name_servers)}
    make_zone(domain, name_servers=list(OURS), baseline=baseline)
    db.session.commit()
    return domain


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one.id)
def test_every_provider_has_its_own_words(browser: FlaskClient, account: Account, provider) -> None:  # type: ignore[no-untyped-def]
    domain = domain_at(account, SERVERS[provider.id])
    page = parse(browser.get(f"/domains/{domain.id}").text)
    assert text_of(with_id(page, "records")) == f"Add these at {provider.name}, where acme.com is managed"
    [guide] = [ol for ol in elements(page, "ol") if ol.get("class") == "guide"]
    steps = [text_of(li) for li in elements(guide, "li")]
    labels = [text_of(dt) for dt in elements(page, "dt")]
    assert f"Under {provider.name_label}, enter chat." in steps
    assert any(provider.value_label in step and provider.save in step for step in steps)
    assert steps[-1] == "Come back here and press Verify."
    assert {provider.name_label, provider.value_label} <= set(labels)
    assert "{" not in " ".join(steps)
    copied = [e.attrib["data-copy"] for e in elements(page) if "data-copy" in e.attrib]
    # No full name to copy: it would become chat.acme.com.acme.com at most of them.
    assert copied[1:5] == [f"{name}." if provider.final_dot else name for name in OURS]
    shown = [e.text for e in elements(page) if "data-name-server" in e.attrib]
    assert shown == list(OURS)


def test_unknown_provider_gets_plain_words(browser: FlaskClient, account: Account) -> None:
    domain = domain_at(account, "ns1.acme.com")
    page = parse(browser.get(f"/domains/{domain.id}").text)
    assert text_of(with_id(page, "records")) == "Add these where acme.com is managed"
    assert "Some providers want the full name: chat.acme.com" in text_of(page)


def test_full_name_is_not_offered_where_it_has_just_gone_wrong(
    browser: FlaskClient, account: Account
) -> None:
    """The provider has appended its zone: the full name that some others want is what was typed."""
    domain = domain_at(account, "ns1.acme.com")
    make_checked(domain, report(expectation_of(domain), Verdict.MISPLACED, utcnow()))
    db.session.commit()
    page = text_of(parse(browser.get(f"/domains/{domain.id}").text))
    assert "want the full name" not in page
    assert "In full: chat.acme.com" in page


def test_provider_follows_the_last_look(browser: FlaskClient, account: Account) -> None:
    """The zone has moved away from Cloudflare since; the words of Cloudflare would lead nowhere."""
    domain = domain_at(account, "ada.ns.cloudflare.com")
    dns, _ = world(delegated=())
    found = check(dns)
    assert {one.server for one in found.asked if one.role == "parent"} == set(PARENTS)
    make_checked(domain, found)
    db.session.commit()
    page = parse(browser.get(f"/domains/{domain.id}").text)
    assert "Cloudflare" not in text_of(with_id(page, "live"))


def test_look_that_asked_nobody_changes_no_provider(browser: FlaskClient, account: Account) -> None:
    domain = domain_at(account, "ada.ns.cloudflare.com")
    make_checked(domain, judge(expectation(), nothing_there(), NOW))
    db.session.commit()
    page = parse(browser.get(f"/domains/{domain.id}").text)
    assert "Add these at Cloudflare" in text_of(with_id(page, "records"))
    [panel] = [link for link in elements(page, "a") if "data-panel" in link.attrib]
    assert text_of(panel) == "Open Cloudflare"
    assert (panel.get("href"), panel.get("rel")) == (PROVIDERS[0].panel, "noreferrer")


@pytest.mark.parametrize("id_", FORMATS)
def test_form_is_a_link_and_a_page_of_its_own(browser: FlaskClient, account: Account, id_: str) -> None:
    domain = domain_at(account, "ada.ns.cloudflare.com")
    page = parse(browser.get(f"/domains/{domain.id}?as={id_}").text)
    [tabs] = [nav for nav in elements(page, "nav") if nav.get("aria-label") == "Ways to add the records"]
    links = {text_of(a): a for a in elements(tabs, "a")}
    assert list(links) == ["Steps", "Zone file", "Terraform", "AWS CLI"]
    assert [words for words, a in links.items() if a.get("aria-current")] == [FORMATS[id_][0]]
    assert links["Steps"].get("href") == f"/domains/{domain.id}#records"
    [shown] = [text_of(pre) for pre in elements(page, "pre") if pre.get("class") == "snippet"]
    assert all(name in shown for name in OURS)
    copied = [e.attrib["data-copy"] for e in elements(page) if "data-copy" in e.attrib]
    assert " ".join(copied[0].split()) == shown


def test_poll_keeps_the_form(browser: FlaskClient, account: Account) -> None:
    domain = domain_at(account)
    page = parse(browser.get(f"/domains/{domain.id}?as=terraform").text)
    live = with_id(page, "live")
    assert live is not None
    assert live.get("data-live") == f"/domains/{domain.id}/status?as=terraform"
    assert "aws_route53_record" in browser.get(live.attrib["data-live"]).text


def test_verified_name_is_told_to_leave_its_records(browser: FlaskClient, account: Account) -> None:
    domain = domain_at(account, "ada.ns.cloudflare.com", state=DomainState.VERIFIED)
    page = parse(browser.get(f"/domains/{domain.id}").text)
    assert text_of(with_id(page, "records")) == "Your records at Cloudflare, where acme.com is managed"
    assert [ol for ol in elements(page, "ol") if ol.get("class") == "guide"] == []


def test_way_has_three_steps_the_last_with_the_certificate(browser: FlaskClient, account: Account) -> None:
    domain = domain_at(account)
    page = parse(browser.get(f"/domains/{domain.id}").text)
    [bar] = [ol for ol in elements(page, "ol") if ol.get("class") == "steps"]
    assert [text_of(li) for li in elements(bar, "li")] == [
        "Add the records Now",
        "We verify Later",
        "Certificate and live Later",
    ]


def test_pages_of_the_sandbox_lead_to_its_provider_and_mailbox(
    app: Flask, browser: FlaskClient, account: Account
) -> None:
    ours, other = domain_at(account, SERVERS["sandbox"]), make_domain(account, "chat.acme.net")
    make_zone(other, name_servers=list(OURS), baseline={"parent_name_servers": [SERVERS["cloudflare"]]})
    db.session.commit()
    assert "Mailbox" not in browser.get(f"/domains/{ours.id}").text
    change(app, sandbox_url="http://127.0.0.1:8053/")
    page = browser.get(f"/domains/{ours.id}").text
    for address in ("/", "/mail", "/visit", "/?zone=acme.com"):
        assert page.count(f'href="http://127.0.0.1:8053{address}"') == 1
    assert "?zone=" not in browser.get(f"/domains/{other.id}").text


def test_who_only_looks_is_not_asked_to_confirm_and_told_that_it_shows_alone(
    browser: FlaskClient, account: Account
) -> None:
    domain = make_domain(account, HOST)
    make_zone(domain, baseline={"reachable": True, "parent_zone": "acme.com", "a": ["203.0.113.7"]})
    db.session.commit()
    page = browser.get(f"/domains/{domain.id}").text
    assert "<summary>I only want to see the records</summary>" in page
    assert "without confirming" not in page


def test_who_has_added_some_ns_records_is_not_told_that_there_may_be_none(
    browser: FlaskClient, account: Account
) -> None:
    domain = domain_at(account, "ns41.domaincontrol.com")
    advice = "If you find no records of type NS"
    assert advice in text_of(parse(browser.get(f"/domains/{domain.id}").text))
    dns, _ = world(delegated=OURS[:3])
    make_checked(domain, check(dns))
    db.session.commit()
    page = text_of(parse(browser.get(f"/domains/{domain.id}").text))
    assert "3 of 4" in page
    assert advice not in page


@pytest.mark.parametrize("server", ["ns-1.awsdns-00.com", "ada.ns.cloudflare.com"])
def test_provider_that_says_when_it_takes_ns_records_is_not_said_to_have_none(
    browser: FlaskClient, account: Account, server: str
) -> None:
    page = text_of(parse(browser.get(f"/domains/{domain_at(account, server).id}").text))
    assert "before it takes the records" in page or "takes NS records only where" in page
    assert "If you find no records of type NS" not in page
