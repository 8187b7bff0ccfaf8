"""Limits of tries and of e-mails: one strict count for each person, and a high one for each network address.

An address is shared by everybody behind it, so that its count is high and no known browser of a person depends on it.
A person's count is the same for every spelling of the address and however it was sent. When it is used up, the
browsers that the person has used go on (each with a count of its own), and everybody else is asked for a second step:
the link that `/login/way-in` sends, or a passkey.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask, g
from flask_limiter import RouteLimit

from webapp.abuse import known_browsers, sign_in_log, whom
from webapp.auth.access import my_user
from webapp.auth.forms import sign_in_failed
from webapp.extensions import limiter, settings
from webapp.models import User
from webapp.runtime.requests.trusted_proxies import client_network

#: The scopes of the counts that one person has.
OF_NAME, OF_CODES, OF_PERSON = "tries-of-person", "tries-of-codes", "tries-when-signed-in"


def init_limits_of_sign_in(app: Flask) -> None:
    sign_in_failed.connect(_note_failure, app)
    _limit(app, "security.login", TRIES_OF_ADDRESS)
    _limit(app, "security.login", TRIES_OF_NAME)
    _limit(app, "security.wan_signin_response", PASSKEYS_OF_ADDRESS)
    for endpoint in ("security.two_factor_token_validation", "security.mf_recovery"):
        _limit(app, endpoint, TRIES_OF_CODES)
    for endpoint in ("security.verify", "security.wan_verify_response", "security.change_password"):
        _limit(app, endpoint, TRIES_OF_PERSON)
    for endpoint in ("security.register", "security.send_confirmation"):
        _limit(app, endpoint, MAILS_OF_ADDRESS)
        _limit(app, endpoint, SIGN_UPS_OF_NAME)
    _limit(app, "security.forgot_password", MAILS_OF_ADDRESS)
    _limit(app, "security.forgot_password", RESETS_OF_NAME)


def _limit(app: Flask, endpoint: str, limit: Any) -> None:
    app.view_functions[endpoint] = limit(app.view_functions[endpoint])


def _note_failure(_app: Flask, **_more: object) -> None:
    g.sign_in_failed = True


def _failed(_response: object) -> bool:
    return bool(g.get("sign_in_failed"))


def _asked(_response: object) -> bool:
    """Whether an e-mail was asked for: who is only led elsewhere uses up nobody's e-mails."""
    return bool(g.get("mail_asked"))


def few() -> str:
    """The tries of one person, in the words of `limits`."""
    return f"{settings().sign_in_attempts_per_hour} per hour"


def _many() -> str:
    return f"{settings().sign_in_attempts_per_address_per_hour} per hour"


def _name_key() -> str:
    """Whom the form is about: a known browser of that person, the person, or an address that nobody has."""
    person = whom.person_typed()
    return f"name:{_digest(whom.typed_address())}" if person is None else _person_key(person)


def _mailbox_key() -> str:
    """The address that would get the e-mail. Nobody is looked up: the time of the answer would say who is here."""
    return _digest(whom.typed_address())


def _half_way_in_key() -> str:
    """Whose password was right, so that their codes cannot be tried from many places."""
    person = whom.half_way_in()
    return f"nobody:{client_network()}" if person is None else _person_key(person)


def _own_key() -> str:
    """Who is signed in: a stolen session does not get new tries with a new address."""
    person = my_user()
    return f"nobody:{client_network()}" if person is None else stranger_key(person)


def _person_key(person: User) -> str:
    browser = known_browsers.code_for(person)
    return f"{stranger_key(person)}:{browser}" if browser else stranger_key(person)


def stranger_key(person: User) -> str:
    """Of this person's tries from browsers that are not known. When staff clear them, all counts begin anew, those of
    known browsers too, whose codes only their cookies have.
    """
    cleared = person.tries_cleared_at
    return f"person:{person.id}@{int(cleared.timestamp())}" if cleared else f"person:{person.id}"


def _is_known_browser() -> bool:
    person = whom.person_typed()
    return person is not None and known_browsers.code_for(person) is not None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _nobody() -> None:
    return None


def _shared(
    most: Callable[[], str],
    scope: str,
    key: Callable[[], str],
    person: Callable[[], User | None] = whom.person_meant,
    **options: Any,
) -> RouteLimit:
    """A limit that the log tells of when it is used up, and of the `person` whom it is about."""
    told = partial(sign_in_log.locked, scope, person)
    return limiter.shared_limit(most, scope, key_func=key, methods=["POST"], on_breach=told, **options)


TRIES_OF_ADDRESS = _shared(
    _many, "tries-of-address", client_network, exempt_when=_is_known_browser, deduct_when=_failed
)
#: A count of its own: passkeys cannot be guessed, and are how people get in while passwords are tried.
PASSKEYS_OF_ADDRESS = _shared(
    _many,
    "passkeys-of-address",
    client_network,
    _nobody,
    exempt_when=known_browsers.is_somebodys,
    deduct_when=_failed,
)
TRIES_OF_NAME = _shared(few, OF_NAME, _name_key, deduct_when=_failed)
TRIES_OF_CODES = _shared(few, OF_CODES, _half_way_in_key, deduct_when=_failed)
TRIES_OF_PERSON = _shared(few, OF_PERSON, _own_key, deduct_when=_failed)
MAILS_OF_ADDRESS = _shared(_many, "e-mails-of-address", client_network, _nobody)


def _mails_of_name(what: str) -> RouteLimit:
    """A count of its own for each: requests that send nothing, or another e-mail, use up nobody's way in."""
    return _shared(few, f"{what}-of-mailbox", _mailbox_key, _nobody, deduct_when=_asked)


SIGN_UPS_OF_NAME = _mails_of_name("sign-ups")
RESETS_OF_NAME = _mails_of_name("resets")
WAYS_IN_OF_NAME = _mails_of_name("ways-in")
