"""The bar of steps: one is done when the records were seen, whatever is under way."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.dns.delegation.cases import OURS, check, world
from tests.domain_page.pages import page_of
from tests.factories import make_checked, make_domain, make_zone
from tests.page_lint import elements, text_of
from tests.twins.dns import Fault
from webapp.dns.judgement.finding import WHOLE_DOMAIN
from webapp.extensions import db
from webapp.models import Account, Check, CheckOrigin, CheckStatus, LLMClientCustomDomain, ZoneState, utcnow

HOST = "chat.acme.com"


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, HOST)
    make_zone(domain, name_servers=list(OURS))
    return domain


def steps(browser: FlaskClient, domain: LLMClientCustomDomain) -> list[str | None]:
    (bar,) = [one for one in elements(page_of(browser, domain), "ol") if one.get("class") == "steps"]
    states = [text_of(one) for one in elements(bar, "span") if one.get("class") == "step-state"]
    assert [one.get("aria-current") for one in elements(bar, "li")] == [
        "step" if state == "Now" else None for state in states
    ]
    return [*states]


def test_no_bar_where_nothing_is_to_be_done_yet(browser: FlaskClient, account: Account) -> None:
    """The picture says which part is being prepared."""
    domain = make_domain(account, "new.acme.com")
    make_zone(domain, state=ZoneState.WANTED)
    page = page_of(browser, domain)
    assert [one for one in elements(page, "ol") if one.get("class") == "steps"] == []
    assert "Step " not in text_of(page)


def test_no_bar_while_the_whole_domain_is_in_danger(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    params = {"zone": "acme.com", "by": "com", "registrar": True, "ours": [], "others": [], "former": []}
    params |= {"remembered": True, "ttl": 300}
    domain.alarm_since, domain.alarm = utcnow(), {"reason": WHOLE_DOMAIN, "params": params}
    assert "Step " not in text_of(page_of(browser, domain))


def test_bar_names_the_step_that_is_on(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    assert "Step 1 of 3: add the records" in text_of(page_of(browser, domain))


def press(domain: LLMClientCustomDomain) -> None:
    db.session.add(
        Check(
            custom_domain=domain,
            origin=CheckOrigin.CUSTOMER,
            status=CheckStatus.RUNNING,
            started_at=utcnow(),
        )
    )


@pytest.mark.parametrize("delegated", [(), OURS[:3], (*OURS, "ns1.other.net"), ("ns1.other.net",)])
def test_no_check_makes_records_that_were_never_seen_done(
    browser: FlaskClient, domain: LLMClientCustomDomain, delegated: tuple[str, ...]
) -> None:
    now = ["Now", "Later", "Later"]
    assert steps(browser, domain) == now
    press(domain)
    assert steps(browser, domain) == now
    db.session.delete(domain.checks[0])
    make_checked(domain, check(world(delegated=delegated)[0]))
    assert steps(browser, domain) == now
    press(domain)
    assert steps(browser, domain) == now


def test_records_that_were_seen_are_done_before_the_name_is_verified(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    dns, _ = world()
    for server in OURS:
        dns.server(server).fault = Fault.REFUSED
    make_checked(domain, check(dns))
    assert steps(browser, domain)[0] == "Done"
    press(domain)
    assert steps(browser, domain)[0] == "Done"
