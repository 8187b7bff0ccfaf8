from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_domain, make_user, make_zone, said
from tests.page_lint import elements, parse, text_of
from webapp.extensions import db
from webapp.models import (
    Account,
    Check,
    CheckOrigin,
    DomainState,
    Finding,
    LLMClientCustomDomain,
    Message,
    User,
    ZoneState,
    utcnow,
)

Queued = list[tuple[str, tuple[object, ...]]]
PAGES = ["/staff", "/staff/domains", "/staff/accounts", "/staff/denied", "/staff/events", "/staff/system"]


@pytest.fixture
def browser(client: FlaskClient, staff_member: User, queued: Queued) -> FlaskClient:
    return sign_in(client, staff_member)


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, "chat.acme.test")
    make_zone(
        domain, name_servers=["ns-7.awsdns-00.com", "ns-8.awsdns-01.net"], aws_hosted_zone_id="Z00AB12CD"
    )
    make_domain(account, "other.acme.test", DomainState.VERIFIED)
    make_domain(make_account("Rival", number="9999-8888-7777"), "chat.rival.test")
    db.session.commit()
    return domain


def found(browser: FlaskClient, query: str) -> list[str]:
    page = parse(browser.get(f"/staff/domains?{query}").text)
    return [text_of(cell) for cell in elements(page, "th") if cell.get("scope") == "row"]


@pytest.mark.parametrize("url", PAGES)
def test_pages_answer_staff_and_nobody_else(
    browser: FlaskClient, domain: LLMClientCustomDomain, customer: User, url: str
) -> None:
    assert browser.get(url).status_code == 200
    other = browser.application.test_client()
    assert sign_in(other, customer).get(url).status_code == 404


def test_customer_cannot_use_a_staff_address(
    client: FlaskClient, domain: LLMClientCustomDomain, customer: User
) -> None:
    sign_in(client, customer)
    assert client.get(f"/staff/domains/{domain.id}").status_code == 404
    assert client.post(f"/staff/domains/{domain.id}/checks", data={"reason": "x"}).status_code == 404
    assert db.session.scalars(select(Check)).all() == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=chat.acme.test", ["chat.acme.test"]),
        ("q=CHAT.ACME.TEST.", ["chat.acme.test"]),
        ("q=https://chat.acme.test/x", ["chat.acme.test"]),
        ("q=acme", ["chat.acme.test", "other.acme.test"]),
        ("q=acme.test", ["chat.acme.test", "other.acme.test"]),
        ("q=chat.ac", ["chat.acme.test"]),
        ("q=oth&state=verified", ["other.acme.test"]),
        ("q=cme", ["chat.acme.test", "other.acme.test"]),
        ("q=at.a", ["chat.acme.test"]),
        ("q=.test", ["chat.acme.test", "chat.rival.test", "other.acme.test"]),
        ("q=her&state=verified", ["other.acme.test"]),
        ("q=cm", []),
        ("q=1234-5678-9012", ["other.acme.test", "chat.acme.test"]),
        ("q=123456789012", ["other.acme.test", "chat.acme.test"]),
        ("q=Z00AB12CD", ["chat.acme.test"]),
        ("q=/hostedzone/Z00AB12CD", ["chat.acme.test"]),
        ("q=ns-8.awsdns-01.net", ["chat.acme.test"]),
        ("state=verified", ["other.acme.test"]),
        ("q=chat&state=pending", ["chat.acme.test", "chat.rival.test"]),
        ("state=nonsense", ["chat.rival.test", "other.acme.test", "chat.acme.test"]),
        ("q=%25", []),
        ("q=nothing-like-it", []),
    ],
)
def test_any_domain_is_one_search_away(
    browser: FlaskClient, domain: LLMClientCustomDomain, query: str, names: list[str]
) -> None:
    assert found(browser, query) == names


def test_long_lists_are_turned_by_the_last_id(browser: FlaskClient, account: Account) -> None:
    for number in range(52):
        make_domain(account, f"n{number}.acme.test")
    db.session.commit()
    page = parse(browser.get("/staff/domains").text)
    older = next(a.attrib["href"] for a in elements(page, "a") if text_of(a) == "More")
    assert found(browser, older.partition("?")[2]) == ["n1.acme.test", "n0.acme.test"]


#: What `url_for` takes for its own.
ODD = "q=acme&endpoint=x&_external=1&_scheme=y&_method=z&_anchor=a&account_id=0"


@pytest.mark.parametrize("url", ["/staff/domains", "/staff/accounts", "/staff/accounts/{}"])
def test_no_argument_in_the_address_keeps_a_long_list_from_being_turned(
    browser: FlaskClient, account: Account, url: str
) -> None:
    for number in range(51):
        make_domain(account, f"n{number}.acme.test")
        make_account(f"Acme {number}")
    db.session.commit()
    response = browser.get(f"{url.format(account.id)}?{ODD}")
    assert response.status_code == 200
    page = parse(response.text)
    [further] = [a.attrib["href"] for a in elements(page, "a") if text_of(a) == "More"]
    assert further.startswith(url.format(account.id))
    assert "q=acme" in further
    assert browser.get(further).status_code == 200


