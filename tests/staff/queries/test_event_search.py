"""The audit log: filters in the address, pages, CSV."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_domain
from webapp.audit.log import COMMAND, SYSTEM, note, note_account
from webapp.extensions import db
from webapp.models import Account, EventKind, Message, User, utcnow

NOW = utcnow()


def said(words: str) -> Message:
    return Message("person.left", {"email": words})


@pytest.fixture
def browser(client: FlaskClient, staff_member: User, account: Account) -> FlaskClient:
    mine = make_domain(account, "chat.acme.test")
    other = make_domain(make_account("Rival", number="9999-8888-7777"), "chat.rival.test")
    note(mine, EventKind.REGISTERED, said("One"), SYSTEM)
    note(other, EventKind.REGISTERED, said("Two"), COMMAND, reason="=cmd()")
    note_account(account, EventKind.ACCOUNT_RENAMED, said("Three"), COMMAND)
    note(mine, EventKind.STATE_CHANGED, said("Four"), SYSTEM).created_at = NOW - timedelta(days=3)
    db.session.commit()
    return sign_in(client, staff_member)


DAY = (NOW - timedelta(days=3)).date().isoformat()


@pytest.mark.parametrize(
    ("query", "sentences"),
    [
        ("", ["Three", "Two", "One", "Four"]),
        ("domain=CHAT.acme.test.", ["One", "Four"]),
        ("domain=nobody.test", []),
        ("account=1234-5678-9012", ["Three", "One", "Four"]),
        ("account=999988887777", ["Two"]),
        ("account=none", []),
        ("actor=Command+line", ["Three", "Two"]),
        ("kind=registered", ["Two", "One"]),
        ("kind=nonsense", ["Three", "Two", "One", "Four"]),
        # The workers of a run collect for themselves, perhaps on two sides of midnight, and must find the same names.
        pytest.param(f"until={DAY}", ["Four"], id="until"),
        pytest.param(f"since={DAY}&until={DAY}&domain=chat.acme.test", ["Four"], id="since-until-domain"),
        ("since=yesterday", ["Three", "Two", "One", "Four"]),
        ("kind=registered&actor=Nameplate", ["One"]),
    ],
)
def test_filters_stand_in_the_address_and_hold_for_page_and_csv(
    browser: FlaskClient, query: str, sentences: list[str]
) -> None:
    rows = list(csv.DictReader(browser.get(f"/staff/events?{query}&as=csv").text.splitlines()))
    assert [row["sentence"].removesuffix(" left the account.") for row in rows] == sentences
    page = browser.get(f"/staff/events?{query}").text
    assert [one for one in ("Three", "Two", "One", "Four") if f">{one} left" in page] == sentences


def test_no_cell_of_the_csv_is_a_formula(browser: FlaskClient) -> None:
    answer = browser.get("/staff/events?account=9999-8888-7777&as=csv")
    assert answer.mimetype == "text/csv"
    row = next(csv.DictReader(answer.text.splitlines()))
    assert (row["reason"], row["account"], row["domain"]) == ("'=cmd()", "9999-8888-7777", "chat.rival.test")


def test_pages_go_on_behind_events_of_the_same_moment(browser: FlaskClient, account: Account) -> None:
    domain = make_domain(account, "many.acme.test")
    for number in range(60):
        note(domain, EventKind.CHECK_REQUESTED, said(f"Verdict {number}")).created_at = NOW
    db.session.commit()
    url, seen = "/staff/events?domain=many.acme.test", []
    while url:
        page = browser.get(url).text
        seen += [n for n in range(60) if f">Verdict {n} left the account." in page]
        url = page.partition('class="pager"><a href="')[2].partition('"')[0].replace("&amp;", "&")
    assert sorted(seen) == list(range(60))
    assert len(seen) == 60


def test_account_page_has_its_people_domains_and_events(
    browser: FlaskClient, account: Account, customer: User
) -> None:
    page = browser.get(f"/staff/accounts/{account.id}").text
    assert "owner@acme.test" in page
    assert "chat.acme.test" in page
    assert "Three left the account." in page
    assert "rival" not in page
    other = browser.application.test_client()
    assert sign_in(other, customer).get(f"/staff/accounts/{account.id}").status_code == 404
    assert browser.get("/staff/accounts/4711").status_code == 404
