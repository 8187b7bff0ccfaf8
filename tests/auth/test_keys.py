"""Another SECRET_KEY: what the old one signed counts while it is a fallback, and no password or app depends on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from passlib.totp import TOTP  # type: ignore[import-untyped]
from sqlalchemy import select

from tests.app_fixtures import make_app
from tests.auth.signing_in import enrol, next_code
from tests.factories import PASSWORD, make_account, make_user
from webapp.auth import links
from webapp.auth.second_factor import renew_keys
from webapp.config.keys import derived, is_easy_to_guess
from webapp.config.passwords import PREFIX, SaltedArgon2
from webapp.config.settings import ConfigurationError, load_settings
from webapp.extensions import db, security
from webapp.models import User

OLD, NEW, NEWEST = "only-for-tests-0123456789", "another-for-tests-9876543", "a-third-for-tests-5647382"
EMAIL = "owner@acme.test"

Running = Callable[..., Any]


@pytest.fixture
def running(tmp_path: Path) -> Running:
    """The installation, started with these keys; each time with the same database."""

    @contextmanager
    def start(key: str, *fallbacks: str) -> Iterator[Flask]:
        url = f"sqlite:///{tmp_path / 'data.sqlite'}"
        app = make_app(tmp_path, secret_key=key, secret_key_fallbacks=list(fallbacks), database_url=url)
        app.config["WTF_CSRF_ENABLED"] = False
        with app.app_context():
            db.create_all()
            yield app
            db.session.remove()
            db.engine.dispose()

    return start


def signed_in(app: Flask, password: str = PASSWORD) -> FlaskClient:
    browser = app.test_client()
    assert browser.post("/login", data={"email": EMAIL, "password": password}).status_code == 302
    return browser


def make_owner() -> None:
    make_user(account=make_account(), email=EMAIL)
    db.session.commit()


@pytest.mark.parametrize("fallbacks", [(), (OLD,)])
def test_password_outlives_the_key(running: Running, fallbacks: tuple[str, ...]) -> None:
    with running(OLD):
        make_owner()
    with running(NEW, *fallbacks) as app:
        assert signed_in(app).get("/account/security").status_code == 200


@pytest.mark.usefixtures("outbox")
def test_code_of_an_app_outlives_the_key_that_is_a_fallback(running: Running) -> None:
    with running(OLD) as app:
        make_owner()
        authenticator, _ = enrol(signed_in(app))
    with running(NEW, OLD) as app:
        browser = signed_in(app)
        assert browser.post("/login/code", data={"code": next_code(authenticator)}).status_code == 302
        assert browser.get("/account/security").status_code == 200


@pytest.mark.usefixtures("outbox")
def test_apps_outlive_a_key_that_is_gone_once_their_keys_are_renewed(running: Running) -> None:
    with running(OLD) as app:
        make_owner()
        authenticator, _ = enrol(signed_in(app))
    with running(NEW, OLD):
        assert renew_keys() == (1, 0, 0)
        assert renew_keys() == (0, 0, 0)
        db.session.commit()
    with running(NEWEST, NEW) as app:
        assert renew_keys() == (1, 0, 0)
        db.session.commit()
    with running(NEWEST) as app:
        browser = signed_in(app)
        assert browser.post("/login/code", data={"code": next_code(authenticator)}).status_code == 302


def enrol_as_an_earlier_release(key: str) -> Any:
    """The owner's authenticator, with a key that does not say which of ours encrypted it."""
    make_owner()
    one_key = TOTP.using(issuer="Nameplate", secrets={"1": derived(key, "one-time-codes")})
    authenticator = one_key.new()
    user = db.session.scalars(select(User)).one()
    user.tf_primary_method, user.tf_totp_secret = "authenticator", authenticator.to_json(encrypt=True)
    db.session.commit()
    return authenticator


@pytest.mark.usefixtures("outbox")
@pytest.mark.parametrize("key", [OLD, NEW])
def test_key_of_an_app_is_left_alone_while_nothing_says_what_encrypted_it(running: Running, key: str) -> None:
    """Another key would make garbage of it, encrypt that with itself, and call it renewed."""
    with running(OLD):
        authenticator = enrol_as_an_earlier_release(OLD)
    with running(key):
        stored = db.session.scalars(select(User.tf_totp_secret)).one()
        assert renew_keys() == (0, 0, 1)
        db.session.commit()
        assert db.session.scalars(select(User.tf_totp_secret)).one() == stored
    with running(NEW, OLD):
        assert renew_keys() == (1, 0, 0)
        db.session.commit()
    with running(NEW) as app:
        assert renew_keys() == (0, 0, 0)
        browser = signed_in(app)
        assert browser.post("/login/code", data={"code": authenticator.generate().token}).status_code == 302


@pytest.mark.usefixtures("outbox")
def test_app_of_before_there_were_several_keys_goes_on(running: Running) -> None:
    with running(OLD):
        authenticator = enrol_as_an_earlier_release(OLD)
    with running(NEW, OLD) as app:
        browser = signed_in(app)
        assert browser.post("/login/code", data={"code": authenticator.generate().token}).status_code == 302
        assert renew_keys() == (1, 0, 0)


@pytest.mark.usefixtures("outbox")
def test_code_under_a_key_that_is_gone_is_wrong_and_recovery_codes_work(running: Running) -> None:
    with running(OLD) as app:
        make_owner()
        authenticator, codes = enrol(signed_in(app))
    with running(NEW) as app:
        browser = signed_in(app)
        answer = browser.post("/login/code", data={"code": next_code(authenticator)})
        assert "That code is not right" in answer.text
        assert renew_keys() == (0, 1, 0)
        assert browser.post("/login/recovery-code", data={"code": codes[0]}).status_code == 302


