"""The list of domains: its filters and counts agree with the headlines, and what needs somebody comes first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_domain, make_zone
from tests.page_lint import elements, parse, text_of
from webapp.dns.delegation import Verdict
from webapp.domains import listing
from webapp.domains.listing import Show
from webapp.domains.listing.orders import Mark, Sort, ends_at
from webapp.domains.rules.status import Situation, situation
from webapp.extensions import db
from webapp.messages.sentences.certificates import Problem
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    DomainState,
    LLMClientCustomDomain,
    Message,
    User,
    ZoneState,
    utcnow,
)


@pytest.fixture
def browser(client: FlaskClient, customer: User) -> FlaskClient:
    return sign_in(client, customer)


def with_zone(
    account: Account, name: str, zone: ZoneState = ZoneState.READY, **values: Any
) -> LLMClientCustomDomain:
    domain = make_domain(account, name, **values)
    make_zone(domain, zone)
    return domain


def with_certificate(account: Account, name: str, problem: Problem) -> LLMClientCustomDomain:
    domain = with_zone(account, name, state=DomainState.VERIFIED)
    db.session.add(
        Certificate(
            custom_domain=domain,
            domain_name=name,
            state=CertificateState.FAILED,
            problem=Message(problem.value),
            idempotency_token=name.partition(".")[0],
        )
    )
    return domain


@pytest.fixture
def every_kind(account: Account) -> Account:
    """One domain of each kind, oldest first."""
    with_zone(account, "live.acme.test", state=DomainState.VERIFIED)
    with_zone(account, "going.acme.test", state=DomainState.REMOVING)
    with_zone(account, "expired.acme.test", state=DomainState.EXPIRED)
    with_zone(account, "fresh.acme.test", ZoneState.WANTED)
    with_zone(account, "waiting.acme.test")
    with_zone(account, "asked.acme.test", verdict=Verdict.NOT_DELEGATED)
    with_zone(account, "ours.acme.test", verdict=Verdict.ZONE_NOT_SERVED)
    with_zone(account, "settling.acme.test", verdict=Verdict.DELEGATION_MIXED, inconsistent_since=utcnow())
    with_zone(account, "torn.acme.test", verdict=Verdict.PARENT_INCONSISTENT, inconsistent_since=utcnow())
    with_zone(account, "wrong.acme.test", verdict=Verdict.DELEGATION_PARTIAL)
    with_zone(account, "refused.acme.test", ZoneState.REFUSED)
    with_certificate(account, "caa.acme.test", Problem.CAA_RESTRICTED)
    with_certificate(account, "slow.acme.test", Problem.TIMED_OUT)
    with_zone(account, "off.acme.test", state=DomainState.LAPSED)
    with_zone(account, "failing.acme.test", state=DomainState.FAILING, grace_until=utcnow())
    with_zone(account, "removed.acme.test", state=DomainState.REMOVED)
    make_domain(make_account("Rival"), "rival.acme.test", DomainState.FAILING)
    db.session.commit()
    return account


SHOWN = {
    Show.ACTION: ["failing", "off", "caa", "refused", "wrong", "torn"],
    Show.WAITING: ["settling", "ours", "asked", "waiting", "fresh"],
    Show.VERIFIED: ["slow", "live"],
    Show.FAILING: ["failing"],
    Show.REST: ["expired", "going"],
}


def names_of(found: listing.Listed) -> list[str]:
    return [domain.domain_name.partition(".")[0] for domain in found.domains]


@pytest.mark.parametrize("show", SHOWN)
def test_filter_shows_its_own(every_kind: Account, show: Show) -> None:
    assert names_of(listing.listed(every_kind, "", show, None, 50)) == SHOWN[show]


def test_what_needs_action_comes_first(every_kind: Account) -> None:
    shown = names_of(listing.listed(every_kind, "", Show.ALL, None, 50))
    assert shown == [*SHOWN[Show.ACTION], *SHOWN[Show.WAITING], *SHOWN[Show.VERIFIED], "expired", "going"]


def test_counts_are_those_of_the_lists(every_kind: Account) -> None:
    counts = listing.counts(every_kind)
    assert {show: counts[show] for show in SHOWN} == {show: len(names) for show, names in SHOWN.items()}
    assert counts[Show.ALL] == 15


def test_counts_add_up(every_kind: Account) -> None:
    """Each domain is in one filter; what is failing is a part of what needs action."""
    with_zone(every_kind, "held.acme.test", held_at=utcnow())
    db.session.commit()
    counts = listing.counts(every_kind)
    apart = [counts[one] for one in Show if one not in {Show.ALL, Show.FAILING}]
    assert sum(apart) == counts[Show.ALL] == 16
    shown = [
        domain.id
        for one in Show
        if one not in {Show.ALL, Show.FAILING}
        for domain in listing.listed(every_kind, "", one, None, 50).domains
    ]
    assert len(shown) == len(set(shown)) == 16


def test_filters_agree_with_the_headlines(every_kind: Account) -> None:
    """The SQL and `situation` are two tellings of one thing."""
    needs = {Situation.ACTION, Situation.FAILING}
    for show, wanted in ((Show.ACTION, True), (Show.WAITING, False), (Show.VERIFIED, False)):
        for domain in listing.listed(every_kind, "", show, None, 50).domains:
            certificate = domain.certificates[0] if domain.certificates else None
            found = situation(domain, domain.zones[0] if domain.zones else None, certificate)
            assert (found in needs or domain.state is DomainState.LAPSED) is wanted, domain.domain_name


@pytest.mark.parametrize("sort", Sort)
def test_pages_follow_one_another_without_gap_or_repeat(every_kind: Account, sort: Sort) -> None:
    seen: list[str] = []
    behind: Mark | None = None
    while True:
        found = listing.listed(every_kind, "", Show.ALL, behind, 4, sort=sort)
        seen += names_of(found)
        if found.next is None:
            break
        behind = Mark.read(str(found.next))
    assert seen == names_of(listing.listed(every_kind, "", Show.ALL, None, 50, sort=sort))
    assert len(seen) == 15


def test_orders_are_what_they_say(every_kind: Account) -> None:
    def shown(sort: Sort) -> list[LLMClientCustomDomain]:
        return [*listing.listed(every_kind, "", Show.ALL, None, 50, sort=sort).domains]

    by_name = [one.domain_name for one in shown(Sort.NAME)]
    assert by_name == sorted(by_name)
    newest = [one.id for one in shown(Sort.NEWEST)]
    assert newest == sorted(newest, reverse=True)
    ends = [ends_at(one) for one in shown(Sort.EXPIRY)]
    known = [end.replace(microsecond=0) for end in ends if end is not None]
    assert known == sorted(known)
    assert ends == [*ends[: len(known)], *[None] * (len(ends) - len(known))]
    assert len(known) == 9


@pytest.mark.parametrize("text", [None, "", "7", "1-", "-1", "a-b", "1-2-3", "²-1", "1-9999999999999999999"])
def test_mark_of_somebody_else_is_none(text: str | None) -> None:
    assert Mark.read(text) is None


def test_filters_are_links_with_counts_and_stay_with_the_search(
    browser: FlaskClient, every_kind: Account
) -> None:
    page = parse(browser.get("/domains?show=action&q=acme").text)
    links = {
        text_of(a): a
        for ul in elements(page, "ul")
        if ul.get("class") == "filters"
        for a in elements(ul, "a")
    }
    assert list(links) == [
        "All 15",
        "Needs action 6",
        "of these failing 1",
        "Waiting 5",
        "Verified 2",
        "Off or removing 2",
    ]
    assert [words for words, a in links.items() if a.get("aria-current")] == ["Needs action 6"]
    assert links["Verified 2"].get("href") == "/domains?q=acme&show=verified"
    rows = [text_of(cell) for cell in elements(page, "th") if cell.get("scope") == "row"]
    assert rows == [f"{name}.acme.test" for name in SHOWN[Show.ACTION]]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?show=failing", "no domain of yours is failing"),
        ("?show=action", "no domain of yours needs anything from you"),
        ("?show=waiting", "No domain of yours is waiting"),
        ("?show=nonsense&q=zzz", "No domain matches “zzz”"),
        ("?show=verified&q=zzz", "No domain under “Verified” matches “zzz”"),
    ],
)
def test_nothing_to_show_says_why(browser: FlaskClient, account: Account, query: str, words: str) -> None:
    with_zone(account, "live.acme.test", state=DomainState.VERIFIED)
    db.session.commit()
    page = browser.get(f"/domains{query}").text
    assert words in " ".join(page.split())
    assert 'href="/domains"' in page


def test_badge_counts_what_needs_action_and_the_banner_names_it(
    browser: FlaskClient, every_kind: Account
) -> None:
    page = parse(browser.get("/llm-clients").text)
    badge = next(e for e in elements(page, "span") if e.get("class", "").startswith("count"))
    assert text_of(badge) == "6 need action"
    regions = [text_of(e) for e in elements(page, "div") if e.get("role") == "region"]
    assert "failing.acme.test no longer passes our checks" in regions[0]
    assert len(regions) == 1, "the others were never served, and are only being set up"
    for name in ("off", "caa"):
        domain = db.session.scalars(select(LLMClientCustomDomain).filter_by(domain_name=f"{name}.acme.test"))
        domain.one().verified_at = utcnow()
    db.session.commit()
    page = parse(browser.get("/llm-clients").text)
    regions = [text_of(e) for e in elements(page, "div") if e.get("role") == "region"]
    hide = "Hide for a day: Domains that need action"
    assert regions[1:] == [f"Action needed: 2 domains off.acme.test, caa.acme.test. {hide}"]


def test_error_pages_and_the_list_itself_do_not_repeat_it(browser: FlaskClient, every_kind: Account) -> None:
    domain = db.session.scalars(select(LLMClientCustomDomain).filter_by(domain_name="off.acme.test")).one()
    domain.verified_at = utcnow()
    db.session.commit()
    page = browser.get("/no-such-page")
    assert page.status_code == 404
    assert [e for e in elements(parse(page.text), "div") if e.get("role") == "region"] == []
    for path in ("/domains", "/domains?show=failing", "/domains?q=nothing-like-it"):
        tree = parse(browser.get(path).text)
        assert [e for e in elements(tree, "div") if e.get("role") == "region"] == []
        assert [text_of(e) for e in elements(tree, "a") if "show=failing" in e.get("href", "")], (
            "its filter is there"
        )


def test_nobody_is_bothered_without_reason(browser: FlaskClient, account: Account) -> None:
    with_zone(account, "waiting.acme.test")
    make_domain(make_account("Rival"), "rival.acme.test", DomainState.FAILING)
    db.session.commit()
    page = parse(browser.get("/llm-clients").text)
    assert [e for e in elements(page, "div") if e.get("role") == "region"] == []
    assert [e for e in elements(page, "span") if e.get("class", "").startswith("count")] == []


def test_many_failing_names_are_told_of_in_one_line(browser: FlaskClient, account: Account) -> None:
    for number in range(5):
        make_domain(
            account, f"n{number}.acme.test", DomainState.FAILING, grace_until=utcnow() + timedelta(days=1)
        )
    db.session.commit()
    page = parse(browser.get("/llm-clients").text)
    regions = [text_of(e) for e in elements(page, "div") if e.get("role") == "region"]
    assert len(regions) == 1
    assert (
        "n4.acme.test, n3.acme.test and 3 more no longer pass our checks; the first is switched off on"
        in regions[0]
    )
