"""What programs are answered depends on no cookie."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import PASSWORD
from webapp.models import User
from webapp.runtime.requests.programs import POLICY


@pytest.mark.parametrize("cookies", ["session and remember_token", "remember_token"])
@pytest.mark.parametrize(
    ("path", "status"), [("openapi.json", 200), ("domains", 401), ("domains/1", 401), ("nothing", 404)]
)
def test_the_cookies_of_somebody_who_is_signed_in_are_not_read(
    client: FlaskClient, customer: User, path: str, status: int, cookies: str
) -> None:
    client.post("/login", data={"email": customer.email, "password": PASSWORD, "remember": "y"})
    assert client.get_cookie("remember_token")
    if "session" not in cookies:
        client.delete_cookie("session")
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == status
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "Set-Cookie" not in answer.headers


def test_the_page_of_the_api_is_one_like_any_other(app: Flask, client: FlaskClient, customer: User) -> None:
    client.post("/login", data={"email": customer.email, "password": PASSWORD})
    answer = client.get("/api/v1/")
    assert "Sign out" in answer.get_data(as_text=True)
    assert "script-src 'nonce-" in answer.headers["Content-Security-Policy"]
    assert answer.vary.as_set() == {"cookie"}
