"""What stands under a name before it is delegated: said, confirmed once, and no longer once it is over."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

import pytest
from flask.testing import FlaskClient

from tests.dns.delegation.cases import NOW, OURS, expectation, healthy, listing, nothing_there
from tests.domain_page.pages import page_of
from tests.factories import make_account, make_checked, make_domain, make_zone
from tests.page_lint import elements, parse, text_of, with_id
from webapp.dns.delegation import judge
from webapp.extensions import db
from webapp.messages.catalogue import event_sentence
from webapp.models import (
    Account,
    DeniedName,
    DomainState,
    EventKind,
    HostedZone,
    LLMClientCustomDomain,
    ZoneState,
)

HOST = "chat.acme.com"
SEEN: dict[str, Any] = {
    "host": HOST,
    "reachable": True,
    "parent_zone": "acme.com",
    "parent_name_servers": ["ns1.acme.com", "ns2.acme.com"],
}


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    return make_domain(account, HOST)


def zone_that_saw(
    domain: LLMClientCustomDomain, state: ZoneState = ZoneState.READY, **seen: list[str]
) -> HostedZone:
    return make_zone(domain, state, name_servers=list(OURS), baseline={**SEEN, **seen})


def said(page: Element) -> dict[str, str]:
    return {e.attrib["data-there"]: text_of(e) for e in elements(page) if "data-there" in e.attrib}


@pytest.mark.parametrize(
    ("seen", "kind", "words"),
    [
        ({"a": ["203.0.113.7"]}, "site", "answers at chat.acme.com today (203.0.113.7). It stops"),
        ({"aaaa": ["2001:db8::7"]}, "site", "2001:db8::7"),
        ({"cname": ["shop.example.net"]}, "site", "leads to shop.example.net today"),
        ({"mx": ["10 mx1.acme.com", "20 mx2.acme.com"]}, "mail", "goes to mx1.acme.com, mx2.acme.com today"),
        ({"txt": ['"v=spf1 -all"']}, "txt", "v=spf1 -all"),
        ({"name_servers": ["ns1.other.net"]}, "ns", "delegated already, to ns1.other.net"),
        ({"ds": ["12345 13 2 " + "a" * 64]}, "ds", "Delete it where acme.com is managed before you add"),
    ],
)
def test_each_kind_is_said_in_a_plain_sentence(
    browser: FlaskClient, domain: LLMClientCustomDomain, seen: dict[str, Any], kind: str, words: str
) -> None:
    zone_that_saw(domain, **seen)
    sentences = said(page_of(browser, domain))
    assert list(sentences) == [kind]
    assert words in sentences[kind]


def test_nothing_there_needs_no_words(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    zone_that_saw(domain)
    page = page_of(browser, domain)
    assert with_id(page, "before") is None
    assert with_id(page, "anyway") is None


def test_it_is_said_while_the_zone_is_still_being_made(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    zone_that_saw(domain, ZoneState.CREATED, mx=["10 mx1.acme.com"])
    page = page_of(browser, domain)
    assert "mail" in said(page)
    assert with_id(page, "known") is None
    assert OURS[0] not in "".join(page.itertext())


def test_name_servers_wait_behind_the_tick_and_can_be_reached_without_it(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    zone_that_saw(domain, a=["203.0.113.7"])
    page = page_of(browser, domain)
    folded = with_id(page, "anyway")
    assert folded is not None
    assert folded.tag == "details"
    assert folded.get("open") is None
    assert all(name in text_of(folded) for name in OURS)
    assert "I know that this stops: the web site." in text_of(with_id(page, "live"))
    assert "Read below what stops, and confirm it" in text_of(with_id(page, "status"))


def test_ds_alone_asks_for_no_tick(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    zone_that_saw(domain, ds=["12345 13 2 " + "a" * 64])
    page = page_of(browser, domain)
    assert with_id(page, "known") is None
    assert with_id(page, "anyway") is None


def test_tick_opens_the_records_and_stands_in_the_history(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    zone = zone_that_saw(domain, a=["203.0.113.7"], mx=["10 mx1.acme.com"])
    db.session.commit()
    response = browser.post(f"/domains/{domain.id}/acknowledgement", data={"known": "y"})
    assert (response.status_code, response.location) == (303, f"/domains/{domain.id}#records")
    db.session.refresh(zone)
    assert zone.acknowledged_at is not None
    page = page_of(browser, domain)
    assert with_id(page, "anyway") is None
    assert with_id(page, "known") is None
    assert "Confirmed" in text_of(with_id(page, "live"))
    [event] = [event for event in domain.events if event.kind is EventKind.ACKNOWLEDGED]
    assert "the web site, the mail" in event_sentence(event)
    assert event.actor_name == "owner@acme.test"
    browser.post(f"/domains/{domain.id}/acknowledgement", data={"known": "y"})
    db.session.refresh(domain)
    assert len([event for event in domain.events if event.kind is EventKind.ACKNOWLEDGED]) == 1


def test_without_the_tick_the_form_comes_back_with_a_sentence(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    zone = zone_that_saw(domain, a=["203.0.113.7"])
    db.session.commit()
    response = browser.post(f"/domains/{domain.id}/acknowledgement", data={})
    page = parse(response.text)
    assert response.status_code == 422
    assert "Tick the box" in text_of(with_id(page, "known-problem"))
    assert text_of(next(elements(page, "title"))).startswith("Error: ")
    assert "#known" in [a.get("href") for a in elements(page, "a")]
    db.session.refresh(zone)
    assert zone.acknowledged_at is None


def test_nobody_asks_once_the_first_record_is_in_place(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    zone_that_saw(domain, a=["203.0.113.7"])
    make_checked(domain, judge(expectation(), listing(OURS[:1]), NOW))
    assert with_id(page_of(browser, domain), "before") is None


@pytest.mark.parametrize("state", [DomainState.VERIFIED, DomainState.FAILING, DomainState.LAPSED])
def test_a_name_that_was_ours_needs_no_preflight(
    browser: FlaskClient, account: Account, state: DomainState
) -> None:
    domain = make_domain(account, HOST, state)
    zone_that_saw(domain, a=["203.0.113.7"])
    assert with_id(page_of(browser, domain), "before") is None


def misspelt(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, "chat.bakrey.com")
    make_zone(domain, baseline={**SEEN, "host": domain.domain_name, "parent_zone": "bakrey.com"} | NO_SERVERS)
    return domain


def offered(page: Element) -> list[str]:
    return [b.attrib["value"] for b in elements(page, "button") if b.get("name") == "domain_name"]


NO_SERVERS: dict[str, Any] = {"parent_name_servers": []}


def test_domain_that_is_not_in_dns_brings_the_ones_that_may_be_meant(
    browser: FlaskClient, account: Account
) -> None:
    for name in ("www.bakery.com", "bot.acme.com", "bot.zeta.org", "bot.bakery.org"):
        make_domain(account, name)
    page = page_of(browser, misspelt(account))
    first = next(e for e in elements(page, "p") if e.get("class") == "first")
    assert "bakrey.com is not in DNS, so no records for chat.bakrey.com can be added yet." in text_of(first)
    assert "bakrey.com is not in DNS, so there is no place" in text_of(with_id(page, "live"))
    assert offered(page) == ["chat.bakery.com"]


def test_what_may_be_meant_is_one_click_away(
    browser: FlaskClient, account: Account, queued: list[Any]
) -> None:
    make_domain(account, "www.bakery.com")
    domain = misspelt(account)
    [name] = offered(page_of(browser, domain))
    answer = browser.post("/domains/register", data={"domain_name": name}, follow_redirects=True)
    assert answer.status_code == 200
    assert text_of(next(elements(parse(answer.text), "h1"))) == "chat.bakery.com"
    assert domain.state is DomainState.PENDING


def test_domain_that_is_spelled_otherwise_is_not_meant(browser: FlaskClient, account: Account) -> None:
    make_domain(account, "www.zeta.org")
    assert offered(page_of(browser, misspelt(account))) == []


def test_name_that_registration_would_refuse_is_not_offered(browser: FlaskClient, account: Account) -> None:
    make_domain(account, "www.bakery.com")
    make_domain(make_account("Rival"), "chat.bakery.com", DomainState.VERIFIED)
    assert offered(page_of(browser, misspelt(account))) == []


def test_older_claim_with_an_ending_that_does_not_exist_is_offered_the_right_one(
    browser: FlaskClient, account: Account
) -> None:
    domain = make_domain(account, "chat.acme.con")
    make_zone(domain, baseline={**SEEN, "host": domain.domain_name, "parent_zone": "acme.con"} | NO_SERVERS)
    assert offered(page_of(browser, domain)) == ["chat.acme.com"]


def test_denied_name_is_not_offered(browser: FlaskClient, account: Account) -> None:
    make_domain(account, "www.bakery.com")
    db.session.add(DeniedName(name="chat.bakery.com", below=False, reason="Abuse", actor_name="staff"))
    db.session.flush()
    assert offered(page_of(browser, misspelt(account))) == []


def test_another_accounts_domains_are_nobodys_suggestion(browser: FlaskClient, account: Account) -> None:
    make_domain(Account(name="Rival"), "www.bakery.com")
    assert offered(page_of(browser, misspelt(account))) == []


def test_domain_that_was_registered_meanwhile_is_not_missing(browser: FlaskClient, account: Account) -> None:
    domain = make_domain(account, HOST)
    make_zone(domain, name_servers=list(OURS), baseline={**SEEN, **NO_SERVERS})
    make_checked(domain, judge(expectation(), nothing_there(), NOW))
    assert with_id(page_of(browser, domain), "before") is None
    assert healthy().parent_zone == "acme.com"


def test_slip_of_the_pen_is_told_at_once(browser: FlaskClient, account: Account, queued: list[Any]) -> None:
    make_domain(account, "www.beispiel.test")
    db.session.commit()
    data = {"domain_name": "chat.beispeil.test", "llm_client": ""}
    page = browser.post("/domains/register", data=data, follow_redirects=True).text
    assert "If you meant chat.beispiel.test" in text_of(with_id(parse(page), "flashes"))


def test_other_domains_of_ones_own_are_no_slip(
    browser: FlaskClient, account: Account, queued: list[Any]
) -> None:
    make_domain(account, "www.acme.test")
    db.session.commit()
    for name in ("chat.acme.test", "chat.zeppelin.test"):
        page = browser.post("/domains/register", data={"domain_name": name}, follow_redirects=True).text
        assert "If you meant" not in page


def test_account_of_another_cannot_confirm(browser: FlaskClient) -> None:
    stranger = make_domain(Account(name="Rival"), HOST)
    zone = zone_that_saw(stranger, a=["203.0.113.7"])
    db.session.commit()
    answer = browser.post(f"/domains/{stranger.id}/acknowledgement", data={"known": "y"})
    assert answer.status_code == 404
    db.session.refresh(zone)
    assert zone.acknowledged_at is None
