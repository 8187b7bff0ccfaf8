"""Whose tries are counted: a person's in any spelling and from anywhere, a network's only when they are many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_mailman import EmailMessage
from werkzeug.test import TestResponse

from tests.app_fixtures import make_app, sign_in
from tests.factories import PASSWORD, make_account, make_user
from tests.page_lint import elements, parse
from webapp.abuse import known_browsers, way_in
from webapp.auth import links
from webapp.extensions import db
from webapp.models import User, utcnow
from webapp.runtime.requests.trusted_proxies import client_network

FEW, MANY = 3, 8
OWNER = "owner@acme.test"
WRONG = "wrong wrong wrong"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = make_app(
        tmp_path, sign_in_attempts_per_hour=FEW, sign_in_attempts_per_address_per_hour=MANY, trusted_proxies=0
    )
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def owner(app: Flask) -> User:
    user = make_user(account=make_account(), email=OWNER)
    db.session.commit()
    return user


def at(number: int) -> dict[str, str]:
    return {"REMOTE_ADDR": f"192.0.2.{number}"}


def tries(browser: FlaskClient, email: str = OWNER, password: str = WRONG, *, place: int = 1) -> TestResponse:
    return browser.post("/login", data={"email": email, "password": password}, environ_base=at(place))


def use_up(app: Flask, email: str = OWNER) -> None:
    """Strangers in many places use up the tries of a name."""
    for number in range(FEW):
        assert tries(app.test_client(), email, place=100 + number).status_code == 200
    assert tries(app.test_client(), email, place=99).status_code == 429


@pytest.mark.parametrize(
    "spelling",
    [
        "OWNER@acme.test",
        " owner@acme.test ",
        "owner@ACME.TEST",
        "owner@ａcme.test",
        "owner@Ａcme.test",
        "owner@acme。test",
        "owner@acme．test",
        "owner@acmⓔ.test",
        "owner@acme.teﬆ",
    ],
)
def test_no_spelling_of_an_address_has_tries_of_its_own(app: Flask, owner: User, spelling: str) -> None:
    use_up(app)
    assert tries(app.test_client(), spelling, PASSWORD).status_code == 429


def test_no_encoding_of_the_form_has_tries_of_its_own(app: Flask, owner: User) -> None:
    use_up(app)
    sent, thief = {"email": OWNER, "password": PASSWORD}, app.test_client()
    assert thief.post("/login", json=sent, environ_base=at(1)).status_code == 415
    multipart = "multipart/form-data"
    assert thief.post("/login", data=sent, content_type=multipart, environ_base=at(1)).status_code == 429


@pytest.mark.parametrize("url", ["/reset", "/confirm", "/login/way-in"])
def test_no_spelling_has_mails_of_its_own(
    app: Flask, owner: User, outbox: list[EmailMessage], url: str
) -> None:
    for number, spelling in enumerate(["owner@acme.test", "OWNER@acme.test", "owner@ａcme.test"]):
        answer = app.test_client().post(url, data={"email": spelling}, environ_base=at(number))
        assert answer.status_code < 400
    answer = app.test_client().post(url, data={"email": "owner@acme。test"}, environ_base=at(9))
    assert answer.status_code == 429


SIGN_UP, RESET, WAY_IN = ["/register", "/confirm"], ["/reset"], ["/login/way-in"]


@pytest.mark.parametrize(
    "refused",
    [{"email": OWNER}, {"email": OWNER, "csrf_token": "x"}],
    ids=["signed in", "form of another site"],
)
def test_requests_that_send_no_mail_use_up_nobodys_way_in(
    app: Flask, owner: User, outbox: list[EmailMessage], refused: dict[str, str]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = "csrf_token" in refused
    thief = app.test_client()
    if "csrf_token" not in refused:
        make_user(account=make_account(), email="thief@rival.test")
        db.session.commit()
        sign_in(thief, db.session.query(User).filter_by(email="thief@rival.test").one())
    for _ in range(FEW + 1):
        assert thief.post("/register", data=refused).status_code in {302, 400}
    assert outbox == []
    app.config["WTF_CSRF_ENABLED"] = False
    use_up(app)
    for url in [*SIGN_UP, *RESET, *WAY_IN]:
        assert app.test_client().post(url, data={"email": OWNER}).status_code in {200, 302}, url


def test_form_that_is_refused_uses_up_nobodys_mails(
    app: Flask, owner: User, outbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever refuses it: the limit reads the address in its own way, and may take one that the form refuses."""
    monkeypatch.setattr("webapp.auth.doors.AddressForm.validate_on_submit", lambda _form: False)
    monkeypatch.setattr("webapp.abuse.way_in.AddressForm.validate_on_submit", lambda _form: False)
    for place, url in enumerate([*SIGN_UP, *RESET, *WAY_IN]):
        sent = {"data": {"email": OWNER}, "environ_base": at(place)}
        assert {app.test_client().post(url, **sent).status_code for _ in range(FEW + 1)} == {200}, url
    assert outbox == []


