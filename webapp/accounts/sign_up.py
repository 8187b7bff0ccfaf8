"""The account that everybody who signs up gets."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_security.signals import user_registered

from webapp.accounts import people
from webapp.models import User


def init_sign_up(app: Flask) -> None:
    user_registered.connect(_open_account, app)


def _open_account(_app: Flask, user: User, form_data: dict[str, Any], **_more: Any) -> None:
    """Whoever signs up owns an account of their own; Flask-Security commits both together."""
    name = str(form_data.get("account_name") or "").strip() or user.email.partition("@")[0]
    people.open_account(name, user)