def signatures(app: Flask) -> dict[str, str]:
    with app.test_request_context():
        return {
            "address": links.signed_address(EMAIL),
            "stop": links.signed(links.STOP, "code"),
            "reset": str(security.reset_serializer.dumps("x")),
            "passkey": str(security.wan_serializer.dumps("x")),
        }


def readable(app: Flask, signed: dict[str, str]) -> set[str]:
    with app.test_request_context():
        found = {
            "address": links.address_in(signed["address"])[0],
            "stop": links.code_in(links.STOP, signed["stop"]),
            "reset": security.reset_serializer.loads_unsafe(signed["reset"])[0] or None,
            "passkey": security.wan_serializer.loads_unsafe(signed["passkey"])[0] or None,
        }
    return {name for name, value in found.items() if value}


def test_what_is_signed_counts_while_its_key_does(running: Running) -> None:
    with running(OLD) as app:
        signed = signatures(app)
        assert readable(app, signed) == set(signed)
    with running(NEW, OLD) as app:
        assert readable(app, signed) == set(signed)
    with running(NEW) as app:
        assert readable(app, signed) == set()


def test_nothing_is_signed_with_a_key_that_is_to_go(running: Running) -> None:
    with running(NEW, OLD) as app:
        signed = signatures(app)
    with running(NEW) as app:
        assert readable(app, signed) == set(signed)


def test_session_outlives_the_key_that_is_a_fallback(running: Running) -> None:
    with running(OLD) as app:
        make_owner()
        cookie = signed_in(app).get_cookie("session")
    assert cookie is not None
    for keys, status in (((NEW, OLD), 200), ((NEW,), 302)):
        with running(*keys) as app:
            browser = app.test_client()
            browser.set_cookie("session", cookie.value)
            assert browser.get("/account/security").status_code == status


#: “three blue ladders dancing” as Flask-Security hashed it with the salt that OLD gave, at the least cost.
KNOWN = "three blue ladders dancing"


def hash_of_an_earlier_release(key: str) -> tuple[str, str]:
    """The salt, and what the database had, made by Flask-Security as it was configured then."""
    from flask_security.utils import get_hmac
    from passlib.hash import argon2  # type: ignore[import-untyped]

    salt = derived(key, "password-salt")
    app = Flask("earlier")
    app.config["SECURITY_PASSWORD_SALT"] = salt
    with app.app_context():
        cheap = argon2.using(time_cost=1, memory_cost=8, parallelism=1)
        return salt, cheap.hash(get_hmac(KNOWN).decode())


def test_password_of_an_earlier_release_outlives_its_key_and_loses_the_salt(running: Running) -> None:
    salt, stored = hash_of_an_earlier_release(OLD)
    with running(NEW) as app:
        make_owner()
        user = db.session.scalars(select(User)).one()
        user.password = f"{PREFIX}{salt}{stored}"
        db.session.commit()
        wrong = app.test_client().post("/login", data={"email": EMAIL, "password": "three blue ladders"})
        assert wrong.status_code == 200
        signed_in(app, KNOWN)
        db.session.expire_all()
        assert user.password is not None
        assert user.password.startswith("$argon2id$")
        signed_in(app, KNOWN)


def test_salted_hash_is_told_from_others() -> None:
    salt, stored = hash_of_an_earlier_release(OLD)
    assert SaltedArgon2.identify(f"{PREFIX}{salt}{stored}")
    assert not SaltedArgon2.identify(stored)
    assert not SaltedArgon2.verify(KNOWN, f"{PREFIX}{'0' * 64}{stored}")


WEAK = [
    "aaaaaaaaaaaaaaaa",
    "0123456789abcdef",
    "abcdefghijklmnopqrstuvwxyz",
    "changeme-changeme",
    "please-change-this-key",
    "my-very-secret-development-key",
    "passwordpassword1234",
    "INSECURE-dev-key-12",
    "nameplate-secret-key-of-2024-in-production",
]


@pytest.mark.parametrize("key", WEAK)
def test_key_that_is_easy_to_guess_stops_the_start(key: str) -> None:
    with pytest.raises(ConfigurationError, match="SECRET_KEY is easy to guess") as stopped:
        load_settings(secret_key=key)
    assert "put the present one into SECRET_KEY_FALLBACKS" in str(stopped.value)
    assert load_settings(secret_key=OLD, secret_key_fallbacks=[key]).secret_keys == [OLD, key]
    with pytest.raises(ConfigurationError, match="SECRET_KEY is easy to guess"):
        load_settings(secret_key=key, aws_endpoint_url="https://route53.example.com")
    assert load_settings(secret_key=key, aws_endpoint_url="http://127.0.0.1:5000").secret_key == key


HARD = [
    OLD,
    "a3f9c27d51e08b64",
    "Zk8s_2nV0pQx-7Ty",
    "b6" * 3 + "f09d31c47e85a2",
    "my-production-secret-9f8e7d6c5b4a39281706",
    "tKq4yourZ9_wB7xLm2-Vd8sHc3NfRj6P",
]


@pytest.mark.parametrize("key", HARD)
def test_key_that_is_hard_to_guess_starts(key: str) -> None:
    assert not is_easy_to_guess(key)


def test_random_keys_are_hard_to_guess() -> None:
    import secrets

    assert [key for _ in range(2000) if is_easy_to_guess(key := secrets.token_hex())] == []
