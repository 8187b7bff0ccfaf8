"""Every answer tells the browser what it may do with it: pages, redirects, errors, files and exports alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import make_app, sign_in
from tests.attacks.people import Side, filled, program, with_method
from tests.factories import make_user
from webapp.edge.visitors import nobody
from webapp.extensions import db
from webapp.runtime.requests import programs

EXACT = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
DIRECTIVES = {
    "default-src 'none'",
    "style-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
}
#: Files that everybody gets, and browsers keep.
FILES = ("static", "bootstrap.static", "security.static", "favicon")
#: What a page asks for every few seconds, and gets whole only when it has changed.
ASKED_AGAIN = dict.fromkeys(("domains.status", "imports.status", "staff.domain_status"), "private, no-cache")
#: The same for everybody.
_SAME = ("documentation.llms", "documentation.document", "well_known.robots", "well_known.security_txt")
ASKED_AGAIN |= dict.fromkeys(_SAME, "public, max-age=3600")


def answers(app: Flask, side: Side) -> list[tuple[str, str, dict[str, str], str]]:
    """Endpoint, address, headers and text of what is answered to staff with an account, and to a stranger."""
    both = make_user(account=side.owner.memberships[0].account, staff=True, email="both@acme.test")
    db.session.commit()
    asked = [(rule, method) for method in ("GET", "POST") for rule in with_method(app, method)]
    asked.sort(key=lambda one: one[0].endpoint.startswith("security."))
    found: list[tuple[str, str, dict[str, str], str]] = []

    def ask(somebody: FlaskClient, endpoint: str, method: str, url: str) -> None:
        answer = somebody.open(url, method=method)
        text = answer.data.decode(errors="replace")
        found.append((endpoint, f"{method} {url}", dict(answer.headers), text))

    for somebody in (sign_in(program(app), both), program(app)):
        for rule, method in asked:
            url = side.address(rule) if rule.arguments <= side.ids.keys() else filled(rule, "x")
            ask(somebody, rule.endpoint, method, url)
        ask(somebody, "error", "GET", "/no-page")
        ask(somebody, "error", "DELETE", "/domains")
        ask(somebody, "static", "GET", "/static/none.css")
    return found


@pytest.mark.usefixtures("queued", "outbox")
def test_every_answer_has_its_headers(app: Flask, client: FlaskClient, sides: dict[str, Side]) -> None:
    nonces = []
    for endpoint, url, headers, text in answers(app, sides["acme"]):
        if endpoint.startswith("visitors.") and headers["Content-Security-Policy"] == nobody.POLICY:
            continue
        exact = EXACT | ({"Referrer-Policy": "no-referrer"} if endpoint.startswith("open_links.") else {})
        assert {name: headers.get(name) for name in exact} == exact, url
        policy = headers["Content-Security-Policy"]
        if url.partition(" ")[2].startswith("/api/v1/") and endpoint != "api_pages.reference":
            assert policy == programs.POLICY, url
            assert "Cookie" not in headers.get("Vary", ""), url
            assert headers["Cache-Control"] == "no-store", url
            assert "Set-Cookie" not in headers, url
            continue
        assert set(policy.split("; ")) >= DIRECTIVES, url
        assert not re.search(r"unsafe-|\*|http:", policy), url
        if endpoint not in FILES:
            assert headers["Cache-Control"] in {"no-store", ASKED_AGAIN.get(endpoint)}, url
        [nonce] = re.findall(r"script-src 'nonce-([\w-]{20,})'", policy)
        nonces.append(nonce)
        assert not re.search(r"<script(?![^>]*nonce=)|<[^>]+\son\w+=|<style|\sstyle=", text), url
    assert len(set(nonces)) == len(nonces) > 150


@pytest.mark.parametrize(
    ("public_url", "scheme", "kept"),
    [
        ("https://nameplate.example", "http", True),
        ("https://nameplate.example", "https", True),
        ("HTTPS://nameplate.example", "http", True),
        ("http://nameplate.example", "http", False),
        ("http://nameplate.example", "https", True),
        ("", "http", False),
    ],
)
def test_browsers_keep_to_https_where_it_is_ours_whatever_the_proxy_says(
    tmp_path: Path, public_url: str, scheme: str, kept: bool
) -> None:
    app = make_app(tmp_path, public_url=public_url)
    for url in ("/healthz", "/no-page", "/static/none.css"):
        headers = app.test_client().get(url, base_url=f"{scheme}://nameplate.example").headers
        assert ("Strict-Transport-Security" in headers) is kept, url