@pytest.mark.parametrize("used_up", [SIGN_UP, RESET, WAY_IN], ids=["sign-up", "reset", "way-in"])
@pytest.mark.parametrize("email", [OWNER, "nobody@acme.test"])
@pytest.mark.usefixtures("outbox")
def test_mails_of_one_kind_use_up_those_of_no_other(
    app: Flask, owner: User, used_up: list[str], email: str
) -> None:
    for number in range(FEW + 1):
        answer = app.test_client().post(used_up[0], data={"email": email}, environ_base=at(number))
    assert answer.status_code == 429
    for url in {*SIGN_UP, *RESET, *WAY_IN} - {*used_up}:
        assert app.test_client().post(url, data={"email": email}, environ_base=at(9)).status_code < 400


@pytest.mark.parametrize("twin", ["laß@acme.test", "laſs@acme.test"])
@pytest.mark.parametrize("url", [*SIGN_UP, *RESET, *WAY_IN])
@pytest.mark.usefixtures("outbox")
def test_mailbox_that_only_looks_like_anothers_uses_up_nothing_of_it(app: Flask, twin: str, url: str) -> None:
    make_user(account=make_account(), email="lass@acme.test")
    db.session.commit()
    answers = [app.test_client().post(url, data={"email": twin}, environ_base=at(n)) for n in range(FEW + 1)]
    assert answers[-1].status_code == 429
    assert app.test_client().post(url, data={"email": "lass@acme.test"}).status_code < 400


def test_address_that_nobody_has_is_counted_as_one_that_somebody_has(app: Flask, owner: User) -> None:
    use_up(app, "nobody@acme.test")
    assert tries(app.test_client(), "NOBODY@ａcme.test").status_code == 429


def test_strangers_do_not_shut_out_whoever_was_here_before(app: Flask, owner: User) -> None:
    mine = app.test_client()
    sign_in(mine, owner)
    mine.post("/logout")
    use_up(app)
    assert tries(mine, password=PASSWORD, place=7).status_code == 302
    assert tries(app.test_client(), password=PASSWORD, place=7).status_code == 429


def test_known_browser_has_only_so_many_tries_itself(app: Flask, owner: User) -> None:
    mine = app.test_client()
    sign_in(mine, owner)
    mine.post("/logout")
    assert [tries(mine, place=n).status_code for n in range(FEW + 1)] == [200] * FEW + [429]
    assert tries(app.test_client(), password=PASSWORD).status_code == 302


def test_browser_known_of_one_person_is_a_stranger_to_another(app: Flask, owner: User) -> None:
    other = make_user(account=make_account(), email="other@rival.test")
    db.session.commit()
    theirs = app.test_client()
    sign_in(theirs, other)
    theirs.post("/logout")
    use_up(app)
    assert tries(theirs, password=PASSWORD).status_code == 429


@pytest.mark.parametrize("value", ["", "x", "1:1", "W10.sig", "é"])
def test_forged_cookie_makes_no_browser_known(app: Flask, owner: User, value: str) -> None:
    use_up(app)
    thief = app.test_client()
    thief.set_cookie(known_browsers.COOKIE, value, path="/login")
    assert tries(thief, password=PASSWORD).status_code == 429


