"""Second factor, recovery codes, passkeys, and where somebody is signed in."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_mailman import EmailMessage
from passlib.totp import TOTP  # type: ignore[import-untyped]
from sqlalchemy import select

from tests.app_fixtures import make_app, sign_in
from tests.auth.signing_in import TWO_FACTOR, enrol, key_in, next_code, state_in, wrong_code
from tests.factories import PASSWORD, make_account, make_user
from tests.page_lint import elements, parse, text_of
from webapp.auth.second_factor import OneTimeCodes, qr_code
from webapp.auth.sessions import device
from webapp.extensions import cache, db
from webapp.models import SignedIn, User, WebAuthn, utcnow

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"


def half_way_in(app: Flask, user: User) -> FlaskClient:
    """A browser that has given the password."""
    browser = app.test_client()
    answer = browser.post("/login", data={"email": user.email, "password": PASSWORD})
    assert answer.location.startswith("/login/code")
    assert browser.get("/domains").status_code == 302
    return browser


def test_second_factor_is_set_up_with_a_key_and_asked_for_from_then_on(
    app: Flask, client: FlaskClient, customer: User, outbox: list[EmailMessage]
) -> None:
    sign_in(client, customer)
    authenticator, codes = enrol(client)
    assert len(codes) == 10
    assert [letter.subject for letter in outbox] == ["Two-factor sign-in is on at Nameplate"]
    assert "10 recovery codes are left" in client.get("/account/security").text
    browser = half_way_in(app, customer)
    wrong = browser.post("/login/code", data={"code": wrong_code(authenticator)})
    assert "That code is not right" in words_of(wrong.text)
    assert browser.post("/login/code", data={"code": next_code(authenticator)}).status_code == 302
    assert browser.get("/domains").status_code == 200


@pytest.mark.usefixtures("outbox")
def test_one_time_code_works_once(app: Flask, client: FlaskClient, customer: User) -> None:
    sign_in(client, customer)
    authenticator, _ = enrol(client)
    code = next_code(authenticator)
    half_way_in(app, customer).post("/login/code", data={"code": code})
    thief = half_way_in(app, customer)
    assert "it was used already" in thief.post("/login/code", data={"code": code}).text
    assert thief.get("/domains").status_code == 302


@pytest.mark.usefixtures("outbox")
@pytest.mark.parametrize("cached", ["gone", "away"])
def test_code_works_once_whatever_becomes_of_the_cache(
    app: Flask, client: FlaskClient, customer: User, monkeypatch: pytest.MonkeyPatch, cached: str
) -> None:
    sign_in(client, customer)
    authenticator, _ = enrol(client)
    if cached == "away":
        for name in ("get", "set"):
            monkeypatch.setattr(cache, name, Mock(side_effect=ConnectionError("Redis is away")))
    code = next_code(authenticator)
    assert half_way_in(app, customer).post("/login/code", data={"code": code}).status_code == 302
    if cached == "gone":
        cache.clear()
    assert "it was used already" in half_way_in(app, customer).post("/login/code", data={"code": code}).text


@pytest.mark.usefixtures("outbox")
def test_of_two_who_send_a_code_at_once_one_is_in(
    app: Flask, client: FlaskClient, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read that the code is new before either writes that it is used."""
    sign_in(client, customer)
    authenticator, _ = enrol(client)
    code, (first, second) = next_code(authenticator), [half_way_in(app, customer) for _ in range(2)]
    monkeypatch.setattr(OneTimeCodes, "get_last_counter", lambda _self, _user: None)
    assert first.post("/login/code", data={"code": code}).status_code == 302
    assert "it was used already" in second.post("/login/code", data={"code": code}).text


@pytest.mark.usefixtures("outbox")
def test_address_bar_has_no_key_and_no_way_back_to_the_door(
    app: Flask, client: FlaskClient, customer: User
) -> None:
    sign_in(client, customer)
    assert not re.search(r'action="[^"]*two-factor/[^"]', client.get(TWO_FACTOR).text)
    enrol(client)
    password = {"email": customer.email, "password": PASSWORD}
    assert app.test_client().post("/login", data=password).location == "/login/code"
    asked = app.test_client().post("/login?next=/account", data=password).location
    assert asked == "/login/code?next=/account"


