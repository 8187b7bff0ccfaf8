"""Signing in and up (Flask-Security does it), what each person may see (`access`), and the pages of the account."""

from __future__ import annotations

from flask import Flask
from flask_security import ChangePasswordForm, VerifyForm
from flask_security.webauthn import WebAuthnSigninResponseForm
from itsdangerous import URLSafeTimedSerializer

from webapp.auth import doors, forms, mails, navigation, passwords, second_factor, security_views, sessions
from webapp.auth.links import signing_keys
from webapp.extensions import datastore, security

__all__ = ["init_auth"]


def init_auth(app: Flask) -> None:
    app.config.update(forms.WORDS)
    _choose_classes()
    security.init_app(
        app,
        datastore,
        login_form=forms.counted(forms.SignInForm),
        verify_form=forms.counted(VerifyForm),
        change_password_form=forms.counted(ChangePasswordForm),
        wan_signin_response_form=forms.counted(WebAuthnSigninResponseForm),
        two_factor_verify_code_form=forms.counted(forms.CodeForm),
        two_factor_rescue_form=forms.NoRescueForm,
        mf_recovery_form=forms.counted(forms.RecoveryCodeForm),
        wan_register_form=forms.PasskeyForm,
    )
    _sign_with_the_newest_key(app)
    doors.init_doors(app)
    security_views.init_safety(app)
    sessions.init_sessions(app)
    navigation.init_navigation(app)


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