def test_token_of_another_purpose_makes_no_browser_known(app: Flask, owner: User) -> None:
    use_up(app)
    thief = app.test_client()
    with app.test_request_context():
        thief.set_cookie(known_browsers.COOKIE, links.signed(links.WAY_IN, f"x:{owner.id}"), path="/login")
    assert tries(thief, password=PASSWORD).status_code == 429


def test_mailed_link_lets_a_browser_try_again_and_signs_nobody_in(
    app: Flask, owner: User, outbox: list[EmailMessage]
) -> None:
    use_up(app)
    mine = app.test_client()
    assert "/login/way-in" in tries(mine, password=PASSWORD).text
    assert mine.post("/login/way-in", data={"email": OWNER}).status_code == 200
    link = link_in(outbox[-1])
    mine.get(link)
    assert tries(mine, password=PASSWORD).status_code == 429, "opening the link alone changes nothing"
    assert mine.post(link).location == "/login"
    assert mine.get("/domains").status_code == 302
    assert tries(mine, password=PASSWORD).status_code == 302


def test_mailed_link_ends_with_an_hour_and_with_the_password(
    app: Flask, owner: User, outbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = app.test_client()
    browser.post("/login/way-in", data={"email": OWNER})
    owner.fs_uniquifier = "another"
    db.session.commit()
    assert browser.get(link_in(outbox[-1])).status_code == 404
    browser.post("/login/way-in", data={"email": OWNER})
    later = utcnow() + way_in.LASTS + timedelta(seconds=1)
    monkeypatch.setattr(way_in, "utcnow", lambda: later)
    assert browser.get(link_in(outbox[-1])).status_code == 404


@pytest.mark.parametrize("token", ["x", "1.2.3", "W10"])
def test_malformed_way_in_is_no_page(app: Flask, token: str) -> None:
    assert app.test_client().get(f"/login/way-in/{token}").status_code == 404


def test_nobody_learns_by_the_way_in_who_is_here(app: Flask, owner: User, outbox: list[EmailMessage]) -> None:
    def answer(email: str) -> tuple[int, str]:
        page = app.test_client().post("/login/way-in", data={"email": email})
        return page.status_code, re.sub(r'nonce="[^"]+"|nonce-\S+', "", page.text).replace(email, "")

    assert answer(OWNER) == answer("nobody@acme.test")
    assert [mail.to for mail in outbox] == [[OWNER]]


def link_in(mail: EmailMessage) -> str:
    [found] = re.findall(r"http://localhost(?::\d+)?(/login/way-in/\S+)", str(mail.body))
    return str(found)


def test_new_password_by_mail_opens_the_door_as_well(
    app: Flask, owner: User, outbox: list[EmailMessage]
) -> None:
    use_up(app)
    mine, new = app.test_client(), "another horse another battery"
    mine.post("/reset", data={"email": OWNER})
    [link] = re.findall(r"http://localhost(?::\d+)?(/reset/\S+)", str(outbox[-1].body))
    assert mine.post(link, data={"password": new, "password_confirm": new}).status_code == 302
    mine.post("/logout")
    assert tries(mine, password=new).status_code == 302


def test_address_alone_shuts_the_door_on_nobody_who_was_here(app: Flask, owner: User) -> None:
    mine = app.test_client()
    sign_in(mine, owner)
    mine.post("/logout")
    for number in range(MANY):
        assert tries(app.test_client(), f"nobody{number}@acme.test").status_code == 200
    assert tries(app.test_client(), "nobody@acme.test").status_code == 429
    assert tries(mine, password=PASSWORD).status_code == 302


@pytest.mark.usefixtures("outbox")
def test_many_people_behind_one_address_sign_up_and_ask_for_passwords(tmp_path: Path) -> None:
    app = make_app(tmp_path / "usual")
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        db.create_all()
        for number in range(22):
            browser, email = app.test_client(), f"person{number}@acme.test"
            password = "correct horse battery staple"
            sent = {"email": email, "account_name": "X", "password": password, "password_confirm": password}
            assert browser.post("/register", data=sent).status_code == 200
            assert browser.post("/reset", data={"email": email}).status_code == 200
        db.session.remove()
        db.engine.dispose()


def test_sign_ins_that_succeed_count_for_nobody(app: Flask, owner: User) -> None:
    assert [tries(app.test_client(), password=PASSWORD).status_code for _ in range(MANY + FEW)] == [302] * (
        MANY + FEW
    )


def test_forms_of_other_sites_count_for_nobody(app: Flask, owner: User) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert {tries(app.test_client()).status_code for _ in range(MANY + FEW)} == {400}
    app.config["WTF_CSRF_ENABLED"] = False
    assert tries(app.test_client(), password=PASSWORD).status_code == 302


VERIFY = ("/verify", {"password": WRONG})
CHANGE = (
    "/account/password",
    {"password": WRONG, "new_password": "x" * 20, "new_password_confirm": "x" * 20},
)


@pytest.mark.parametrize(("url", "form"), [VERIFY, CHANGE], ids=["verify", "change"])
def test_stolen_session_has_few_tries_from_however_many_places(
    app: Flask, owner: User, url: str, form: dict[str, str]
) -> None:
    thief = sign_in(app.test_client(), owner)
    statuses = [thief.post(url, data=form, environ_base=at(n)).status_code for n in range(FEW + 1)]
    assert statuses == [200] * FEW + [429]


def test_doors_of_the_signed_in_share_their_count(app: Flask, owner: User) -> None:
    thief = sign_in(app.test_client(), owner)
    statuses = [thief.post(url, data=form).status_code for url, form in (VERIFY, CHANGE, VERIFY, CHANGE)]
    assert statuses == [200, 200, 200, 429]


def wrong_passkey(browser: FlaskClient) -> int:
    page = browser.post("/login/passkey", data={}, environ_base=at(1)).text
    form = next(e for e in elements(parse(page), "form") if e.get("data-passkey") == "get")
    return browser.post(
        form.get("action", ""), data={"credential": "garbage"}, environ_base=at(1)
    ).status_code


def test_passkeys_that_are_wrong_are_counted(app: Flask, owner: User) -> None:
    assert [wrong_passkey(app.test_client()) for _ in range(MANY)] == [302] * MANY
    assert wrong_passkey(app.test_client()) == 429


def test_tries_of_passwords_shut_no_passkey_out(app: Flask, owner: User) -> None:
    for number in range(MANY):
        tries(app.test_client(), f"nobody{number}@acme.test")
    assert tries(app.test_client(), "nobody@acme.test").status_code == 429
    assert wrong_passkey(app.test_client()) == 302


def test_wrong_passkeys_of_others_shut_no_known_browser_out(app: Flask, owner: User) -> None:
    mine = app.test_client()
    sign_in(mine, owner)
    mine.post("/logout")
    for _ in range(MANY):
        wrong_passkey(app.test_client())
    assert wrong_passkey(app.test_client()) == 429
    assert wrong_passkey(mine) == 302
    owner.fs_uniquifier = "another"
    db.session.commit()
    assert wrong_passkey(mine) == 429


def test_new_password_makes_browsers_of_before_strangers(
    app: Flask, owner: User, outbox: list[EmailMessage]
) -> None:
    """A thief who was signed in has no tries of his own after it."""
    thief, mine, new = app.test_client(), app.test_client(), "another horse another battery"
    sign_in(thief, owner)
    mine.post("/reset", data={"email": OWNER})
    [link] = re.findall(r"http://localhost(?::\d+)?(/reset/\S+)", str(outbox[-1].body))
    mine.post(link, data={"password": new, "password_confirm": new})
    use_up(app)
    assert tries(thief, password=new).status_code == 429
    assert tries(mine, password=new).status_code == 302


def test_cookie_of_an_earlier_release_makes_no_browser_known(app: Flask, owner: User) -> None:
    use_up(app)
    old = app.test_client()
    with app.test_request_context():
        old.set_cookie(
            known_browsers.COOKIE, links.signed(links.KNOWN_BROWSER, f"x:{owner.id}"), path="/login"
        )
    assert tries(old, password=PASSWORD).status_code == 429


@pytest.mark.parametrize(
    ("given", "counted_as"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::1", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("", "unknown"),
        ("unix:", "unknown"),
    ],
)
def test_ipv6_is_counted_by_its_network(app: Flask, given: str, counted_as: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": given}):
        assert client_network() == counted_as
