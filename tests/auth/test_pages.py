"""Signing in and up, and who may see what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_mailman import EmailMessage
from sqlalchemy import select
from werkzeug.routing import Rule

from tests.app_fixtures import make_app, sign_in
from tests.factories import PASSWORD, make_account, make_domain, make_llm_client, make_user
from tests.page_lint import elements, parse, text_of
from webapp.extensions import db
from webapp.models import Account, DomainState, Membership, MembershipRole, User

#: What anybody may open.
PUBLIC = (
    "security.",
    "edge.",
    "monitoring.",
    "visitors.",
    "bootstrap.",
    "static",
    "favicon",
    "auth.home",
    "system.metrics",
    # Links in mails, which open one thing for whoever has them.
    "invitations.",
    "notifications.agree",
    "notifications.stop",
    "way_in.",
    "open_links.",
    # By keys, and the pages about them.
    "api_",
    "documentation.",
    "help.",
    "well_known.",
)


def guarded(app: Flask) -> Iterator[tuple[str, str]]:
    """Every method and address that is somebody's, with 1 for each id."""
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith(PUBLIC):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield method, address(rule, "1")


def address(rule: Rule, row_id: str) -> str:
    url = rule.rule
    for argument in rule.arguments:
        url = url.replace(f"<int:{argument}>", row_id).replace(f"<{argument}>", row_id)
    return url


def test_signed_out_people_are_led_to_the_door(app: Flask, client: FlaskClient) -> None:
    pages = list(guarded(app))
    assert ("GET", "/domains/1") in pages
    assert ("GET", "/staff/system") in pages
    for method, url in pages:
        response = client.open(url, method=method)
        assert (response.status_code, response.location) == (302, f"/login?next={url}"), (method, url)


@pytest.mark.parametrize("url", ["/", "/login", "/register", "/reset", "/confirm"])
def test_open_doors(client: FlaskClient, url: str) -> None:
    assert client.get(url).status_code == 200


def test_front_door_leads_the_signed_in_to_their_pages(
    app: Flask, customer: User, staff_member: User, client: FlaskClient
) -> None:
    assert "Welcome to Nameplate" in sign_in(client, customer).get("/").text
    assert sign_in(app.test_client(), staff_member).get("/").location == "/staff"


def test_staff_without_an_account_are_led_to_their_own_pages(client: FlaskClient, staff_member: User) -> None:
    assert sign_in(client, staff_member).get("/domains").location == "/staff"


def test_nobodys_user_is_told_so(client: FlaskClient, app: Flask) -> None:
    user = make_user()
    db.session.commit()
    response = sign_in(client, user).get("/domains")
    assert response.status_code == 403
    assert "You belong to no account" in response.text


def test_ids_of_others_in_forms_are_no_choice(client: FlaskClient, account: Account, customer: User) -> None:
    other = make_account("Rival")
    mine, my_client = make_domain(account, "mine.acme.test"), make_llm_client(account)
    theirs, their_client = make_domain(other, "theirs.acme.test"), make_llm_client(other)
    db.session.commit()
    sign_in(client, customer)
    client.post(f"/domains/{mine.id}/llm-client", data={"llm_client": str(their_client.id)})
    client.post(f"/llm-clients/{my_client.id}/domain", data={"domain": str(theirs.id)})
    db.session.expire_all()
    assert (mine.llm_client, my_client.custom_domain) == (None, None)
    assert (theirs.llm_client, their_client.custom_domain) == (None, None)


def test_removed_domain_is_gone_for_its_owner(client: FlaskClient, account: Account, customer: User) -> None:
    domain = make_domain(account, state=DomainState.REMOVED)
    db.session.commit()
    assert sign_in(client, customer).get(f"/domains/{domain.id}").status_code == 404


def test_signing_up_opens_an_account_behind_the_link(client: FlaskClient, outbox: list[EmailMessage]) -> None:
    response = client.post("/register", data={"email": "lena@acme.test"})
    # Not on the page for signing in, which asks for a password that is not chosen yet.
    assert "Read your e-mail</h1>" in response.text
    assert "We sent an e-mail to lena@acme.test. Open the link in it." in response.text
    [letter] = outbox
    link = next(word for word in letter.body.split() if "/confirm/" in word)
    path = link[link.index("/confirm/") :]
    asked = client.get(path).text
    assert "You sign in with <strong>lena@acme.test</strong>" in asked
    # It is required, whatever somebody without a company enters.
    assert "Your company, or your own name." in asked
    assert "You can leave" not in asked
    client.post(path, data={"account_name": "Blumen Straßer", "password": PASSWORD})
    membership = db.session.scalars(select(Membership)).one()
    assert membership.account.name == "Blumen Straßer"
    assert (membership.user.email, membership.role) == ("lena@acme.test", MembershipRole.OWNER)
    assert client.get("/domains").status_code == 200


