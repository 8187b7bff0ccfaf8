"""The home of a customer: what needs them, what happened, and their domains."""

from __future__ import annotations

import re
from datetime import timedelta
from xml.etree.ElementTree import Element

import pytest
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.factories import make_domain, make_zone
from tests.page_lint import elements, parse, text_of, with_id
from tests.statements import statements
from webapp.audit.log import note
from webapp.dns.delegation import Verdict
from webapp.dns.judgement.finding import WHOLE_DOMAIN
from webapp.domains.rules.status import Situation
from webapp.extensions import db
from webapp.home.context import ACTIONS, MOST_FIRST, MOST_LISTED
from webapp.models import Account, DomainState, EventKind, LLMClientCustomDomain, Message, User, utcnow


@pytest.fixture
def browser(client: FlaskClient, customer: User) -> FlaskClient:
    return sign_in(client, customer)


def home(browser: FlaskClient) -> Element:
    answer = browser.get("/")
    assert answer.status_code == 200
    return parse(answer.text)


def heading(page: Element) -> str:
    return text_of(next(elements(page, "h1")))


def firsts(page: Element) -> list[str]:
    return [text_of(one) for one in elements(page, "li") if one.get("data-domain")]


def failing(account: Account, name: str, days: int = 5) -> LLMClientCustomDomain:
    now = utcnow()
    domain = make_domain(account, name, DomainState.FAILING, grace_until=now + timedelta(days=days))
    domain.verified_at, domain.contrary_since = now - timedelta(days=30), now - timedelta(hours=2)
    make_zone(domain)
    return domain


def live(account: Account, name: str) -> LLMClientCustomDomain:
    domain = make_domain(account, name, DomainState.VERIFIED, verdict=Verdict.VERIFIED)
    domain.verified_at = utcnow() - timedelta(days=3)
    make_zone(domain)
    return domain


@pytest.mark.parametrize("path", ["/", "/help"])
def test_reader_without_an_account_is_told_of_no_method(client: FlaskClient, path: str) -> None:
    """How many records there are, and of which type, depends on the method, which nobody has chosen yet."""
    page = parse(client.get(path).text)
    told = [text_of(one) for one in elements(page, "p")] + [text_of(one) for one in elements(page, "li")]
    counted = re.compile(r"\b(two|three|four) (records|name servers)\b", re.I)
    assert any("a few records" in one for one in told)
    assert not [one for one in told if counted.search(one)]


def test_newcomer_reads_what_it_takes(browser: FlaskClient) -> None:
    page = home(browser)
    assert heading(page) == "Welcome to Nameplate"
    told = text_of(with_id(page, "main"))
    for need in ("a domain that you own", "where its DNS is managed", "about 10 minutes"):
        assert need in told
    assert {"/domains/register", "/domains/import"} <= {a.get("href") for a in elements(page, "a")}
    assert "Since yesterday" not in told


def test_what_needs_somebody_is_first_with_one_sentence_and_one_action(
    browser: FlaskClient, account: Account
) -> None:
    live(account, "live.acme.test")
    domain = failing(account, "shop.acme.test")
    db.session.commit()
    page = home(browser)
    assert heading(page) == "1 domain needs you"
    assert text_of(next(elements(page, "title"))).startswith("1 domain needs you – Home")
    [one] = [li for li in elements(page, "li") if li.get("data-domain")]
    assert "shop.acme.test no longer leads to us" in text_of(one)
    [action] = [a for a in elements(one, "a") if "btn" in a.get("class", "")]
    assert (text_of(action), action.get("href")) == ("Put it right: shop.acme.test", f"/domains/{domain.id}")
    assert [e for e in elements(page, "div") if e.get("role") == "region"] == [], (
        "the banner would say it again"
    )


def test_others_are_a_link(browser: FlaskClient, account: Account) -> None:
    for number in range(6):
        failing(account, f"n{number}.acme.test")
    db.session.commit()
    page = home(browser)
    assert heading(page) == "6 domains need you"
    assert len(firsts(page)) == MOST_FIRST
    links = {text_of(a): a.get("href") for a in elements(page, "a")}
    assert links["3 more need you"] == "/domains?show=action"


