"""A form is sent from our own page in the sender's own session, or not at all.

That none is taken without a token is among the tests of signing in.
"""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.attacks.people import FILLED_IN, Side, filled, program, rows, with_method


def token_of(browser: FlaskClient) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/account").text)
    assert found
    return found[1]


def test_token_of_another_session_is_worth_nothing(
    app: Flask, client: FlaskClient, sides: dict[str, Side]
) -> None:
    side = sides["acme"]
    somebody, another = sign_in(program(app), side.owner), sign_in(program(app), sides["rival"].owner)
    app.config["WTF_CSRF_ENABLED"] = True
    token, before = token_of(another), rows()
    for rule in with_method(app, "POST"):
        url = side.address(rule) if rule.arguments <= side.ids.keys() else filled(rule, "x")
        for sent, headers in (({"csrf_token": token}, {}), ({}, {"X-CSRFToken": token})):
            answer = somebody.post(url, data={**FILLED_IN, **sent}, headers=headers)
            assert answer.status_code == 400, url
    assert rows() == before


def test_token_is_worth_nothing_from_a_foreign_page(
    app: Flask, client: FlaskClient, sides: dict[str, Side]
) -> None:
    """Over HTTPS the referrer has to be ours as well."""
    somebody = sign_in(program(app), sides["acme"].owner)
    app.config["WTF_CSRF_ENABLED"] = True
    token = token_of(somebody)
    for referrer in (
        {},
        {"Referer": "https://evil.example/"},
        {"Referer": "https://localhost.evil.example/"},
    ):
        answer = somebody.post(
            "/account",
            data={"csrf_token": token, "name": "x"},
            headers=referrer,
            base_url="https://localhost",
        )
        assert answer.status_code == 400, referrer
