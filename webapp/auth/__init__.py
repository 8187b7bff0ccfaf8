"""Signing in and up (Flask-Security does it), what each person may see (`access`), and the pages of the account."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request, session
from itsdangerous import URLSafeTimedSerializer

from webapp.auth import doors, forms, mails, navigation, passwords, second_factor, security_views, sessions
from webapp.auth.links import signing_keys
from webapp.extensions import datastore, limiter, security

__all__ = ["init_auth"]


def init_auth(app: Flask) -> None:
    app.config.update(forms.WORDS)
    _choose_classes()
    security.init_app(
        app,
        datastore,
        login_form=forms.SignInForm,
        two_factor_verify_code_form=forms.CodeForm,
        two_factor_rescue_form=forms.NoRescueForm,
        mf_recovery_form=forms.RecoveryCodeForm,
        wan_register_form=forms.PasskeyForm,
    )
    _sign_with_the_newest_key(app)
    doors.init_doors(app)
    security_views.init_safety(app)
    sessions.init_sessions(app)
    navigation.init_navigation(app)
    _limit_sign_in(app)


def _choose_classes() -> None:
    """Set our classes. Flask-Security takes them in its constructor, which runs before ours are defined."""
    security._mail_util_cls = mails.Mails  # noqa: SLF001
    security._password_util_cls = passwords.Passwords  # noqa: SLF001
    security._totp_cls = second_factor.OneTimeCodes  # noqa: SLF001
    security._mf_recovery_codes_util_cls = second_factor.HashedRecoveryCodes  # noqa: SLF001
    security._webauthn_util_cls = second_factor.Passkeys  # noqa: SLF001


def _sign_with_the_newest_key(app: Flask) -> None:
    """Flask-Security 5.9 hands its keys to itsdangerous newest first, which signs with the last: the oldest."""
    with app.app_context():
        keys = [key.encode() for key in signing_keys()]
    for serializer in vars(security).values():
        if isinstance(serializer, URLSafeTimedSerializer):
            serializer.secret_keys = keys


def _limit_sign_in(app: Flask) -> None:
    """Limit sign-in tries by the network address and by the name that was typed, whether a user has it or not.

    A successful sign-in does not count, or else an office behind one network address would be shut out by daily work.
    """
    allowed = f"{app.extensions['settings'].sign_in_attempts_per_hour} per hour"
    for endpoint in ("security.login", "security.wan_signin_response"):
        _limit(app, endpoint, allowed, deduct_when=_not_let_in)
    _limit(app, "security.login", allowed, key_func=_typed_name, deduct_when=_not_let_in)
    for endpoint in ("security.two_factor_token_validation", "security.mf_recovery"):
        _limit(app, endpoint, allowed, key_func=_half_way_in, deduct_when=_not_let_in)
    for endpoint in ("security.register", "security.forgot_password", "security.send_confirmation"):
        _limit(app, endpoint, allowed)
        _limit(app, endpoint, allowed, key_func=_typed_name)
    for endpoint in ("security.verify", "security.change_password"):
        _limit(app, endpoint, allowed, deduct_when=_not_let_in)


def _limit(app: Flask, endpoint: str, allowed: str, **options: Any) -> None:
    view: Any = limiter.limit(allowed, methods=["POST"], **options)(app.view_functions[endpoint])
    app.view_functions[endpoint] = view


def _typed_name() -> str:
    return f"name:{request.form.get('email', '').strip().lower()[:255]}"


def _half_way_in() -> str:
    """The user whose password was right, as a key of the limit: else codes could be tried from many addresses."""
    return f"second-factor:{session.get('tf_user_id', '')}"


def _not_let_in(response: Response) -> bool:
    return response.location is None