def test_suspended_domain_is_told_of_after_those_that_need_somebody(
    browser: FlaskClient, account: Account
) -> None:
    live(account, "held.acme.test").held_at = utcnow()
    failing(account, "shop.acme.test")
    led = {"zone": "acme.test", "by": "test", "registrar": True, "others": []}
    led |= {"former": ["ns1.old.test"], "remembered": False}
    in_danger = live(account, "danger.acme.test")
    in_danger.alarm_since, in_danger.alarm = utcnow(), {"reason": WHOLE_DOMAIN, "params": led}
    db.session.commit()
    page = home(browser)
    assert [one.split()[0] for one in firsts(page)] == [
        "danger.acme.test",
        "shop.acme.test",
        "held.acme.test",
    ]
    assert "Site and mail of acme.test are down." in firsts(page)[0]
    assert "more need" not in text_of(page)


def test_who_has_records_to_add_is_told_where_nothing_is_wrong(
    browser: FlaskClient, account: Account
) -> None:
    domain = make_domain(account, "new.acme.test")
    make_zone(domain)
    db.session.commit()
    page = home(browser)
    assert heading(page) == "1 domain waits for DNS"
    assert "Nothing needs you" not in text_of(page)
    assert ["new.acme.test" in one for one in firsts(page)] == [True]
    failing(account, "shop.acme.test")
    db.session.commit()
    assert ["shop.acme.test" in one for one in firsts(home(browser))] == [True]


def test_suspended_domain_is_told_of_and_not_counted(browser: FlaskClient, account: Account) -> None:
    domain = live(account, "held.acme.test")
    domain.held_at = utcnow()
    db.session.commit()
    page = home(browser)
    assert heading(page) == "Nothing needs you"
    assert "held.acme.test" in firsts(page)[0]
    assert "needs nothing from you" not in text_of(page)


def test_calm_when_nothing_needs_anybody(browser: FlaskClient, account: Account) -> None:
    live(account, "live.acme.test")
    db.session.commit()
    page = home(browser)
    assert heading(page) == "Nothing needs you"
    told = text_of(with_id(page, "main"))
    assert "Your verified domain needs nothing from you. We keep checking" in told
    assert "Nothing has changed." in told
    assert firsts(page) == []


def test_calm_is_said_of_verified_domains_alone(browser: FlaskClient, account: Account) -> None:
    make_domain(account, "given-up.acme.test", DomainState.EXPIRED)
    db.session.commit()
    told = text_of(with_id(home(browser), "main"))
    assert "Your domain is off or being removed. Its page says what you can do." in told
    assert "We keep checking" not in told
    make_domain(account, "leaving.acme.test", DomainState.REMOVING)
    db.session.commit()
    told = text_of(with_id(home(browser), "main"))
    assert "Your 2 domains are off or being removed. Their pages say what you can do." in told
    live(account, "one.acme.test")
    live(account, "two.acme.test")
    db.session.commit()
    told = text_of(with_id(home(browser), "main"))
    assert "Your 2 verified domains need nothing from you. We keep checking" in told
    assert "off or being removed" not in told


def test_what_happened_leads_to_the_history(browser: FlaskClient, account: Account) -> None:
    domain = live(account, "live.acme.test")
    said = Message("domain.verified", {"name": domain.domain_name, "parent": "acme.test"})
    note(domain, EventKind.STATE_CHANGED, said)
    db.session.commit()
    page = home(browser)
    told = [li for li in elements(page, "li") if "live.acme.test is verified" in text_of(li)]
    assert [a.get("href") for li in told for a in elements(li, "a")] == [f"/domains/{domain.id}/history"]


def test_number_of_queries_does_not_grow_with_the_account(browser: FlaskClient, account: Account) -> None:
    def asked(domains: int) -> int:
        for number in range(domains):
            note(
                failing(account, f"d{domains}-{number}.acme.test"),
                EventKind.REGISTERED,
                Message("domain.registered", {"name": "x.acme.test"}),
            )
        db.session.commit()
        with statements() as found:
            page = home(browser)
        assert len(list(elements(page, "tr"))) == MOST_LISTED + 1
        return len(found)

    assert asked(MOST_LISTED + 1) == asked(60)


def test_whatever_needs_somebody_has_words_for_its_action() -> None:
    assert {one for one in Situation if one.urges} <= ACTIONS.keys()


def test_staff_without_an_account_start_with_their_own_pages(client: FlaskClient, staff_member: User) -> None:
    answer = sign_in(client, staff_member).get("/")
    assert (answer.status_code, answer.location) == (302, "/staff")