def test_key_stays_the_same_after_a_wrong_first_code(client: FlaskClient, customer: User) -> None:
    sign_in(client, customer)
    page = client.get(TWO_FACTOR).text
    code = wrong_code(TOTP(key_in(page)))
    again = client.post(TWO_FACTOR, data={"code": code, "state": state_in(page)})
    assert again.status_code == 422
    assert key_in(again.text) == key_in(page)
    db.session.expire_all()
    assert customer.tf_primary_method is None


def test_key_that_was_shown_to_somebody_else_is_not_taken(
    app: Flask, client: FlaskClient, customer: User, member: User
) -> None:
    sign_in(client, customer)
    page = client.get(TWO_FACTOR).text
    thief = sign_in(app.test_client(), member)
    sent = {"code": TOTP(key_in(page)).generate().token, "state": state_in(page)}
    assert thief.post(TWO_FACTOR, data=sent).location == "/account/security"
    db.session.expire_all()
    assert member.tf_primary_method is None


@pytest.mark.usefixtures("outbox")
def test_recovery_code_signs_in_once_however_it_is_typed(
    app: Flask, client: FlaskClient, customer: User
) -> None:
    sign_in(client, customer)
    _, codes = enrol(client)
    db.session.expire_all()
    assert not set(codes) & set(customer.mf_recovery_codes or [])
    typed = codes[3].upper().replace("-", " ")
    browser = half_way_in(app, customer)
    assert "Enter a recovery code" in browser.get("/login/recovery-code").text
    assert browser.post("/login/recovery-code", data={"code": typed}).status_code == 302
    assert browser.get("/domains").status_code == 200
    again = half_way_in(app, customer).post("/login/recovery-code", data={"code": typed})
    assert "or it was used already" in again.text
    assert "9 recovery codes are left" in client.get("/account/security").text


@pytest.mark.usefixtures("outbox")
def test_recovery_codes_are_shown_once_and_replaced_by_new_ones(client: FlaskClient, customer: User) -> None:
    sign_in(client, customer)
    _, codes = enrol(client)
    page = client.get("/account/security/recovery-codes").text
    assert "You have 10 left." in page
    assert not [code for code in codes if code in page]
    new = re.findall(r"<code>([0-9a-f-]{14})</code>", client.post("/account/security/recovery-codes").text)
    assert len(new) == 10
    assert not set(new) & set(codes)
    db.session.expire_all()
    customer.mf_recovery_codes = []
    db.session.commit()
    spent = client.get("/account/security/recovery-codes").text
    assert "You have none left." in spent
    assert "old ones" not in spent


def test_second_factor_is_switched_off_and_told(
    app: Flask, client: FlaskClient, customer: User, outbox: list[EmailMessage]
) -> None:
    sign_in(client, customer)
    enrol(client)
    assert "Switch two-factor sign-in off?" in client.get("/account/security/two-factor/off").text
    client.post("/account/security/two-factor/off")
    assert outbox[-1].subject == "Two-factor sign-in is off at Nameplate"
    assert sign_in(app.test_client(), customer).get("/domains").status_code == 200


@pytest.mark.parametrize("path", ["two-factor", "two-factor/off", "recovery-codes", "passkeys"])
def test_old_sign_in_is_asked_once_more(client: FlaskClient, customer: User, path: str) -> None:
    """Also by a browser that was at such a page a moment ago."""
    sign_in(client, customer)
    assert client.get("/account/security/passkeys").status_code == 200
    with client.session_transaction() as session:
        session["fs_paa"] = time.time() - timedelta(hours=3).total_seconds()
    asked = client.get(f"/account/security/{path}")
    assert asked.location.startswith("/verify?next=")
    assert "Enter your password again" in client.get(asked.location).text
    back = client.post(asked.location, data={"password": PASSWORD})
    assert back.location.endswith(f"/account/security/{path}")