def test_unknown_person_and_wrong_password_get_the_same_answer(client: FlaskClient, customer: User) -> None:
    def answer(email: str) -> list[str]:
        page = parse(client.post("/login", data={"email": email, "password": "wrong wrong wrong"}).text)
        return [text_of(e) for e in elements(page) if e.get("class") in {"problems", "problem"}]

    known, unknown = answer(customer.email), answer("nobody@acme.test")
    assert known == unknown
    assert "do not go together" in known[0]


def test_too_many_tries_are_paused_and_the_pause_is_told(app: Flask, tmp_path: Path) -> None:
    small = make_app(tmp_path / "small", sign_in_attempts_per_hour=3)
    small.config["WTF_CSRF_ENABLED"] = False
    with small.app_context():
        db.create_all()
        user = make_user(account=make_account(), email="owner@acme.test")
        db.session.commit()
        browser = small.test_client()
        for _ in range(4):
            sign_in(small.test_client(), user)
        answers = [
            browser.post("/login", data={"email": user.email, "password": f"wrong {n} wrong"})
            for n in range(4)
        ]
        db.session.remove()
        db.engine.dispose()
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert "You can try again in" in answers[-1].text


def test_signing_out_is_a_form(client: FlaskClient, customer: User) -> None:
    sign_in(client, customer)
    assert client.get("/logout").status_code == 405
    assert client.post("/logout").location == "/login"
    assert client.get("/domains").status_code == 302


def test_form_without_its_token_changes_nothing(app: Flask, account: Account, customer: User) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    browser = sign_in(app.test_client(), customer)
    domain = make_domain(account)
    db.session.commit()
    app.config["WTF_CSRF_ENABLED"] = True
    assert browser.post(f"/domains/{domain.id}/remove").status_code == 400
    db.session.expire_all()
    assert domain.state is DomainState.PENDING


def test_account_page_names_number_and_people(client: FlaskClient, account: Account, customer: User) -> None:
    browser = sign_in(client, customer)
    assert "1234-5678-9012" in browser.get("/account").text
    assert "owner@acme.test" in browser.get("/account/people").text
    assert "/account/password" in browser.get("/account/security").text


def test_password_can_be_changed(client: FlaskClient, customer: User, outbox: list[EmailMessage]) -> None:
    sign_in(client, customer)
    assert "Password now" in client.get("/account/password").text
    new = "another horse another battery"
    sent = {"password": PASSWORD, "new_password": new, "new_password_confirm": new}
    page = client.post("/account/password", data=sent, follow_redirects=True).text
    assert "Your password is changed." in page
    assert [letter.to for letter in outbox] == [[customer.email]]


def test_forgotten_password_is_chosen_anew_by_letter(
    client: FlaskClient, customer: User, outbox: list[EmailMessage]
) -> None:
    client.post("/reset", data={"email": customer.email})
    link = next(word for word in outbox[0].body.split() if "/reset/" in word)
    path = link[link.index("/reset/") :]
    assert "Choose a new password" in client.get(path).text
    new = "another horse another battery"
    assert client.post(path, data={"password": new, "password_confirm": new}).status_code == 302


@pytest.mark.parametrize(
    "url", ["/nowhere", f"/domains/{10**20}", f"/llm-clients/{10**20}", "/static/nothing.css"]
)
def test_page_that_is_not_there(client: FlaskClient, customer: User, url: str) -> None:
    response = sign_in(client, customer).get(url)
    assert response.status_code == 404
    assert "There is nothing at this address" in response.text


def test_number_or_letter_that_no_database_holds_is_no_fault_of_ours(
    client: FlaskClient, customer: User
) -> None:
    sign_in(client, customer)
    assert client.get(f"/domains?before={10**20}").status_code == 200
    assert client.get("/domains?q=a%00b").status_code == 400
    assert client.post("/llm-clients/new", data={"name": "a\0b"}).status_code == 400


def test_no_form_is_taken_without_its_token(app: Flask, account: Account, customer: User) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    browsers = [sign_in(app.test_client(), customer), app.test_client()]
    app.config["WTF_CSRF_ENABLED"] = True
    pages = [rule for rule in app.url_map.iter_rules() if not rule.endpoint.startswith("api_")]
    posts = [address(rule, "1") for rule in pages if "POST" in (rule.methods or set())]
    assert {"/login", "/account/delete", "/domains/1/remove", "/confirm/1"} <= set(posts)
    for url in posts:
        for browser in browsers:
            for sent in ({}, {"csrf_token": "x"}):
                assert browser.post(url, data=sent).status_code == 400, url


@pytest.mark.parametrize(
    "path",
    [
        "/login",
        "/register",
        "/reset",
        "/reset/x",
        "/confirm",
        "/login/passkey",
        "/login/code",
        "/verify",
        "/account",
    ],
)
def test_no_page_of_a_person_is_kept_by_browser_or_proxy(
    client: FlaskClient, customer: User, path: str
) -> None:
    """RFC 9111, 5.2.2.5. Flask-Security writes “no-store=True”, which is another directive."""
    for browser in (client, sign_in(client.application.test_client(), customer)):
        answer = browser.get(path)
        directives = {one.strip() for one in answer.headers["Cache-Control"].split(",")}
        assert "no-store" in directives, (path, answer.status_code)
