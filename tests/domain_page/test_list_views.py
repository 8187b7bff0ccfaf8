"""The list of domains as a page, and the part of it that a script fetches while somebody types."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.factories import make_domain, make_llm_client, make_zone
from tests.page_lint import elements, parse, text_of, with_id
from webapp.extensions import db, settings
from webapp.models import Account, DomainState, Message, Probe, ProbeOutcome, User, utcnow


@pytest.fixture
def browser(client: FlaskClient, customer: User, account: Account) -> FlaskClient:
    for name in ("shop.acme.test", "chat.acme.test", "sales.acme.test", "desk.acme.test", "mail.acme.test"):
        make_zone(make_domain(account, name))
    db.session.commit()
    return sign_in(client, customer)


def test_part_is_what_the_page_has(browser: FlaskClient) -> None:
    whole = with_id(parse(browser.get("/domains?q=shop").text), "found")
    part = with_id(parse(browser.get("/domains?q=shop&part=found").text, whole=False), "found")
    assert whole is not None
    assert part is not None
    assert text_of(part) == text_of(whole)
    assert part.get("data-announce") == "1 domain matches “shop”."
    assert "part=" not in "".join(a.get("href", "") for a in elements(part, "a"))


def test_same_rows_are_not_sent_again(browser: FlaskClient, account: Account) -> None:
    first = browser.get("/domains?q=s&part=found")
    again = {"If-None-Match": first.headers["ETag"]}
    assert browser.get("/domains?q=s&part=found", headers=again).status_code == 304
    make_zone(make_domain(account, "new-shop.acme.test"))
    db.session.commit()
    changed = browser.get("/domains?q=s&part=found", headers=again)
    assert (changed.status_code, "new-shop.acme.test" in changed.text) == (200, True)


def test_other_words_are_never_the_same_rows(browser: FlaskClient) -> None:
    """Each part has an ETag of its own, or a browser would show what another search found."""
    tags = {browser.get(f"/domains?q={q}&part=found").headers["ETag"] for q in ("shop", "chat", "zzz", "yyy")}
    assert len(tags) == 4


@pytest.mark.parametrize("show", ["failing", "live", "on-hold", "off"])
def test_filter_that_is_chosen_is_there_also_where_it_finds_nothing(browser: FlaskClient, show: str) -> None:
    def filters(address: str) -> list[tuple[bool, str]]:
        [nav] = [
            one
            for one in elements(parse(browser.get(address).text), "nav")
            if one.get("aria-label") == "Filter"
        ]
        return [(one.get("aria-current") == "true", one.get("href", "")) for one in elements(nav, "a")]

    assert f"/domains?show={show}" not in [address for _, address in filters("/domains")]
    assert (True, f"/domains?show={show}") in filters(f"/domains?show={show}")


def test_part_is_nobodys_without_a_sign_in(client: FlaskClient) -> None:
    assert client.get("/domains?part=found").status_code == 302


def test_ticks_belong_to_the_form_of_the_page(browser: FlaskClient) -> None:
    page = parse(browser.get("/domains").text)
    form = with_id(page, "chosen")
    assert form is not None
    ticked = [e for e in elements(page, "input", "button") if e.get("name") in {"domain", "act"}]
    assert len(ticked) == 5 + 3
    assert {e.get("form") for e in ticked} == {"chosen"}


@pytest.mark.parametrize("number", [4, 5])
def test_few_domains_need_no_search(
    client: FlaskClient, customer: User, account: Account, number: int
) -> None:
    for one in range(number):
        make_domain(account, f"n{one}.acme.test")
    db.session.commit()
    page = parse(sign_in(client, customer).get("/domains").text)
    assert bool([form for form in elements(page, "form") if form.get("data-search")]) is (number == 5)


def test_nothing_found_offers_the_way_out(browser: FlaskClient) -> None:
    page = parse(browser.get("/domains?q=zzz&show=waiting&sort=name").text)
    found = with_id(page, "found")
    assert found is not None
    links = {text_of(a): a.get("href") for a in elements(found, "a")}
    assert "No domain under “Waiting” matches “zzz”." in text_of(found)
    assert links["Search all domains"] == "/domains?q=zzz"
    assert links["clear search"] == "/domains?show=waiting&sort=name"


@pytest.mark.parametrize(
    ("outcome", "state", "contradicted", "opens"),
    [
        (ProbeOutcome.LIVE, DomainState.VERIFIED, False, True),
        (ProbeOutcome.LIVE, DomainState.VERIFIED, True, False),
        (ProbeOutcome.LIVE, DomainState.FAILING, False, False),
        (ProbeOutcome.POINTS_ELSEWHERE, DomainState.VERIFIED, False, False),
        (None, DomainState.VERIFIED, False, False),
    ],
)
def test_open_stands_only_where_the_name_answers(
    app: Flask,
    browser: FlaskClient,
    account: Account,
    outcome: ProbeOutcome | None,
    state: DomainState,
    contradicted: bool,
    opens: bool,
) -> None:
    """And nowhere while a check contradicts the name, as on its page."""
    app.extensions["settings"] = settings().model_copy(update={"edge_probes": "yes"})
    domain = make_domain(account, "live.acme.test", state)
    domain.contrary_since = utcnow() if contradicted else None
    make_llm_client(account, deployed=True, custom_domain=domain)
    if outcome is not None:
        seen = Message(outcome.value, {"name": domain.domain_name, "address": "192.0.2.7", "status": 200})
        db.session.add(Probe(custom_domain_id=domain.id, seen=seen, seen_at=utcnow(), next_probe_at=utcnow()))
    db.session.commit()
    for url in ("/domains?q=live", "/"):
        page = parse(browser.get(url).text)
        row = next(tr for tr in elements(page, "tr") if "live.acme.test" in text_of(tr))
        links = [a for a in elements(row, "a") if a.get("class") == "visit"]
        assert [a.get("href") for a in links] == (["https://live.acme.test/"] if opens else []), url
