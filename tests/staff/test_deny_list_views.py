"""Staff's deny list: seen, added to and taken from with a reason, and what stands under an entry."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_domain, make_zone
from tests.page_lint import elements, parse, text_of
from webapp.extensions import db
from webapp.models import Account, ActorKind, DeniedName, DomainState, Event, LLMClientCustomDomain, User

HOST = "chat.acme.com"


@pytest.fixture
def browser(client: FlaskClient, staff_member: User, queued: list[object]) -> FlaskClient:
    return sign_in(client, staff_member)


@pytest.fixture
def entry(browser: FlaskClient) -> DeniedName:
    data = {"domain_name": "https://Acme.com/x", "below": "y", "reason": "A court said so."}
    answer = browser.post("/staff/denied", data=data)
    entry = db.session.scalars(select(DeniedName)).one()
    assert (answer.status_code, answer.location) == (303, f"/staff/denied/{entry.id}")
    return entry


def rows(browser: FlaskClient, url: str) -> list[str]:
    page = parse(browser.get(url).text)
    return [text_of(cell) for cell in elements(page, "th") if cell.get("scope") == "row"]


def test_name_is_put_on_the_list_with_who_and_why(browser: FlaskClient, entry: DeniedName) -> None:
    assert (entry.name, entry.below) == ("acme.com", True)
    assert (entry.reason, entry.actor_name) == ("A court said so.", "staff@platform.test")
    page = " ".join(text_of(parse(browser.get("/staff/denied").text)).split())
    for words in ("acme.com", "with all below", "A court said so.", "staff@platform.test"):
        assert words in page
    event = db.session.scalars(select(Event)).one()
    assert (event.actor_kind, event.reason) == (ActorKind.STAFF, "A court said so.")
    assert (
        "No account may have acme.com and every name below it any more." in browser.get("/staff/events").text
    )


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"domain_name": HOST, "reason": " "}, "Enter a reason; staff alone read it"),
        ({"domain_name": "", "reason": "x"}, "Enter a name, like chat.example.com."),
        ({"domain_name": "no name", "reason": "x"}, "is not a host name we can use"),
        ({"domain_name": "co.uk", "below": "y", "reason": "x"}, "shared by many owners"),
        ({"domain_name": HOST, "reason": "x"}, "is on the list already"),
    ],
)
def test_problem_is_told_beside_its_field_and_nothing_is_changed(
    browser: FlaskClient, entry: DeniedName, data: dict[str, str], problem: str
) -> None:
    answer = browser.post("/staff/denied", data=data)
    assert answer.status_code == 422
    page = parse(answer.text)
    assert text_of(next(elements(page, "title"))).startswith("Error: Deny list")
    [summary] = [div for div in elements(page, "div") if div.get("class") == "problems"]
    assert problem in text_of(summary)
    assert [one.name for one in db.session.scalars(select(DeniedName))] == ["acme.com"]
    assert len(db.session.scalars(select(Event)).all()) == 1


def test_what_stands_under_an_entry_is_listed_and_left_alone(
    browser: FlaskClient, account: Account, entry: DeniedName
) -> None:
    live = make_domain(account, HOST, DomainState.VERIFIED)
    make_zone(live)
    held = make_domain(make_account("Rival"), "held.acme.com", held_at=entry.created_at, hold_reason="x")
    make_domain(account, "chat.other.com")
    db.session.commit()
    url = f"/staff/denied/{entry.id}"
    assert rows(browser, url) == ["held.acme.com", "chat.acme.com"]
    page = parse(browser.get(url).text)
    links = {a.get("href"): text_of(a) for a in elements(page, "a")}
    assert links[f"/staff/domains/{live.id}#hold"] == "Suspend… (chat.acme.com of Acme)"
    assert f"/staff/domains/{held.id}#hold" not in links
    assert LLMClientCustomDomain.get_verified_domains() == [HOST]


def test_list_under_an_entry_goes_on(
    browser: FlaskClient, account: Account, entry: DeniedName, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.staff.deny_list_views.PER_PAGE", 2)
    for number in range(3):
        make_domain(account, f"n{number}.acme.com")
    db.session.commit()
    page = parse(browser.get(f"/staff/denied/{entry.id}").text)
    [older] = [a.get("href") or "" for a in elements(page, "a") if text_of(a) == "Older"]
    assert rows(browser, older) == ["n0.acme.com"]


def test_entry_is_taken_off_with_a_reason(browser: FlaskClient, entry: DeniedName) -> None:
    url = f"/staff/denied/{entry.id}"
    refused = browser.post(f"{url}/remove", data={"reason": ""})
    assert refused.status_code == 422
    assert "Enter a reason; staff alone read it" in refused.text
    assert browser.post(f"{url}/remove", data={"reason": "Lifted."}).status_code == 303
    assert db.session.scalars(select(DeniedName)).all() == []
    assert "Reason: Lifted." in browser.get("/staff/events").text
    assert browser.get(url).status_code == 404
    assert browser.post(f"{url}/remove", data={"reason": "Lifted."}).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [("", 1), ("ac", 1), ("acme.com", 1), ("a.b.acme.com", 1), ("chat.other.com", 0), ("x" * 300, 0)],
)
def test_search_tells_whether_a_name_is_refused(
    browser: FlaskClient, entry: DeniedName, query: str, found: int
) -> None:
    assert len(rows(browser, f"/staff/denied?q={query}")) == found


@pytest.mark.parametrize(
    ("method", "path"), [("get", ""), ("post", ""), ("get", "/{}"), ("post", "/{}/remove")]
)
def test_list_is_there_for_staff_alone(
    browser: FlaskClient, customer: User, entry: DeniedName, method: str, path: str
) -> None:
    other = sign_in(browser.application.test_client(), customer)
    url = "/staff/denied" + path.format(entry.id)
    data = {"domain_name": "x.example.com", "reason": "x"}
    assert getattr(other, method)(url, data=data if method == "post" else None).status_code == 404
    assert db.session.scalars(select(DeniedName)).all() == [entry]


def test_hold_that_also_refuses_the_name(browser: FlaskClient, account: Account) -> None:
    domain = make_domain(account, HOST, DomainState.VERIFIED)
    make_zone(domain)
    db.session.commit()
    url = f"/staff/domains/{domain.id}"
    assert "Also refuse this name to every account" in browser.get(url).text
    browser.post(f"{url}/hold", data={"reason": "Phishing.", "everywhere": "y"})
    entry = db.session.scalars(select(DeniedName)).one()
    assert (entry.name, entry.below, entry.reason) == (HOST, False, "Phishing.")
    browser.post(f"{url}/release", data={"reason": "Cleared."})
    page = browser.get(url).text
    assert "Take it off the list first." in page
    assert (
        f'<a href="/staff/denied/{db.session.query(DeniedName).one().id}">Take it off the list first</a>'
        in page
    )
    db.session.rollback()
    assert domain.held_at is not None


def test_hold_alone_refuses_the_name_to_nobody_else(browser: FlaskClient, account: Account) -> None:
    domain = make_domain(account, HOST, DomainState.VERIFIED)
    db.session.commit()
    browser.post(f"/staff/domains/{domain.id}/hold", data={"reason": "Phishing."})
    assert db.session.scalars(select(DeniedName)).all() == []
