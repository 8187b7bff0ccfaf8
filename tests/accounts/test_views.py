"""The account itself: its name, its data, its end; and pages for what went wrong."""

from __future__ import annotations

import json

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from tests.app_fixtures import sign_in
from tests.factories import make_domain, make_llm_client, make_zone
from tests.page_lint import elements, parse, text_of, with_id
from webapp.accounts import people
from webapp.audit.log import SYSTEM, note_account
from webapp.extensions import db
from webapp.models import (
    Account,
    DomainState,
    EventKind,
    MembershipRole,
    Message,
    NotificationAddress,
    User,
    utcnow,
)


def test_owner_renames_the_account(client: FlaskClient, account: Account, customer: User) -> None:
    sign_in(client, customer)
    page = client.post("/account", data={"name": " Acme Ltd "}, follow_redirects=True).text
    assert "The account “Acme” is now called “Acme Ltd”." in page
    refused = client.post("/account", data={"name": ""})
    assert refused.status_code == 422
    assert "Enter a name for the account" in refused.text


def test_export_has_all_of_the_account_and_nothing_of_others(
    client: FlaskClient, account: Account, customer: User, rival: Account
) -> None:
    llm_client, domain = make_llm_client(account), make_domain(account)
    zone = make_zone(domain)
    llm_client.custom_domain = domain
    db.session.add(NotificationAddress(account=account, email="ops@acme.test"))
    renamed = Message("account.renamed", {"before": "A secret", "after": "Rival"})
    note_account(rival, EventKind.ACCOUNT_RENAMED, renamed, SYSTEM)
    db.session.commit()
    sign_in(client, customer)
    response = client.get("/account/export")
    assert response.mimetype == "application/json"
    assert "nameplate-1234-5678-9012.json" in response.headers["Content-Disposition"]
    data = json.loads(response.text)
    assert data["people"][0]["email"] == customer.email
    assert data["llm_clients"][0]["domain"] == "chat.acme.test"
    assert data["domains"][0]["zones"][0]["name_servers"] == zone.name_servers
    assert data["notification_addresses"] == [{"email": "ops@acme.test", "confirmed_at": None}]
    for secret in ("rival", "Rival", "argon2", customer.fs_uniquifier):
        assert secret not in response.text


def test_members_learn_nowhere_who_is_invited(
    app: Flask, client: FlaskClient, account: Account, customer: User, member: User
) -> None:
    people.invite(account, "lena@new.test", MembershipRole.MEMBER, SYSTEM, utcnow())
    db.session.commit()
    owners, members = sign_in(app.test_client(), customer), sign_in(app.test_client(), member)
    assert "lena@new.test" in owners.get("/account/people").text
    data = owners.get("/account/export").text
    assert "lena@new.test" in data
    assert "person.invited" in data
    for url in ("/account", "/account/people", "/account/export"):
        page = members.get(url).text
        assert "lena@new.test" not in page
        assert "person.invited" not in page


def test_account_is_deleted_when_its_number_is_typed(
    client: FlaskClient, account: Account, customer: User, queued: list[tuple[str, tuple[object, ...]]]
) -> None:
    make_domain(account)
    db.session.commit()
    sign_in(client, customer)
    assert "Its domain is switched off at once" in client.get("/account/delete").text
    refused = client.post("/account/delete", data={"number": "1111-2222-3333"})
    assert refused.status_code == 422
    assert "Type the number of this account, 1234-5678-9012" in refused.text
    db.session.expire_all()
    assert not account.deleted_at
    assert "is being deleted" in client.post("/account/delete", data={"number": "1234 5678 9012"}).text
    db.session.expire_all()
    assert account.deleted_at
    assert queued == [("go_on_with", (account.id,))]
    assert client.get("/domains").status_code == 403


def test_account_without_domains_is_told_of_no_records_to_delete(
    client: FlaskClient, account: Account, customer: User
) -> None:
    sign_in(client, customer)
    assert "records" not in text_of(with_id(parse(client.get("/account/delete").text), "main"))
    deleted = client.post("/account/delete", data={"number": account.number}).text
    assert "there is nothing left for you to do" in deleted
    assert "records" not in text_of(with_id(parse(deleted), "main"))


def test_account_whose_domains_are_being_removed_is_told_of_their_records(
    client: FlaskClient, account: Account, customer: User
) -> None:
    make_domain(account, state=DomainState.REMOVING)
    db.session.commit()
    sign_in(client, customer)
    deleted = client.post("/account/delete", data={"number": account.number}).text
    assert "Remember to delete our records" in deleted
    assert "It had no domain" not in deleted


def test_what_was_typed_outlives_the_session(app: Flask, account: Account, customer: User) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    browser = sign_in(app.test_client(), customer)
    app.config["WTF_CSRF_ENABLED"] = True
    typed = {"name": "Helper <b>", "csrf_token": "old"}
    home = {"Referer": "http://localhost/llm-clients/new"}
    page = browser.post("/llm-clients/new", data=typed, headers=home)
    assert page.status_code == 400
    assert "Your text is kept" in page.text
    form = next(e for e in elements(parse(page.text), "form") if e.get("action") == "/llm-clients/new")
    sent = {field.get("name"): field.get("value") for field in elements(form, "input")}
    assert sent["name"] == "Helper <b>"
    assert browser.post("/llm-clients/new", data=sent, headers=home).status_code == 303


def test_form_from_elsewhere_is_not_offered_again(app: Flask, customer: User) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    browser = sign_in(app.test_client(), customer)
    app.config["WTF_CSRF_ENABLED"] = True
    for headers in ({}, {"Referer": "https://evil.test/"}):
        page = browser.post("/llm-clients/new", data={"name": "Trap"}, headers=headers)
        assert page.status_code == 400
        assert "Trap" not in page.text


def test_password_is_never_shown_again(app: Flask) -> None:
    home = {"Referer": "http://localhost/login"}
    sent = {"email": "a@b.test", "password": "a secret secret"}
    response = app.test_client().post("/login", data=sent, headers=home)
    assert (response.status_code, response.location) == (303, "http://localhost/login")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (403, "This page is not for your account"),
        (404, "There is nothing at this address"),
        (429, "To protect accounts, we pause after many tries."),
        (503, "Nothing was changed. Try again in a minute."),
    ],
)
def test_every_fault_has_a_page_with_a_way_on(app: Flask, client: FlaskClient, code: int, words: str) -> None:
    app.add_url_rule("/fault", view_func=lambda: abort(code))
    page = client.get("/fault")
    assert page.status_code == code
    assert words in page.text
    assert "Go to the start" in page.text


def test_fault_of_ours_has_a_number_even_when_the_database_is_what_broke(
    app: Flask, client: FlaskClient, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    sign_in(client, customer)

    def broken(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("the database went away"))

    monkeypatch.setattr(type(db.session()), "execute", broken)
    monkeypatch.setattr(type(db.session()), "scalars", broken)
    monkeypatch.setattr(type(db.session()), "scalar", broken)
    page = client.get("/domains")
    assert page.status_code == 500
    assert "and name this number:" in page.text
    assert "nameplate@localhost" in page.text
    assert "the database went away" not in page.text
