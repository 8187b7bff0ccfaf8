"""Signing in and up (Flask-Security does it), what each person may see (`access`), and the pages of the account."""

from __future__ import annotations

from flask import Flask
from flask_security import ChangePasswordForm, VerifyForm
from flask_security.webauthn import WebAuthnSigninResponseForm

from webapp.auth import (
    forms,
    known_browsers,
    limits,
    mails,
    navigation,
    second_factor,
    security_views,
    sessions,
)
from webapp.extensions import datastore, security

__all__ = ["init_auth"]


def init_auth(app: Flask) -> None:
    app.config.update(forms.WORDS)
    _choose_classes()
    security.init_app(
        app,
        datastore,
        login_form=limits.counted(forms.SignInForm),
        verify_form=limits.counted(VerifyForm),
        change_password_form=limits.counted(ChangePasswordForm),
        wan_signin_response_form=limits.counted(WebAuthnSigninResponseForm),
        register_form=forms.SignUpForm,
        forgot_password_form=forms.ForgottenPasswordForm,
        two_factor_verify_code_form=limits.counted(forms.CodeForm),
        two_factor_rescue_form=forms.NoRescueForm,
        mf_recovery_form=limits.counted(forms.RecoveryCodeForm),
        wan_register_form=forms.PasskeyForm,
    )
    security_views.init_safety(app)
    sessions.init_sessions(app)
    navigation.init_navigation(app)
    known_browsers.init_known_browsers(app)
    limits.init_limits_of_sign_in(app)


def _choose_classes() -> None:
    """Flask-Security takes forms late, but classes only with its constructor, where ours are not known yet."""
    security._mail_util_cls = mails.Mails  # noqa: SLF001
    security._totp_cls = second_factor.OneTimeCodes  # noqa: SLF001
    security._mf_recovery_codes_util_cls = second_factor.HashedRecoveryCodes  # noqa: SLF001
    security._webauthn_util_cls = second_factor.Passkeys  # noqa: SLF001
