"""Limits of tries and of mail: one strict count for each person, and a high one for each network address.

An address is shared by everybody behind it, so that its count is high and no known browser of a person depends on it.
A person's count is the same for every spelling of the address and however it was sent. When it is used up, the
browsers that the person has used go on (each with a count of its own), and everybody else is asked for a second step:
the link that "/login/way-in" mails, or a passkey.
"""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Flask, g, request, session

from webapp.abuse import known_browsers
from webapp.abuse.counters import client_network
from webapp.auth.access import my_user
from webapp.auth.forms import sign_in_failed
from webapp.extensions import datastore, limiter, security, settings
from webapp.models import User


def init_limits_of_sign_in(app: Flask) -> None:
    sign_in_failed.connect(_note_failure, app)
    for endpoint in ("security.login", "security.wan_signin_response"):
        _limit(app, endpoint, TRIES_OF_ADDRESS)
    _limit(app, "security.login", TRIES_OF_NAME)
    for endpoint in ("security.two_factor_token_validation", "security.mf_recovery"):
        _limit(app, endpoint, TRIES_OF_CODES)
    for endpoint in ("security.verify", "security.wan_verify_response", "security.change_password"):
        _limit(app, endpoint, TRIES_OF_PERSON)
    for endpoint in ("security.register", "security.forgot_password", "security.send_confirmation"):
        _limit(app, endpoint, MAILS_OF_ADDRESS)
        _limit(app, endpoint, MAILS_OF_NAME)


def _limit(app: Flask, endpoint: str, limit: Any) -> None:
    app.view_functions[endpoint] = limit(app.view_functions[endpoint])


def _note_failure(_app: Flask, **_more: object) -> None:
    g.sign_in_failed = True


def _failed(_response: object) -> bool:
    return bool(g.get("sign_in_failed"))


def _few() -> str:
    return f"{settings().sign_in_attempts_per_hour} per hour"


def _many() -> str:
    return f"{settings().sign_in_attempts_per_address_per_hour} per hour"


def _name_key() -> str:
    """Whom the form is about: a known browser of that person, the person, or an address that nobody has."""
    normal = normal_address(request.form.get("email", ""))
    person = _person_with(normal)
    return f"name:{_digest(normal)}" if person is None else _person_key(person)


def _half_way_in_key() -> str:
    """Whose password was right, so that their codes cannot be tried from many places."""
    person = _half_way_in()
    return f"nobody:{client_network()}" if person is None else _person_key(person)


def _own_key() -> str:
    """Who is signed in: a stolen session does not get new tries with a new address."""
    person = my_user()
    return f"nobody:{client_network()}" if person is None else f"person:{person.id}"


def _person_key(person: User) -> str:
    browser = known_browsers.code_for(person.id)
    return f"person:{person.id}:{browser}" if browser else f"person:{person.id}"


def _is_known_browser() -> bool:
    person = _person_with(normal_address(request.form.get("email", "")))
    return person is not None and known_browsers.code_for(person.id) is not None


def _half_way_in() -> User | None:
    uniquifier = session.get("tf_user_id")
    return datastore.find_user(fs_uniquifier=uniquifier) if uniquifier else None  # type: ignore[return-value]


def normal_address(typed: str) -> str:
    """The address as the sign-in looks it up, so that no spelling is a count of its own."""
    try:
        return str(security.mail_util.normalize(typed.strip())).casefold()
    except ValueError:
        return typed.strip().casefold()


def _person_with(normal: str) -> User | None:
    if "person_of_limit" not in g:
        g.person_of_limit = {}
    known: dict[str, User | None] = g.person_of_limit
    if normal not in known:
        known[normal] = datastore.find_user(case_insensitive=True, email=normal) if normal else None  # type: ignore[assignment]
    return known[normal]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


TRIES_OF_ADDRESS = limiter.shared_limit(
    _many,
    "tries-of-address",
    key_func=client_network,
    methods=["POST"],
    exempt_when=_is_known_browser,
    deduct_when=_failed,
)
TRIES_OF_NAME = limiter.shared_limit(
    _few, "tries-of-person", key_func=_name_key, methods=["POST"], deduct_when=_failed
)
TRIES_OF_CODES = limiter.shared_limit(
    _few, "tries-of-codes", key_func=_half_way_in_key, methods=["POST"], deduct_when=_failed
)
TRIES_OF_PERSON = limiter.shared_limit(
    _few, "tries-when-signed-in", key_func=_own_key, methods=["POST"], deduct_when=_failed
)
MAILS_OF_ADDRESS = limiter.shared_limit(
    _many, "mails-of-address", key_func=client_network, methods=["POST"], exempt_when=_is_known_browser
)
MAILS_OF_NAME = limiter.shared_limit(_few, "mails-of-person", key_func=_name_key, methods=["POST"])
