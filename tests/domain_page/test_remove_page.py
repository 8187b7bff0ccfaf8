"""The page that asks before a domain is removed: what happens, what to delete, and a live name has to be typed."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.dns.delegation.cases import NOW, OURS, expectation, healthy, listing
from tests.factories import make_checked, make_domain, make_llm_client, make_zone
from tests.page_lint import elements, parse, text_of, with_id
from webapp.audit.log import SYSTEM
from webapp.dns.delegation import judge
from webapp.domains import assignment
from webapp.extensions import db
from webapp.models import Account, DomainState, LLMClientCustomDomain

HOST = "chat.acme.com"


@pytest.fixture
def live(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, HOST)
    make_zone(
        domain,
        name_servers=list(OURS),
        baseline={"parent_zone": "acme.com", "parent_name_servers": ["ada.ns.cloudflare.com"]},
    )
    assignment.attach(make_llm_client(account), domain, actor=SYSTEM)
    make_checked(domain, judge(expectation(), healthy(), NOW))
    db.session.commit()
    return domain


def state_of(domain: LLMClientCustomDomain) -> DomainState:
    db.session.refresh(domain)
    return domain.state


def test_it_says_what_happens_and_what_to_delete(browser: FlaskClient, live: LLMClientCustomDomain) -> None:
    page = text_of(with_id(parse(browser.get(f"/domains/{live.id}/remove").text), "main"))
    assert "Visitors of chat.acme.com get no answer from us any more, at once." in page
    assert "Sales itself stays" in page
    assert "Delete the NS records named “chat”" in page
    assert page.count("Still there") == 4
    assert "so that nobody else can take the name over" in page


def test_record_that_is_gone_already_is_said_to_be(browser: FlaskClient, account: Account) -> None:
    domain = make_domain(account, HOST)
    make_zone(domain, name_servers=list(OURS), baseline={"parent_zone": "acme.com"})
    make_checked(domain, judge(expectation(), listing(OURS[:3]), NOW))
    db.session.commit()
    page = text_of(with_id(parse(browser.get(f"/domains/{domain.id}/remove").text), "main"))
    assert page.count("Still there") == 3
    assert page.count("Not there") == 1


@pytest.mark.parametrize("typed", ["", "acme.com", "chat.acme.co"])
def test_live_name_goes_only_when_it_is_typed(
    browser: FlaskClient, live: LLMClientCustomDomain, typed: str
) -> None:
    response = browser.post(f"/domains/{live.id}/remove", data={"confirm": typed})
    page = parse(response.text)
    assert response.status_code == 422
    assert "Type chat.acme.com to remove it." in text_of(with_id(page, "confirm-problem"))
    assert text_of(next(elements(page, "title"))).startswith("Error: ")
    assert state_of(live) is DomainState.VERIFIED


@pytest.mark.parametrize("typed", [HOST, " Chat.ACME.com. "])
def test_name_typed_in_any_way_is_enough(
    browser: FlaskClient, live: LLMClientCustomDomain, typed: str
) -> None:
    assert browser.post(f"/domains/{live.id}/remove", data={"confirm": typed}).status_code == 303
    assert state_of(live) is DomainState.REMOVING


def test_script_without_the_field_removes_at_once(browser: FlaskClient, live: LLMClientCustomDomain) -> None:
    assert browser.post(f"/domains/{live.id}/remove").status_code == 303
    assert state_of(live) is DomainState.REMOVING


def test_name_that_is_not_live_needs_the_button_alone(browser: FlaskClient, account: Account) -> None:
    domain = make_domain(account, HOST)
    db.session.commit()
    page = parse(browser.get(f"/domains/{domain.id}/remove").text)
    assert with_id(page, "confirm") is None
    assert browser.post(f"/domains/{domain.id}/remove").status_code == 303
