"""Absolute addresses are Nameplate's own, whatever a request calls it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import request
from flask_mailman import EmailMessage

from tests.app_fixtures import make_app
from tests.factories import make_account, make_user
from webapp.extensions import db


@pytest.mark.parametrize(
    ("public_url", "asked_at", "leads_to"),
    [
        ("https://nameplate.example", "https://nameplate.example", "https://nameplate.example/reset/"),
        ("https://nameplate.example", "https://evil.example", "https://nameplate.example/reset/"),
        ("https://nameplate.example:8443/", "http://10.0.0.7:8000", "https://nameplate.example:8443/reset/"),
        ("https://nameplate.example", "http://localhost", "https://nameplate.example/reset/"),
        ("", "https://evil.example", "http://localhost:8000/reset/"),
        ("", "http://localhost.evil.example", "http://localhost:8000/reset/"),
        ("", "http://127.0.0.1:8123", "http://127.0.0.1:8123/reset/"),
        ("", "http://[::1]:8123", "http://[::1]:8123/reset/"),
    ],
)
def test_link_for_a_new_password_leads_to_us(
    tmp_path: Path, outbox: list[EmailMessage], public_url: str, asked_at: str, leads_to: str
) -> None:
    """Who asks is a stranger, who writes any Host header, and who gets the mail is somebody else."""
    app = make_app(tmp_path, public_url=public_url)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        db.create_all()
        victim = make_user(account=make_account("Acme"), email="owner@acme.test")
        db.session.commit()
        app.test_client().post("/reset", data={"email": victim.email}, base_url=asked_at)
        db.session.remove()
        db.engine.dispose()
    links = [word for word in outbox[0].body.split() if "/reset/" in word]
    assert links
    assert all(link.startswith(leads_to) for link in links)


@pytest.mark.parametrize(
    ("public_url", "asked_at", "host"),
    [
        ("https://nameplate.example", "https://evil.example", "nameplate.example"),
        ("https://nameplate.example", "http://localhost:8000", "nameplate.example"),
        ("http://127.0.0.1:8000", "https://evil.example", "127.0.0.1:8000"),
        ("http://127.0.0.1:8000", "http://localhost:8000", "localhost:8000"),
        ("", "http://127.0.0.1:8123", "127.0.0.1:8123"),
        ("", "https://evil.example", "localhost:8000"),
    ],
)
def test_host_of_links_back_and_passkeys(tmp_path: Path, public_url: str, asked_at: str, host: str) -> None:
    """A passkey is for one host name, and browsers take none for an address such as 127.0.0.1."""
    app = make_app(tmp_path, public_url=public_url)
    with app.test_request_context("/login", base_url=asked_at):
        assert request.host == host


@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".test", "nameplate.example:443:443"])
def test_host_that_is_none_is_ours(tmp_path: Path, host: str) -> None:
    """Proxies hand a visitor's Host on, whatever it is, and the routes are the same for every host."""
    app = make_app(tmp_path, public_url="https://nameplate.example")
    with app.test_request_context("/login", environ_overrides={"HTTP_HOST": host}):
        assert (request.host, request.endpoint) == ("nameplate.example", "security.login")
