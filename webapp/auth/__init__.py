"""Signing in and up (Flask-Security does it) and what each person may see (`access`)."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response
from flask_security.signals import user_registered

from webapp.auth import forms
from webapp.extensions import datastore, db, limiter, security
from webapp.models import Account, Membership, MembershipRole, User

__all__ = ["init_auth"]


def init_auth(app: Flask) -> None:
    app.config.update(forms.WORDS)
    security.init_app(
        app,
        datastore,
        login_form=forms.SignInForm,
        register_form=forms.SignUpForm,
        forgot_password_form=forms.ForgottenPasswordForm,
    )
    user_registered.connect(_open_account, app)
    _limit_sign_in(app)


def _limit_sign_in(app: Flask) -> None:
    """A sign-in that succeeds does not count, so that an office behind one address is not shut out by working."""
    allowed = f"{app.extensions['settings'].sign_in_attempts_per_hour} per hour"
    _limit(app, "security.login", allowed, deduct_when=_not_let_in)
    for endpoint in ("security.register", "security.forgot_password", "security.send_confirmation"):
        _limit(app, endpoint, allowed)


def _limit(app: Flask, endpoint: str, allowed: str, **options: Any) -> None:
    view: Any = limiter.limit(allowed, methods=["POST"], **options)(app.view_functions[endpoint])
    app.view_functions[endpoint] = view


def _not_let_in(response: Response) -> bool:
    return response.location is None


def _open_account(_app: Flask, user: User, form_data: dict[str, Any], **_more: Any) -> None:
    """Whoever signs up owns an account of their own; Flask-Security commits both together."""
    name = str(form_data.get("account_name") or "").strip() or user.email.partition("@")[0]
    db.session.add(Membership(account=Account(name=name), user=user, role=MembershipRole.OWNER))
