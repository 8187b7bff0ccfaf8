"""A program that asks the API with a key of the account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.factories import make_key
from webapp.extensions import db
from webapp.models import Account

Ask = Callable[..., TestResponse]


def program(app: Flask, token: str, **headers: str) -> Ask:
    """Asks `(method, path, json=...)` below `/api/v1`."""
    client = app.test_client(use_cookies=False)

    def ask(method: str, path: str, /, **options: Any) -> TestResponse:
        sent = {"Authorization": f"Bearer {token}", **headers, **options.pop("headers", {})}
        return client.open(f"/api/v1{path}", method=method, headers=sent, **options)

    return ask


@pytest.fixture
def ask(app: Flask, account: Account) -> Ask:
    """With a key that may do everything in the account."""
    _, token = make_key(account, scopes=["write"])
    db.session.commit()
    return program(app, token)
