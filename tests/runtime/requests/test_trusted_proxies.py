"""What the trusted proxies say of the visitor, and what the log says when they do not say it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask, request

from tests.app_fixtures import make_app

TWO = {"X-Forwarded-For": "203.0.113.9, 10.0.0.7"}


def seen(app: Flask, **headers: str) -> tuple[str | None, str]:
    found: list[tuple[str | None, str]] = []
    app.before_request_funcs[None].append(lambda: found.append((request.remote_addr, request.scheme)))
    with app.app_context():
        app.test_client().get("/healthz", headers=headers)
    return found[-1]


@pytest.mark.parametrize(
    ("trusted", "headers", "expected"),
    [
        (0, {**TWO, "X-Forwarded-Proto": "https"}, ("127.0.0.1", "http")),
        (1, {**TWO, "X-Forwarded-Proto": "https"}, ("10.0.0.7", "https")),
        (2, {**TWO, "X-Forwarded-Proto": "https"}, ("203.0.113.9", "https")),
        (2, {**TWO, "X-Forwarded-Proto": "http"}, ("203.0.113.9", "http")),
        (2, TWO, ("203.0.113.9", "http")),
        (2, {"X-Forwarded-For": "203.0.113.9"}, ("127.0.0.1", "http")),
        (1, {"X-Forwarded-For": "203.0.113.9:50123"}, ("203.0.113.9", "http")),
        (2, {"X-Forwarded-For": "[2001:db8::1]:443, 10.0.0.7:80"}, ("2001:db8::1", "http")),
    ],
)
def test_visitor_and_scheme_come_from_the_trusted_proxies(
    tmp_path: Path, trusted: int, headers: dict[str, str], expected: tuple[str, str]
) -> None:
    assert seen(make_app(tmp_path, trusted_proxies=trusted), **headers) == expected


@pytest.mark.parametrize(
    ("trusted", "headers", "warned"),
    [
        (0, {}, []),
        (1, {"X-Forwarded-For": "203.0.113.9"}, []),
        (2, TWO, []),
        (1, {}, ["proxies.fewer_than_trusted"]),
        (2, {"X-Forwarded-For": "203.0.113.9"}, ["proxies.fewer_than_trusted"]),
        (1, {"X-Forwarded-For": "unknown"}, ["proxies.unreadable_address"]),
        (1, {"X-Forwarded-For": "_hidden, 10.0.0.7"}, []),
    ],
)
def test_proxy_that_does_not_name_the_visitor_is_told_once(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    trusted: int,
    headers: dict[str, str],
    warned: list[str],
) -> None:
    app = make_app(tmp_path, trusted_proxies=trusted)
    with app.app_context():
        browser = app.test_client()
        for path in ("/healthz", "/edge/ask?domain=a.test.", "/no-page", "/no-page"):
            browser.get(path, headers=headers if path == "/no-page" else {})
    found = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in found if line["event"].startswith("proxies.")] == warned
