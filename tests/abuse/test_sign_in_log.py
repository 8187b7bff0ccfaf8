"""L12: an attack on signing in can be seen in the log, by people and by fail2ban, and nothing secret is in it."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_mailman import EmailMessage

from tests.app_fixtures import make_app, make_tables, sign_in
from tests.auth.signing_in import enrol, link_in, next_code, passkey_of, wrong_code
from tests.factories import PASSWORD, make_account, make_user
from tests.page_lint import elements, parse
from webapp.abuse import sign_in_log
from webapp.auth import links
from webapp.extensions import db
from webapp.models import Account, Invitation, MembershipRole, User, utcnow

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
NEW, WRONG = "three blue ladders dancing", "wrong wrong wrong"
#: As documented for IPv4 and IPv6 addresses.
HOST = r"(?P<host>[0-9a-fA-F:.]+)"

Capture = pytest.CaptureFixture[str]


def lines(capsys: Capture) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]


def told(capsys: Capture) -> list[tuple[str, str | None, object]]:
    """Event, `how` and person of every line but those of requests and of libraries."""
    return [
        (line["event"], line.get("how"), line.get("person"))
        for line in lines(capsys)
        if line["event"] in documented() and line["address"] == "127.0.0.1"
    ]


def documented() -> set[str]:
    """The events in the table of docs/operations.md."""
    rows = re.findall(r"^\| (`[a-z_]+\.[a-z_]+`.*?) \|", OPERATIONS.read_text(encoding="utf-8"), re.MULTILINE)
    return set(re.findall(r"`([a-z_]+\.[a-z_]+)`", " ".join(rows)))


def half_way_in(app: Flask, user: User) -> FlaskClient:
    browser = app.test_client()
    browser.post("/login", data={"email": user.email, "password": PASSWORD})
    return browser


def test_wrong_password_is_told_with_address_and_person(
    client: FlaskClient, customer: User, capsys: Capture
) -> None:
    sent = {"email": "OWNER@acme.test", "password": WRONG}
    client.post("/login", data=sent, environ_base={"REMOTE_ADDR": "2001:db8::7"})
    failed, request = lines(capsys)
    assert (failed["event"], failed["how"], failed["person"]) == ("sign_in.failed", "password", customer.id)
    assert failed["address"] == request["address"] == "2001:db8::7"
    assert "typed" not in failed


def test_address_that_nobody_has_is_told_by_a_keyed_hash(
    app: Flask, client: FlaskClient, tmp_path: Path, capsys: Capture
) -> None:
    def hashes(*typed: str, browser: FlaskClient = client) -> set[str]:
        for one in typed:
            browser.post("/login", data={"email": one, "password": WRONG})
        return {line["typed"] for line in lines(capsys) if line["event"] == "sign_in.failed"}

    same = hashes("nobody@acme.test", "NOBODY@ａcme.test")
    assert len(same) == 1
    assert re.fullmatch("[0-9a-f]{16}", next(iter(same)))
    assert hashes("another@acme.test").isdisjoint(same)
    other = make_app(tmp_path / "other", secret_key="8d1f0b6c2e9a4d7f8c3b5e6a")
    other.config["WTF_CSRF_ENABLED"] = False
    with other.app_context():
        make_tables()
        assert hashes("nobody@acme.test", browser=other.test_client()).isdisjoint(same)
        db.session.remove()
        db.engine.dispose()


@pytest.mark.usefixtures("outbox")
def test_nothing_that_was_typed_is_told(client: FlaskClient, customer: User, capsys: Capture) -> None:
    """People type passwords into the field for the address."""
    for sent in (
        {"email": PASSWORD, "password": WRONG},
        {"email": customer.email, "password": WRONG},
        {"email": "nobody@acme.test", "password": PASSWORD},
    ):
        for url in ("/login", "/reset", "/register", "/confirm", "/login/way-in"):
            client.post(url, data=sent)
    text = capsys.readouterr().err
    assert "sign_in.failed" in text
    assert [one for one in (PASSWORD, WRONG, customer.email, "nobody@acme.test") if one in text] == []


@pytest.mark.usefixtures("outbox")
def test_second_factor_failures_and_uses_are_told(
    app: Flask, client: FlaskClient, customer: User, capsys: Capture
) -> None:
    authenticator, codes = enrol(sign_in(client, customer))
    assert told(capsys) == [
        ("sign_in.passed", "password", customer.id),
        ("second_factor.on", None, customer.id),
    ]
    browser = half_way_in(app, customer)
    browser.post("/login/code", data={"code": wrong_code(authenticator)})
    browser.post("/login/recovery-code", data={"code": "0000-0000-0000"})
    browser.post("/login/code", data={"code": next_code(authenticator)})
    half_way_in(app, customer).post("/login/recovery-code", data={"code": codes[0]})
    client.post("/account/security/two-factor/off")
    assert told(capsys) == [
        ("second_factor.failed", "code", customer.id),
        ("second_factor.failed", "recovery-code", customer.id),
        ("sign_in.passed", "code", customer.id),
        ("sign_in.passed", "recovery-code", customer.id),
        ("second_factor.off", None, customer.id),
    ]


def test_garbage_instead_of_a_passkey_is_told(client: FlaskClient, customer: User, capsys: Capture) -> None:
    page = client.post("/login/passkey", data={}).text
    form = next(e for e in elements(parse(page), "form") if e.get("data-passkey") == "get")
    client.post(form.get("action", ""), data={"credential": "garbage"})
    assert told(capsys) == [("sign_in.failed", "passkey", None)]


@pytest.mark.usefixtures("outbox")
def test_tries_and_changes_of_somebody_signed_in_are_told(
    client: FlaskClient, customer: User, capsys: Capture
) -> None:
    passkey_of(customer)
    db.session.commit()
    sign_in(client, customer)
    client.post("/verify", data={"password": WRONG})
    change = {"password": WRONG, "new_password": NEW, "new_password_confirm": NEW}
    client.post("/account/password", data=change)
    client.post("/account/password", data={**change, "password": PASSWORD})
    client.post("/account/security/passkeys/delete", data={"name": "Laptop"})
    assert told(capsys) == [
        ("sign_in.passed", "password", customer.id),
        ("sign_in.failed", "password-again", customer.id),
        ("sign_in.failed", "password-change", customer.id),
        ("password.changed", None, customer.id),
        ("passkey.deleted", None, customer.id),
    ]


@pytest.mark.parametrize(
    "wrong", ["weak", "short", "same", "differs", "empty", "no old one", "blank old one"]
)
def test_new_password_that_is_refused_is_no_attack(
    app: Flask, client: FlaskClient, customer: User, capsys: Capture, wrong: str
) -> None:
    changed = {
        "weak": {"new_password": "password1234", "new_password_confirm": "password1234"},
        "short": {"new_password": "x", "new_password_confirm": "x"},
        "same": {"new_password": PASSWORD, "new_password_confirm": PASSWORD},
        "differs": {"new_password_confirm": "another"},
        "empty": {"new_password": "", "new_password_confirm": ""},
        "no old one": {"password": ""},
        "blank old one": {"password": "  "},
    }[wrong]
    sent = {"password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW, **changed}
    sign_in(client, customer)
    for _ in range(app.extensions["settings"].sign_in_attempts_per_hour + 1):
        assert client.post("/account/password", data=sent).status_code == 200
    assert told(capsys) == [("sign_in.passed", "password", customer.id)]


@pytest.mark.usefixtures("outbox")
def test_secret_that_is_left_out_is_no_attack(
    app: Flask, client: FlaskClient, customer: User, capsys: Capture
) -> None:
    enrol(sign_in(client, customer))
    client.post("/verify", data={"password": ""})
    browser = half_way_in(app, customer)
    for url in ("/login/code", "/login/recovery-code"):
        browser.post(url, data={"code": " "})
    app.test_client().post("/login", data={"email": customer.email, "password": " "})
    assert [event for event, *_ in told(capsys) if event.endswith(".failed")] == []


def test_links_that_are_asked_for_and_used_are_told(
    app: Flask, client: FlaskClient, customer: User, outbox: list[EmailMessage], capsys: Capture
) -> None:
    client.post("/reset", data={"email": customer.email})
    link = link_in(outbox[-1], "/reset/")
    client.post(link, data={"password": NEW, "password_confirm": NEW})
    client.post("/login/way-in", data={"email": customer.email})
    client.post(link_in(outbox[-1], "/login/way-in/"))
    client.post("/register", data={"email": "new@acme.test"})
    client.post(link_in(outbox[-1]), data={"account_name": "New", "password": NEW})
    new = db.session.query(User).filter_by(email="new@acme.test").one()
    assert told(capsys) == [
        ("password_reset.asked", None, customer.id),
        ("password_reset.done", None, customer.id),
        ("way_in.asked", None, customer.id),
        ("way_in.used", None, customer.id),
        ("sign_up.asked", None, None),
        ("sign_in.passed", "sign-up", new.id),
    ]


def test_invitation_that_is_used_is_told(client: FlaskClient, account: Account, capsys: Capture) -> None:
    invitation = Invitation(
        account=account,
        email="invited@acme.test",
        role=MembershipRole.MEMBER,
        invited_by="owner@acme.test",
        expires_at=utcnow() + timedelta(days=365),
    )
    db.session.add(invitation)
    db.session.commit()
    token = links.signed(links.INVITATION, invitation.code)
    client.post(f"/invitations/{token}", data={"password": NEW})
    person = db.session.query(User).filter_by(email="invited@acme.test").one()
    found = lines(capsys)
    assert [(line["event"], line["person"]) for line in found] == [
        (event, person.id) for event in ("sign_in.passed", "invitation.used", "request")
    ]
    assert found[1]["account"] == account.id
    assert token not in str(found)


@pytest.mark.usefixtures("outbox")
def test_every_try_behind_a_limit_is_told(tmp_path: Path, capsys: Capture) -> None:
    app = make_app(tmp_path, sign_in_attempts_per_hour=1, sign_in_attempts_per_address_per_hour=3)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        make_tables()
        owner = make_user(account=make_account(), email="owner@acme.test")
        db.session.commit()
        browser = app.test_client()
        for email in ("owner@acme.test", "owner@acme.test", "a@acme.test", "b@acme.test", "c@acme.test"):
            browser.post("/login", data={"email": email, "password": WRONG})
        for _ in range(2):
            browser.post("/reset", data={"email": "owner@acme.test"})
        locked = [line for line in lines(capsys) if line["event"] == "sign_in.locked"]
        assert [(line["by"], line.get("person")) for line in locked] == [
            ("tries-of-person", owner.id),
            ("tries-of-address", None),
            ("resets-of-mailbox", None),
        ]
        assert all(line.get("person") or line["typed"] for line in locked)
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize(
    ("trusted", "header", "address"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (1, "2001:db8:1:2:3::9", "2001:db8:1:2:3::9"),
        (1, "203.0.113.9:50123", "203.0.113.9"),
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "[2001:db8::1]", "2001:db8::1"),
        (1, "203.0.113.9:80:80", "unknown"),
        (1, '"event": "sign_in.failed", "address": "198.51.100.1"', "unknown"),
    ],
)
def test_address_is_the_one_that_trusted_proxies_name(
    tmp_path: Path, capsys: Capture, trusted: int, header: str, address: str
) -> None:
    app = make_app(tmp_path, trusted_proxies=trusted)
    with app.app_context():
        make_tables()
        app.test_client().get("/login", headers={"X-Forwarded-For": header})
        assert {line["address"] for line in lines(capsys)} == {address}
        db.session.remove()
        db.engine.dispose()


def test_lines_of_requests_say_who_asked(client: FlaskClient, customer: User, capsys: Capture) -> None:
    client.get("/login")
    sign_in(client, customer)
    client.get("/account")
    client.post("/logout")
    client.get("/login")
    found = [line.get("person") for line in lines(capsys) if line["event"] == "request"]
    assert found == [None, customer.id, customer.id, customer.id, None]


def test_wrong_bearer_token_is_told(tmp_path: Path, capsys: Capture) -> None:
    app = make_app(tmp_path, edge_token="a-token-for-the-edge", metrics_token="a-token-for-metrics")
    with app.app_context():
        browser = app.test_client()
        for url in ("/edge/traefik", "/metrics"):
            headers = {"Authorization": "Bearer wrong-token-wrong"}
            browser.get(url, headers=headers, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    text = capsys.readouterr().err
    found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert [(one["event"], one["path"], one["address"]) for one in found] == [
        ("token.refused", url, "203.0.113.9") for url in ("/edge/traefik", "/metrics")
    ]
    assert "wrong-token" not in text


def fail2ban() -> tuple[re.Pattern[str], str]:
    """The filter of docs/operations.md: its pattern, and that of the time, as fail2ban reads them."""
    text = OPERATIONS.read_text(encoding="utf-8")
    [pattern] = re.findall(r"^failregex = (.+)$", text, re.MULTILINE)
    [time] = re.findall(r"^datepattern = (.+)$", text, re.MULTILINE)
    return re.compile(pattern.replace("%%", "%").replace("<HOST>", HOST)), time.replace("%%", "%")


def banned(text: str) -> list[str]:
    """The addresses that fail2ban counts; it takes the time out of a line before it reads the rest."""
    pattern, _ = fail2ban()
    read = (re.sub(r'"timestamp": "[0-9-]+T[0-9:.]+Z', "", line) for line in text.splitlines())
    return [found["host"] for line in read if (found := pattern.search(line))]


@pytest.mark.usefixtures("outbox")
def test_filter_for_fail2ban_finds_failures_and_nothing_else(
    client: FlaskClient, customer: User, capsys: Capture
) -> None:
    attacker = {"REMOTE_ADDR": "203.0.113.9"}
    forged = 'x","event": "sign_in.failed", "address": "198.51.100.1'
    client.post("/login", data={"email": customer.email, "password": WRONG}, environ_base=attacker)
    client.post("/login", data={"email": forged, "password": forged}, environ_base=attacker)
    client.get("/login", headers={"User-Agent": forged, "X-Forwarded-For": forged})
    client.get(f"/{forged}")
    sign_in(client, customer)
    client.post("/reset", data={"email": customer.email})
    text = capsys.readouterr().err
    assert text.count("sign_in.failed") == 2
    assert banned(text) == ["203.0.113.9"] * 2
    assert banned(text.replace("sign_in.failed", "second_factor.failed")) == ["203.0.113.9"] * 2
    assert banned(text.replace("sign_in.failed", "sign_in.locked")) == []


def test_filter_for_fail2ban_reads_the_time(client: FlaskClient, capsys: Capture) -> None:
    """With its zone: fail2ban would else take UTC for the machine's own time, and ban nobody."""
    client.get("/login")
    [line] = lines(capsys)
    said = datetime.strptime(f'"timestamp": "{line["timestamp"]}', fail2ban()[1])  # noqa: DTZ007 - the pattern has %z
    assert abs(said - utcnow()) < timedelta(hours=1)


def test_document_lists_every_event() -> None:
    changes = set(sign_in_log._CHANGES.values())
    assert changes < documented()
    source = Path(sign_in_log.__file__).read_text(encoding="utf-8")
    assert set(re.findall(r'"((?:sign_in|second_factor)\.[a-z]+)"', source)) <= documented()
