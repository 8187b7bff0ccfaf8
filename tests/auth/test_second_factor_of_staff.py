"""Staff see everybody's accounts, and need more than a password for it where STAFF_SECOND_FACTOR says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_mailman import EmailMessage

from tests.app_fixtures import make_app, make_tables, sign_in
from tests.auth.signing_in import enrol, link_in, passkey_of
from webapp.config.settings import load_settings
from webapp.extensions import db
from webapp.models import User


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, staff_second_factor="auto")
    with app.app_context():
        make_tables()
        yield app
        db.session.remove()
        db.engine.dispose()


def staff_pages(app: Flask) -> list[tuple[str, str]]:
    return [
        (method, rule.rule.replace("<int:", "").replace(">", "").replace("_id", "1"))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("staff.") and not rule.arguments
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]


def test_every_page_of_staff_leads_to_setting_it_up(
    app: Flask, client: FlaskClient, staff_member: User
) -> None:
    sign_in(client, staff_member)
    pages = staff_pages(app)
    assert ("GET", "/staff") in pages
    for method, url in pages:
        assert client.open(url, method=method).location == "/account/security/two-factor", (method, url)
    assert "Staff need a second factor." in client.get("/account/security/two-factor").text


@pytest.mark.usefixtures("outbox")
def test_staff_who_set_it_up_are_in(client: FlaskClient, staff_member: User) -> None:
    sign_in(client, staff_member)
    enrol(client)
    assert client.get("/staff/events").status_code == 200
    client.post("/account/security/two-factor/off")
    assert client.get("/staff/events").location == "/account/security/two-factor"


def test_customers_need_none_and_staff_pages_stay_hidden(client: FlaskClient, customer: User) -> None:
    sign_in(client, customer)
    assert client.get("/account/security").status_code == 200
    assert client.get("/staff/events").status_code == 404


def test_mailbox_alone_does_not_make_staff(
    client: FlaskClient, staff_member: User, outbox: list[EmailMessage]
) -> None:
    sign_in(client, staff_member)
    enrol(client)
    passkey_of(staff_member)
    db.session.commit()
    client.post("/logout")
    client.post("/reset", data={"email": staff_member.email})
    new = "three blue ladders dancing"
    client.post(link_in(outbox[-1], "/reset/"), data={"password": new, "password_confirm": new})
    db.session.expire_all()
    assert staff_member.tf_primary_method == "authenticator"
    assert list(staff_member.webauthn) == []
    assert "- the passkey “Laptop”" in outbox[-1].body
    assert "two-factor" not in outbox[-1].body
    answer = client.post("/login", data={"email": staff_member.email, "password": new})
    assert answer.location.startswith("/login/code")


@pytest.mark.parametrize(
    ("setting", "endpoint", "needed"),
    [
        ("auto", "", True),
        ("auto", "http://127.0.0.1:5000", False),
        ("auto", "http://localhost:5000", False),
        ("auto", "https://route53.example.com", True),
        ("on", "http://127.0.0.1:5000", True),
        ("off", "", False),
    ],
)
def test_where_it_is_needed(setting: str, endpoint: str, needed: bool) -> None:
    settings = load_settings(
        secret_key="only-for-tests-0123456789", staff_second_factor=setting, aws_endpoint_url=endpoint
    )
    assert settings.staff_need_second_factor is needed