@pytest.mark.parametrize(
    "url", ["/tf-setup", "/tf-rescue", "/tf-select", "/mf-recovery-codes", "/tf-setup/token"]
)
def test_views_that_we_replaced_are_not_there(client: FlaskClient, customer: User, url: str) -> None:
    sign_in(client, customer)
    assert 404 in {client.get(url).status_code, client.post(url).status_code}


def test_browsers_are_listed_and_the_others_signed_out(
    app: Flask, client: FlaskClient, customer: User
) -> None:
    client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    phone = app.test_client()
    phone.environ_base["HTTP_USER_AGENT"] = SAFARI
    sign_in(client, customer)
    phone.post("/login", data={"email": customer.email, "password": PASSWORD, "remember": "y"})
    assert phone.get("/domains").status_code == 200
    page = client.get("/account/security").text
    assert "Firefox on Windows" in page
    assert "Safari on iPhone" in page
    assert page.count("This one") == 1
    client.post("/account/security/sign-out-others")
    assert client.get("/domains").status_code == 200
    assert "Safari on iPhone" not in client.get("/account/security").text
    assert phone.get("/domains").status_code == 302


def test_one_that_stays_signed_in_does_so_after_signing_out_the_others(
    client: FlaskClient, customer: User
) -> None:
    client.post("/login", data={"email": customer.email, "password": PASSWORD, "remember": "y"})
    client.post("/account/security/sign-out-others")
    client.delete_cookie("session")
    assert client.get("/domains").status_code == 200


def test_new_password_signs_the_others_out(
    app: Flask, client: FlaskClient, customer: User, outbox: list[EmailMessage]
) -> None:
    other = sign_in(app.test_client(), customer)
    other.get("/domains")
    sign_in(client, customer)
    new = "another horse another battery"
    sent = {"password": PASSWORD, "new_password": new, "new_password_confirm": new}
    client.post("/account/password", data=sent)
    assert client.get("/account/security").text.count("This one") == 1
    assert other.get("/domains").status_code == 302
    assert len(db.session.scalars(select(SignedIn)).all()) == 1


def test_signing_out_forgets_the_browser(client: FlaskClient, customer: User) -> None:
    sign_in(client, customer).get("/domains")
    assert len(db.session.scalars(select(SignedIn)).all()) == 1
    client.post("/logout")
    assert db.session.scalars(select(SignedIn)).all() == []


def test_last_use_is_noted_now_and_then(client: FlaskClient, customer: User) -> None:
    sign_in(client, customer).get("/domains")
    row = db.session.scalars(select(SignedIn)).one()
    row.last_seen_at = long_ago = utcnow() - timedelta(hours=1)
    db.session.commit()
    client.get("/domains")
    db.session.expire_all()
    assert row.last_seen_at > long_ago
    noted = row.last_seen_at
    client.get("/domains")
    db.session.expire_all()
    assert row.last_seen_at == noted


def test_passkeys_are_listed_and_deleted(
    client: FlaskClient, customer: User, outbox: list[EmailMessage]
) -> None:
    db.session.add(
        WebAuthn(
            user_id=customer.id,
            credential_id=b"1",
            public_key=b"2",
            backup_state=False,
            device_type="single_device",
            lastuse_datetime=utcnow().replace(tzinfo=None),
            name="Laptop",
            usage="first",
        )
    )
    db.session.commit()
    sign_in(client, customer)
    assert "Laptop" in client.get("/account/security").text
    page = client.post("/account/security/passkeys/delete", data={"name": "Laptop"}, follow_redirects=True)
    assert "The passkey Laptop does not sign in any more." in page.text
    assert outbox[-1].subject == "A passkey was deleted at Nameplate"
    assert "Delete the passkey Laptop" not in client.get("/account/security").text


