"""Which states of a domain's page load themselves again without scripts: only those in which an end is near and the
reader has nothing to tick, to type or to choose. All others have a link for it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.dns.delegation.cases import OURS
from tests.domain_page.pages import page_of
from tests.factories import make_domain, make_llm_client, make_user, make_zone
from tests.page_lint import elements, parse, refreshes_of, text_of
from webapp.extensions import db
from webapp.models import (
    Account,
    Check,
    CheckOrigin,
    DeniedName,
    DomainState,
    HostedZone,
    LLMClientCustomDomain,
    ZoneState,
    utcnow,
)

HOST = "chat.acme.com"
A_SITE = {"reachable": True, "parent_zone": "acme.com", "a": ["203.0.113.7"]}


@pytest.fixture
def staff(client: FlaskClient) -> FlaskClient:
    return sign_in(client, make_user(staff=True))


def a_domain(
    account: Account,
    state: DomainState = DomainState.PENDING,
    zone: ZoneState = ZoneState.READY,
    **values: Any,
) -> LLMClientCustomDomain:
    domain = make_domain(account, HOST, state)
    make_zone(domain, zone, **values)
    return domain


def checking(domain: LLMClientCustomDomain, minutes: int = 0) -> LLMClientCustomDomain:
    began = utcnow() - timedelta(minutes=minutes)
    db.session.add(Check(custom_domain=domain, origin=CheckOrigin.CUSTOMER, created_at=began))
    return domain


def just_asked(domain: LLMClientCustomDomain) -> LLMClientCustomDomain:
    """Verify rests."""
    domain.check_requested_at = utcnow()
    return domain


def held(domain: LLMClientCustomDomain) -> LLMClientCustomDomain:
    domain.held_at, domain.hold_reason = utcnow(), "Reported as phishing."
    return domain


def denied(domain: LLMClientCustomDomain) -> LLMClientCustomDomain:
    db.session.add(DeniedName(name="acme.com", below=True, reason="Phishing.", actor_name="staff"))
    return domain


def again(page: Element) -> list[str]:
    """Where the links lead that load the page again."""
    found = (a.attrib["href"] for n in elements(page, "noscript") for a in elements(n, "a"))
    return list(found)


Case = Callable[[Account], LLMClientCustomDomain]

ENDS_SOON: dict[str, Case] = {
    "wanted": lambda account: a_domain(account, zone=ZoneState.WANTED, created_at=utcnow()),
    "created": lambda account: a_domain(account, zone=ZoneState.CREATED, created_at=utcnow()),
    "parked-just-now": lambda account: a_domain(account, zone=ZoneState.PARKED, created_at=utcnow()),
    "no-zone-yet": lambda account: make_domain(account, HOST),
    "site-seen-before-the-zone-is-ready": lambda account: a_domain(
        account, zone=ZoneState.CREATED, created_at=utcnow(), baseline=A_SITE
    ),
    "checking": lambda account: checking(a_domain(account)),
    "checking-just-asked": lambda account: checking(just_asked(a_domain(account))),
    "checking-acknowledged": lambda account: checking(
        a_domain(account, baseline=A_SITE, acknowledged_at=utcnow())
    ),
    "checking-verified": lambda account: checking(a_domain(account, DomainState.VERIFIED)),
    "checking-failing": lambda account: checking(a_domain(account, DomainState.FAILING)),
}
WAITS: dict[str, Case] = {
    "records-to-type": a_domain,
    "verify-rests": lambda account: just_asked(a_domain(account)),
    "to-acknowledge": lambda account: a_domain(account, baseline=A_SITE),
    "to-acknowledge-verify-rests": lambda account: just_asked(a_domain(account, baseline=A_SITE)),
    "to-acknowledge-checking": lambda account: checking(a_domain(account, baseline=A_SITE)),
    "acknowledged": lambda account: a_domain(account, baseline=A_SITE, acknowledged_at=utcnow()),
    "wanted-for-long": lambda account: a_domain(account, zone=ZoneState.WANTED),
    "parked-for-long": lambda account: a_domain(account, zone=ZoneState.PARKED),
    "checking-for-long": lambda account: checking(a_domain(account), minutes=3),
    "refused": lambda account: a_domain(account, zone=ZoneState.REFUSED, created_at=utcnow()),
    "denied": lambda account: denied(a_domain(account)),
    "verified": lambda account: a_domain(account, DomainState.VERIFIED),
    "verified-verify-rests": lambda account: just_asked(a_domain(account, DomainState.VERIFIED)),
    "failing": lambda account: a_domain(account, DomainState.FAILING),
    "lapsed": lambda account: a_domain(account, DomainState.LAPSED),
    "expired": lambda account: a_domain(account, DomainState.EXPIRED),
    "held": lambda account: held(a_domain(account, DomainState.VERIFIED)),
    "removing": lambda account: just_asked(a_domain(account, DomainState.REMOVING, ZoneState.LEAVING)),
}


@pytest.mark.parametrize("case", ENDS_SOON.values(), ids=ENDS_SOON.keys())
def test_page_loads_itself_again_while_an_end_is_near(
    browser: FlaskClient, account: Account, case: Case
) -> None:
    make_llm_client(account)
    domain = case(account)
    page = page_of(browser, domain)
    assert [meta.get("content") for meta in refreshes_of(page)] == ["5"]
    assert "This page loads itself again until the answer is there." in text_of(page)
    assert again(page) == [f"/domains/{domain.id}"]
    assert {form.get("class") for form in elements(page, "form") if any(elements(form, "select"))} == {
        "not-while-refreshing"
    }


@pytest.mark.parametrize("case", WAITS.values(), ids=WAITS.keys())
def test_page_that_waits_for_its_reader_never_loads_itself_again(
    browser: FlaskClient, account: Account, case: Case
) -> None:
    make_llm_client(account)
    domain = case(account)
    page = page_of(browser, domain)
    assert list(refreshes_of(page)) == []
    assert "loads itself again" not in text_of(page)
    assert again(page) == [f"/domains/{domain.id}"]
    assert "not-while-refreshing" not in {form.get("class") for form in elements(page, "form")}


@pytest.mark.parametrize("case", (ENDS_SOON | WAITS).values(), ids=(ENDS_SOON | WAITS).keys())
def test_page_of_staff_never_does_for_they_type_reasons(
    staff: FlaskClient, account: Account, case: Case
) -> None:
    domain = case(account)
    page = page_of(staff, domain, "/staff")
    assert list(refreshes_of(page)) == []
    assert "loads itself again" not in text_of(page)
    assert again(page) == [f"/staff/domains/{domain.id}"]


@pytest.mark.parametrize("case", (ENDS_SOON | WAITS).values(), ids=(ENDS_SOON | WAITS).keys())
def test_what_scripts_swap_in_has_no_refresh(browser: FlaskClient, account: Account, case: Case) -> None:
    domain = case(account)
    db.session.commit()
    part = parse(browser.get(f"/domains/{domain.id}/status").text, whole=False)
    assert list(refreshes_of(part)) == []


def test_link_keeps_the_form_in_which_the_records_are_shown(browser: FlaskClient, account: Account) -> None:
    domain = a_domain(account)
    db.session.commit()
    page = parse(browser.get(f"/domains/{domain.id}?as=terraform").text)
    assert again(page) == [f"/domains/{domain.id}?as=terraform"]


@pytest.mark.parametrize("baseline", [A_SITE, None])
def test_form_that_comes_back_is_never_fetched_from_its_own_address(
    browser: FlaskClient, account: Account, baseline: dict[str, Any] | None
) -> None:
    """Only POST is possible there."""
    domain = checking(a_domain(account, baseline=baseline))
    db.session.commit()
    answer = browser.post(f"/domains/{domain.id}/acknowledgement", data={})
    assert answer.status_code == 422
    page = parse(answer.text)
    assert list(refreshes_of(page)) == []
    assert again(page) == [f"/domains/{domain.id}"]


def test_tick_is_asked_for_once_there_is_something_to_show(browser: FlaskClient, account: Account) -> None:
    """So that the refresh and the tick never meet on one page."""
    domain = a_domain(account, zone=ZoneState.CREATED, created_at=utcnow(), baseline=A_SITE)
    assert "Show what to type" not in text_of(page_of(browser, domain))
    zone = db.session.get_one(HostedZone, domain.zones[0].id)
    zone.state, zone.name_servers = ZoneState.READY, list(OURS)
    assert "Show what to type" in text_of(page_of(browser, domain))
