"""The history page: repeats folded, state changes alone, and the whole of it as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_domain, make_user
from tests.page_lint import elements, parse, text_of
from webapp.audit import history
from webapp.audit.log import Actor, note
from webapp.domains import lifecycle
from webapp.extensions import db
from webapp.models import Account, DomainState, EventKind, LLMClientCustomDomain, Message, User, utcnow

VERIFIED = "chat.acme.test is verified: acme.test has exactly our four NS records for it."


def numbered(number: int) -> Message:
    return Message("llm-client.attached", {"name": "chat.acme.test", "llm_client": f"bot {number}"})


def said(number: int) -> str:
    return f"chat.acme.test now leads to bot {number}."


@pytest.fixture
def browser(client: FlaskClient, customer: User) -> FlaskClient:
    return sign_in(client, customer)


@pytest.fixture
def domain(account: Account, customer: User) -> LLMClientCustomDomain:
    domain = make_domain(account)
    registered = Message("domain.registered", {"name": domain.domain_name})
    note(domain, EventKind.REGISTERED, registered, Actor.person(customer))
    for _ in range(3):
        note(domain, EventKind.CHECK_REQUESTED, Message("check.requested"), Actor.person(customer))
    staff = make_user(staff=True, email="staff@platform.test")
    note(
        domain,
        EventKind.CHECK_REQUESTED,
        Message("llm-client.attached", {"name": "=chat", "llm_client": "Bot"}),
        Actor.person(staff, as_staff=True),
        reason="asked by phone",
    )
    db.session.flush()
    lifecycle.change_state(
        domain,
        DomainState.VERIFIED,
        utcnow() + timedelta(minutes=1),
        Actor.person(customer),
        Message("domain.verified", {"name": domain.domain_name, "parent": "acme.test"}),
    )
    db.session.commit()
    return domain


def entries(browser: FlaskClient, url: str) -> list[str]:
    page = parse(browser.get(url).text)
    lists = [ol for ol in elements(page, "ol") if ol.get("class") == "history"]
    return [text_of(next(elements(li, "p"))) for day in lists for li in elements(day, "li")]


def test_newest_first_with_repeats_folded(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    assert entries(browser, f"/domains/{domain.id}/history") == [
        VERIFIED,
        "=chat now leads to Bot.",
        "A check was requested. 3 times",
        "chat.acme.test was registered.",
    ]


def test_state_changes_alone(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    shown = entries(browser, f"/domains/{domain.id}/history?show=changes")
    assert shown == [VERIFIED, "chat.acme.test was registered."]


def test_it_goes_on_below_fifty(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    for number in range(60):
        note(domain, EventKind.CHECK_REQUESTED, numbered(number))
    db.session.commit()
    url = f"/domains/{domain.id}/history"
    page = parse(browser.get(url).text)
    older = next(a.attrib["href"] for a in elements(page, "a") if text_of(a) == "Older")
    first, second = entries(browser, url), entries(browser, older)
    assert (first[0], first[-1], second[0]) == (said(59), said(10), said(9))
    assert second[-1] == "chat.acme.test was registered."


def test_csv_has_every_event_and_no_formula(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    response = browser.get(f"/domains/{domain.id}/history?as=csv")
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert response.mimetype == "text/csv"
    assert "filename=chat.acme.test-history.csv" in response.headers["Content-Disposition"]
    assert len(rows) == 6
    assert (rows[0]["kind"], rows[0]["from"], rows[0]["to"]) == ("state.changed", "pending", "verified")
    assert rows[1]["sentence"] == "'=chat now leads to Bot."
    assert (rows[1]["who"], rows[1]["reason"]) == ("Nameplate’s staff", "asked by phone")
    assert "staff@platform.test" not in response.text


def test_json_is_one_document_with_iso_times(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    response = browser.get(f"/domains/{domain.id}/history?as=json&show=changes")
    document = json.loads(response.text)
    assert response.mimetype == "application/json"
    assert document["domain"] == "chat.acme.test"
    assert [event["kind"] for event in document["events"]] == ["state.changed", "registered"]
    assert document["events"][0]["time"].endswith("+00:00")
    assert document["events"][0]["to"] == "verified"


def test_unknown_form_is_the_page(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    assert browser.get(f"/domains/{domain.id}/history?as=xls").mimetype == "text/html"


def test_history_of_another_account_does_not_exist(browser: FlaskClient) -> None:
    stranger = make_domain(make_account("Rival"))
    db.session.commit()
    for query in ("", "?as=csv", "?as=json"):
        assert browser.get(f"/domains/{stranger.id}/history{query}").status_code == 404


def test_odd_words_in_the_address_break_no_link(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    for number in range(60):
        note(domain, EventKind.CHECK_REQUESTED, numbered(number))
    db.session.commit()
    url = f"/domains/{domain.id}/history?endpoint=x&_scheme=javascript&domain_id=0"
    page = parse(browser.get(url).text)
    older = next(a.attrib["href"] for a in elements(page, "a") if text_of(a) == "Older")
    assert older.startswith(f"/domains/{domain.id}/history?")


def test_only_what_says_the_same_is_folded(domain: LLMClientCustomDomain, customer: User) -> None:
    someone, other = Actor.person(customer), Actor.person(make_user(email="other@acme.test"))
    made = [
        note(domain, EventKind.ATTACHED, numbered(1), someone),
        note(domain, EventKind.ATTACHED, numbered(1), someone),
        note(domain, EventKind.ATTACHED, numbered(2), someone),
        note(domain, EventKind.ATTACHED, numbered(2), other),
        note(domain, EventKind.ATTACHED, numbered(2), other, reason="Asked."),
    ]
    assert [(entry.event, entry.times) for entry in history.fold(made)] == [
        (made[0], 2),
        (made[2], 1),
        (made[3], 1),
        (made[4], 1),
    ]


def test_old_rows_are_folded_by_what_they_stored(domain: LLMClientCustomDomain) -> None:
    made = [note(domain, EventKind.CHECK_REQUESTED, Message("check.requested")) for _ in range(4)]
    for event, sentence in zip(made, ("One.", "One.", "Two."), strict=False):
        event.message, event.legacy_sentence = None, sentence
    assert [entry.times for entry in history.fold(made)] == [2, 1, 1]