def test_passkey_question_names_nobody(client: FlaskClient, customer: User) -> None:
    page = client.post("/login/passkey", data={"identity": customer.email}).text
    form = next(e for e in elements(parse(page), "form") if e.get("data-passkey") == "get")
    assert '"allowCredentials": []' in form.get("data-options", "")
    assert customer.email not in page


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (SAFARI, "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Linux"),
        ("curl/8.0", "A program that does not say what it is"),
    ],
)
def test_device_in_words(text: str, words: str) -> None:
    assert device(text) == words


def test_qr_code_is_one_path_with_a_quiet_zone() -> None:
    svg = qr_code("otpauth://totp/Nameplate:a@b.test?secret=ABC&issuer=Nameplate")
    squares = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", svg)}
    assert min(min(square) for square in squares) == 4
    assert (4, 4) in squares
    assert (5, 5) not in squares


def few_tries(tmp_path: Path, act: Callable[[FlaskClient, User], list[int]]) -> list[int]:
    small = make_app(tmp_path / "small", sign_in_attempts_per_hour=3)
    small.config["WTF_CSRF_ENABLED"] = False
    with small.app_context():
        db.create_all()
        user = make_user(account=make_account(), email="owner@acme.test")
        db.session.commit()
        statuses = act(small.test_client(), user)
        db.session.remove()
        db.engine.dispose()
    return statuses


@pytest.mark.parametrize("name", ["owner@acme.test", "nobody@acme.test"])
def test_name_is_paused_whoever_asks_from_wherever(tmp_path: Path, name: str) -> None:
    def from_four_places(browser: FlaskClient, _user: User) -> list[int]:
        return [
            browser.post(
                "/login",
                data={"email": typed, "password": "wrong wrong wrong"},
                environ_base={"REMOTE_ADDR": f"192.0.2.{n}"},
            ).status_code
            for n, typed in enumerate((name, name.upper(), f" {name}", name))
        ]

    assert few_tries(tmp_path, from_four_places) == [200, 200, 200, 429]


@pytest.mark.usefixtures("outbox")
def test_codes_are_not_tried_often_from_many_places(tmp_path: Path) -> None:
    def tries(browser: FlaskClient, user: User) -> list[int]:
        sign_in(browser, user)
        authenticator, _ = enrol(browser)
        wrong = {"code": wrong_code(authenticator)}
        statuses = []
        for n in range(4):
            thief = browser.application.test_client()
            thief.environ_base["REMOTE_ADDR"] = f"192.0.2.{n}"
            thief.post("/login", data={"email": user.email, "password": PASSWORD})
            statuses.append(thief.post("/login/code", data=wrong).status_code)
        return statuses

    assert few_tries(tmp_path, tries) == [200, 200, 200, 429]


@pytest.mark.parametrize("url", ["/reset", "/confirm", "/register"])
def test_nobody_learns_who_has_an_account(
    client: FlaskClient, customer: User, outbox: list[EmailMessage], url: str
) -> None:
    def answer(email: str) -> tuple[int, str | None, str]:
        sent = {
            "email": email,
            "account_name": "X",
            "password": "another horse another battery",
            "password_confirm": "another horse another battery",
        }
        response = client.post(url, data=sent)
        page = client.get(response.location).text if response.location else response.text
        return response.status_code, response.location, words_of(page).replace(email, "")

    assert answer(customer.email) == answer("nobody@acme.test")
    db.session.expire_all()
    assert customer.memberships[0].account.name == "Acme"


def words_of(page: str) -> str:
    return text_of(next(e for e in elements(parse(page), "main")))


def test_browser_learns_whose_password_it_keeps(client: FlaskClient, customer: User) -> None:
    sign_in(client, customer)
    fields = [*elements(parse(client.get("/account/password").text), "input")]
    kept = [(one.get("autocomplete"), one.get("value")) for one in fields if one.get("autocomplete")]
    assert kept == [
        ("username", customer.email),
        ("current-password", None),
        ("new-password", None),
        ("new-password", None),
    ]
