"""One log line for each try to get in, and for each change of how somebody gets in.

A line has the address of the client, as every line of a request has it, and the person's id, else `typed`: a keyed
hash of the address that was typed. What was typed itself is in no line, because people type passwords into the wrong
field. docs/operations.md has the list of events and a filter for fail2ban.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask, current_app, request
from flask_limiter import RequestLimit
from flask_security import (
    password_changed,
    password_reset,
    tf_disabled,
    tf_profile_changed,
    user_authenticated,
    wan_deleted,
    wan_registered,
)

from webapp.abuse import whom
from webapp.auth.doors import email_asked
from webapp.auth.forms import sign_in_failed
from webapp.models import User

log = structlog.get_logger(__name__)

#: What somebody signs in with, or shows once more who they are with, by the endpoint.
_WITH = {
    "security.login": "password",
    "security.wan_signin_response": "passkey",
    "security.two_factor_token_validation": "code",
    "security.mf_recovery": "recovery-code",
    "security.verify": "password-again",
    "security.wan_verify_response": "passkey-again",
    "security.change_password": "password-change",
    "security.confirm_email": "sign-up",
    "invitations.accept": "invitation",
}
_SECOND = {"code", "recovery-code"}
_CHANGES = {
    password_changed: "password.changed",
    password_reset: "password_reset.done",
    tf_profile_changed: "second_factor.on",
    tf_disabled: "second_factor.off",
    wan_registered: "passkey.added",
    wan_deleted: "passkey.deleted",
}


def init_sign_in_log(app: Flask) -> None:
    sign_in_failed.connect(_failed, app)
    user_authenticated.connect(_passed, app)
    email_asked.connect(_asked, app)
    for signal, event in _CHANGES.items():
        signal.connect(_change(event), app, weak=False)


def note(event: str, person: User | None, typed: str = "", **more: object) -> None:
    """One line about `person`; without one, about the address that was typed, by default the one in the form."""
    log.info(event, **_about(person, typed or whom.typed_address()), **more)


def locked(by: str, person: Callable[[], User | None], _limit: RequestLimit) -> None:
    """A limit is used up. Each further try writes the line as well, which shows how long an attack goes on."""
    note("sign_in.locked", person(), by=by, how=_how())


def _failed(_app: Flask, **_more: Any) -> None:
    how = _how()
    note("second_factor.failed" if how in _SECOND else "sign_in.failed", whom.person_meant(), how=how)


def _passed(_app: Flask, user: User, authn_via: list[str] | None = None, **_more: Any) -> None:
    """Not when the session of somebody who is signed in is only made anew."""
    if authn_via != ["change"]:
        note("sign_in.passed", user, how=_how())


def _asked(_app: Flask, what: str, email: str, user: User | None, **_more: Any) -> None:
    note(f"{what}.asked", user, whom.normal_address(email))


def _change(event: str) -> Any:
    def changed(_app: Flask, user: User, **_more: Any) -> None:
        note(event, user)

    return changed


def _how() -> str:
    return _WITH.get(request.endpoint or "", request.endpoint or "")


def _about(person: User | None, typed: str) -> dict[str, object]:
    if person is not None:
        return {"person": person.id}
    return {"typed": _digest(typed)} if typed else {}


def _digest(text: str) -> str:
    """Keyed: with a plain hash, whoever reads the log could try addresses and passwords until one fits."""
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.new(key, b"typed:" + text.encode(), hashlib.sha256).hexdigest()[:16]
