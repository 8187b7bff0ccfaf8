"""A sign-in is a row: without it no cookie counts, whoever has a copy."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from tests.app_fixtures import make_app, sign_in
from tests.factories import PASSWORD
from webapp.extensions import db
from webapp.models import SignedIn, User, utcnow

PAGE = "/account/security"


def remembered(client: FlaskClient, user: User) -> FlaskClient:
    client.post("/login", data={"email": user.email, "password": PASSWORD, "remember": "y"})
    return client


def copy_of(app: Flask, client: FlaskClient, *names: str) -> FlaskClient:
    """A thief's browser with these cookies."""
    thief = app.test_client()
    for name in names:
        cookie = client.get_cookie(name)
        assert cookie is not None
        thief.set_cookie(name, cookie.value)
    return thief


@pytest.mark.parametrize("names", [("session",), ("remember_token",), ("session", "remember_token")])
def test_signing_out_ends_every_copy_of_a_cookie(
    app: Flask, client: FlaskClient, customer: User, names: tuple[str, ...]
) -> None:
    remembered(client, customer).get(PAGE)
    thief, watched = copy_of(app, client, *names), copy_of(app, client, *names)
    assert watched.get(PAGE).status_code == 200
    client.post("/logout")
    assert client.get(PAGE).status_code == 302
    assert thief.get(PAGE).status_code == 302
    assert watched.get(PAGE).status_code == 302


def test_signing_out_leaves_other_browsers_and_people(
    app: Flask, client: FlaskClient, customer: User, member: User
) -> None:
    phone, other = sign_in(app.test_client(), customer), sign_in(app.test_client(), member)
    sign_in(client, customer).post("/logout")
    assert phone.get(PAGE).status_code == other.get(PAGE).status_code == 200


def test_cookie_counts_only_while_its_row_is_there(client: FlaskClient, customer: User) -> None:
    remembered(client, customer)
    db.session.execute(delete(SignedIn))
    db.session.commit()
    assert client.get(PAGE).status_code == 302
    assert client.get(PAGE).status_code == 302


def test_cookie_of_an_earlier_release_signs_nobody_in(client: FlaskClient, customer: User) -> None:
    with client.session_transaction() as session:
        session["_user_id"] = customer.fs_uniquifier
    assert client.get(PAGE).status_code == 302


def test_person_whose_sign_in_is_switched_off_is_out_at_once(client: FlaskClient, customer: User) -> None:
    remembered(client, customer)
    customer.active = False
    db.session.commit()
    assert client.get(PAGE).status_code == 302


def test_signing_in_again_in_a_browser_ends_what_it_had(
    app: Flask, client: FlaskClient, customer: User, member: User
) -> None:
    sign_in(client, customer)
    thief = copy_of(app, client, "session")
    client.post("/logout")
    sign_in(client, member)
    sign_in(app.test_client(), member)
    assert thief.get(PAGE).status_code == 302
    assert len(db.session.scalars(select(SignedIn).where(SignedIn.user_id == member.id)).all()) == 2


def test_cookie_stays_for_as_long_as_the_settings_say(client: FlaskClient, customer: User) -> None:
    remembered(client, customer)
    cookie = client.get_cookie("remember_token")
    assert cookie is not None
    assert cookie.expires is not None
    assert timedelta(days=29) < cookie.expires - utcnow() < timedelta(days=31)


def test_nobody_stays_signed_in_for_longer_however_busy(client: FlaskClient, customer: User) -> None:
    remembered(client, customer)
    began = utcnow()
    for days in (10, 20, 29.9):
        with time_machine.travel(began + timedelta(days=days), tick=False):
            assert client.get(PAGE).status_code == 200, days
    row = db.session.scalars(select(SignedIn)).one()
    row.created_at -= timedelta(days=30, minutes=1)
    db.session.commit()
    assert client.get(PAGE).status_code == 302


@pytest.mark.parametrize(("minutes", "status"), [(59, 200), (61, 302)])
def test_staff_who_are_idle_sign_in_again(
    client: FlaskClient, staff_member: User, minutes: int, status: int
) -> None:
    remembered(client, staff_member)
    row = db.session.scalars(select(SignedIn)).one()
    row.last_seen_at -= timedelta(minutes=minutes)
    db.session.commit()
    assert client.get(PAGE).status_code == status


def test_customers_may_be_idle(client: FlaskClient, customer: User) -> None:
    sign_in(client, customer)
    row = db.session.scalars(select(SignedIn)).one()
    row.last_seen_at -= timedelta(days=20)
    db.session.commit()
    assert client.get(PAGE).status_code == 200


def test_no_neighbouring_host_can_set_our_cookies(tmp_path: Path) -> None:
    config = make_app(tmp_path, public_url="https://nameplate.test").config
    assert config["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert config["REMEMBER_COOKIE_NAME"].startswith("__Host-")
    assert config["SESSION_COOKIE_SECURE"]
    assert config["REMEMBER_COOKIE_SECURE"]
    assert config["SESSION_COOKIE_DOMAIN"] is None