def test_domain_page_is_the_customers_with_evidence(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    page = browser.get(f"/staff/domains/{domain.id}").text
    assert "Waiting for DNS" in page
    assert "Z00AB12CD" in page
    assert "1234-5678-9012" in page
    status = browser.get(f"/staff/domains/{domain.id}/status").text
    assert f'data-live="/staff/domains/{domain.id}/status"' in status


def test_forced_check_needs_a_reason_and_no_pause_and_the_customer_reads_it(
    browser: FlaskClient, domain: LLMClientCustomDomain, customer: User, queued: Queued
) -> None:
    url = f"/staff/domains/{domain.id}/checks"
    domain.check_requested_at = utcnow()
    db.session.commit()
    refused = browser.post(url, data={"reason": " "})
    assert refused.status_code == 422
    assert 'id="check-reason-problem"' in refused.text
    assert browser.post(url, data={"reason": "They called us."}).status_code == 303
    check = db.session.scalars(select(Check)).one()
    assert check.origin is CheckOrigin.STAFF
    assert queued == [("run_check", (check.id,))]
    other = sign_in(browser.application.test_client(), customer)
    history = other.get(f"/domains/{domain.id}").text
    assert "Reason: They called us." in history
    assert "Nameplate’s staff" in history
    assert "staff@platform.test" not in history


def test_domain_that_is_not_there(browser: FlaskClient) -> None:
    assert browser.get("/staff/domains/4711").status_code == 404


def test_overview_counts_and_names_what_aws_did_not_make(
    browser: FlaskClient, account: Account, domain: LLMClientCustomDomain
) -> None:
    make_zone(make_domain(account, "stuck.acme.test"), ZoneState.PARKED, problem=said("TooManyHostedZones"))
    db.session.commit()
    page = browser.get("/staff").text
    assert "<strong>3</strong> pending" in page
    assert "TooManyHostedZones" in page


@pytest.mark.parametrize("text", ["Acme", "aCM", "1234-5678-9012", "123456789012", "owner@acme.test"])
def test_accounts_are_found(browser: FlaskClient, account: Account, customer: User, text: str) -> None:
    make_user(account=make_account("Rival"), email="someone@rival.test")
    db.session.commit()
    page = browser.get(f"/staff/accounts?q={text}").text
    assert "owner@acme.test" in page
    assert "Rival" not in page


def test_events_are_filtered(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    browser.post(f"/staff/domains/{domain.id}/checks", data={"reason": "They called us."})
    assert "They called us." in browser.get("/staff/events?kind=check.requested").text
    assert "They called us." not in browser.get("/staff/events?kind=registered").text


def test_system_page_shows_settings_and_no_secret(browser: FlaskClient) -> None:
    page = browser.get("/staff/system").text
    assert "DNS resolvers" in page
    assert browser.application.config["SECRET_KEY"] not in page


def test_overview_says_what_waits(browser: FlaskClient, account: Account) -> None:
    late = make_domain(account, "late.acme.test", DomainState.VERIFIED, next_check_at=utcnow())
    make_domain(account, "held.acme.test", DomainState.VERIFIED, next_check_at=utcnow(), held_at=utcnow())
    db.session.add(Check(custom_domain=late, origin=CheckOrigin.SCHEDULE))
    told = Message("finding.orphan", {"zone": "Z9", "name": "acme.test"})
    db.session.add(Finding(kind="unknown", message=told, last_seen_at=utcnow()))
    make_domain(account, "gone.acme.test", DomainState.REMOVING)
    db.session.commit()
    page = browser.get("/staff").text
    assert "<dt>Open checks</dt><dd>1</dd>" in page
    assert "<dt>Overdue domains</dt><dd>1, the oldest was due" in page
    assert "<strong>1</strong> suspended" in page
    assert "Zone Z9 of acme.test carries our tag" in page
    assert "gone.acme.test" in page


def test_names_on_hold_are_a_list(browser: FlaskClient, account: Account) -> None:
    make_domain(account, "held.acme.test", held_at=utcnow())
    make_domain(account, "free.acme.test")
    db.session.commit()
    assert found(browser, "state=held") == ["held.acme.test"]


def test_pages_of_a_search_by_name_miss_and_repeat_nothing(browser: FlaskClient, account: Account) -> None:
    names = [f"chat{n:02}.acme.test" for n in range(60)] + [f"x{n:02}.chat.test" for n in range(60)]
    names += [f"livechat{n:02}.acme.test" for n in range(60)]
    for name in names:
        make_domain(account, name)
    db.session.commit()
    query, seen = "q=chat", []
    while query:
        seen += found(browser, query)
        page = browser.get(f"/staff/domains?{query}").text
        query = page.partition('class="pager"><a href="')[2].partition('"')[0].replace("&amp;", "&")
        query = query.partition("?")[2]
    assert seen == names


def test_whole_name_that_is_there_is_no_part_of_others(browser: FlaskClient, account: Account) -> None:
    for name in ("my.acme.test", "acme.test.example.com"):
        make_domain(account, name)
    db.session.commit()
    assert found(browser, "q=my.acme.test") == ["my.acme.test"]
    assert found(browser, "q=y.acme.test") == ["my.acme.test"]
    assert found(browser, "q=acme.test") == ["acme.test.example.com", "my.acme.test"]


def test_search_names_the_accounts_that_begin_so(browser: FlaskClient, account: Account) -> None:
    assert f'href="/staff/accounts/{account.id}"' in browser.get("/staff/domains?q=acm").text
