"""The pages about keys."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_mailman import EmailMessage
from sqlalchemy import select

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_key, make_user
from webapp.extensions import db
from webapp.keys import services
from webapp.keys.access.authentication import authenticate
from webapp.keys.access.scopes import RESOURCES
from webapp.models import Account, ApiKey, EventKind, MembershipRole, User, utcnow
from webapp.models.event import Event

NEW = "/account/api-keys/new"
FORM = {"name": "Billing", "scopes": ["domains:write", "events:read"], "expires": "90"}


def secret_in(html: str) -> str:
    found = re.search(r"<code data-api-key>([^<]+)</code>", html)
    assert found
    return found[1]


def only_key() -> ApiKey:
    return db.session.scalars(select(ApiKey)).one()


@pytest.mark.usefixtures("outbox")
def test_owner_makes_a_key_whose_secret_is_shown_once(client: FlaskClient, customer: User) -> None:
    browser = sign_in(client, customer)
    answer = browser.post(NEW, data=FORM)
    assert answer.status_code == 200
    secret, key = secret_in(answer.text), only_key()
    assert authenticate(secret, utcnow()) is key
    assert (key.scopes, key.made_by) == (["domains:write", "events:read"], customer.email)
    assert key.expires_at is not None
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers or secret not in answer.headers["Set-Cookie"]
    for path in ("/account/api-keys", "/account", f"/account/api-keys/{key.id}/revoke"):
        page = browser.get(path).text
        assert secret not in page
        assert key.prefix in page


def test_owners_are_told_without_the_secret(
    client: FlaskClient, customer: User, account: Account, outbox: list[EmailMessage]
) -> None:
    make_user(account=account, email="boss@acme.test")
    member = make_user(account=account, email="member@acme.test")
    member.memberships[0].role = MembershipRole.MEMBER
    db.session.commit()
    secret = secret_in(sign_in(client, customer).post(NEW, data=FORM).text)
    assert sorted(mail.to[0] for mail in outbox) == sorted([customer.email, "boss@acme.test"])
    for mail in outbox:
        text = str(mail.message())
        assert secret not in text
        assert only_key().prefix in text
        assert "domains:write, events:read" in text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": " "}, "Enter a name"),
        ({"scopes": []}, "Choose at least one thing that the key may do."),
        ({"scopes": ["domains:delete"]}, "not a valid choice"),
        ({"expires": "31"}, "Not a valid choice"),
        ({"scopes": ["webhooks:read"], "is_test": "y"}, "A test key cannot have webhooks:read."),
    ],
)
def test_form_says_what_is_wrong_and_keeps_the_ticks(
    client: FlaskClient, customer: User, change: dict[str, object], sentence: str
) -> None:
    answer = sign_in(client, customer).post(NEW, data=FORM | change)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert db.session.scalars(select(ApiKey)).all() == []
    for scope in change.get("scopes", FORM["scopes"]):  # type: ignore[attr-defined]
        if scope != "domains:delete":
            assert re.search(rf'value="{scope}"[^>]* checked', answer.text)


def test_limit_is_said(client: FlaskClient, customer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_VALID", 0)
    answer = sign_in(client, customer).post(NEW, data=FORM)
    assert (answer.status_code, "which is the limit" in answer.text) == (422, True)


def test_form_has_every_resource(client: FlaskClient, customer: User) -> None:
    page = sign_in(client, customer).get(NEW).text
    assert all(f'value="{resource}:read"' in page for resource in RESOURCES)


def test_owner_revokes_after_being_asked(client: FlaskClient, customer: User, account: Account) -> None:
    key, token = make_key(account)
    db.session.commit()
    browser, path = sign_in(client, customer), f"/account/api-keys/{key.id}/revoke"
    assert "Revoke Deploy?" in browser.get(path).text
    assert authenticate(token, utcnow()) is not None
    assert browser.post(path).location == "/account/api-keys"
    assert authenticate(token, utcnow()) is None
    assert "revoked" in browser.get("/account/api-keys").text
    browser.post(path)
    assert len(db.session.scalars(select(Event).filter_by(kind=EventKind.KEY_REVOKED)).all()) == 1


def test_members_see_keys_and_change_none(client: FlaskClient, account: Account) -> None:
    member = make_user(account=account, email="member@acme.test")
    member.memberships[0].role = MembershipRole.MEMBER
    key = make_key(account)[0]
    db.session.commit()
    browser = sign_in(client, member)
    page = browser.get("/account/api-keys").text
    assert key.prefix in page
    assert "New API key" not in page
    assert f"{key.id}/revoke" not in page
    for path in (NEW, f"/account/api-keys/{key.id}/revoke"):
        assert browser.get(path).status_code == 403
        assert browser.post(path, data=FORM).status_code == 403
    assert only_key().revoked_at is None


def test_pages_are_about_keys_of_this_account(client: FlaskClient, customer: User) -> None:
    theirs, platform = make_key(make_account("Rival"))[0], make_key(None)[0]
    db.session.commit()
    browser = sign_in(client, customer)
    page = browser.get("/account/api-keys").text
    for key in (theirs, platform):
        assert key.prefix not in page
        assert browser.post(f"/account/api-keys/{key.id}/revoke").status_code == 404
        assert key.revoked_at is None
    assert browser.get(f"/account/api-keys/{10**30}/revoke").status_code == 404


@pytest.mark.usefixtures("outbox")
def test_person_who_leaves_leaves_the_key(app: Flask, client: FlaskClient, account: Account) -> None:
    owner = make_user(account=account, email="first@acme.test")
    second = make_user(account=account, email="second@acme.test")
    db.session.commit()
    secret = secret_in(sign_in(client, owner).post(NEW, data=FORM).text)
    client.post(f"/account/people/{owner.memberships[0].id}/remove")
    assert authenticate(secret, utcnow()) is not None
    assert "first@acme.test" in sign_in(app.test_client(), second).get("/account/api-keys").text


def test_staff_make_keys_of_the_platform(
    client: FlaskClient, staff_member: User, outbox: list[EmailMessage]
) -> None:
    browser = sign_in(client, staff_member)
    secret = secret_in(browser.post("/staff/api-keys/new", data=FORM).text)
    key = authenticate(secret, utcnow())
    assert key is not None
    assert key.account is None
    assert [mail.to for mail in outbox] == [[staff_member.email]]
    assert key.prefix in browser.get("/staff/api-keys").text
    assert 'aria-current="page">API keys' in browser.get("/staff/api-keys").text
    browser.post(f"/staff/api-keys/{key.id}/revoke")
    assert authenticate(secret, utcnow()) is None
    actors = [event.actor_kind for event in db.session.scalars(select(Event))]
    assert actors == ["staff", "staff"]


def test_staff_pages_are_for_staff_and_about_the_platform(
    app: Flask, client: FlaskClient, customer: User, staff_member: User, account: Account
) -> None:
    key = make_key(account)[0]
    db.session.commit()
    for path in ("/staff/api-keys", "/staff/api-keys/new"):
        assert sign_in(client, customer).get(path).status_code == 404
    browser = sign_in(app.test_client(), staff_member)
    assert key.prefix not in browser.get("/staff/api-keys").text
    assert browser.post(f"/staff/api-keys/{key.id}/revoke").status_code == 404


@pytest.mark.usefixtures("outbox")
def test_new_key_says_in_words_what_it_may_do_and_how_to_try_it(client: FlaskClient, customer: User) -> None:
    browser = sign_in(client, customer)
    page = browser.post(NEW, data=FORM).text
    secret = secret_in(page)
    assert "Change: Domains and checks; Read: Events" in page
    assert (
        'curl -H "Authorization: Bearer $NAMEPLATE_KEY" http://localhost:8000/api/v1/domains'
        in html.unescape(page)
    )
    assert html.unescape(page).count(secret) == 2, "shown, and copied; the example has the prefix alone"
    assert "Change: Domains and checks; Read: Events" in browser.get("/account/api-keys").text
    without = browser.post(NEW, data=FORM | {"scopes": ["events:read"]}).text
    assert "/api/v1/domains" not in without
