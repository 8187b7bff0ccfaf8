"""The routes of files give out what is meant for everybody, and nothing beside it."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.attacks.people import program

UP = (
    "../",
    "..%2f",
    "%2e%2e/",
    "%2e%2e%2f",
    "..%5c",
    "..\\",
    "....//",
    "..%252f",
    "%252e%252e%252f",
    "..%c0%af",
    ".%00./",
)
TARGETS = ("wsgi.py", "pyproject.toml", "webapp/worker.py", "instance/nameplate.sqlite", ".env", "etc/passwd")
ABSOLUTE = (
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "file:///etc/passwd",
    "C:/windows/win.ini",
    "%00",
    "",
    ".",
    "..",
)


def routes(app: Flask) -> list[str]:
    found = [
        rule.rule.partition("<")[0] for rule in app.url_map.iter_rules() if rule.arguments == {"filename"}
    ]
    assert "/static/" in found
    assert len(found) == 3
    return found


@pytest.mark.parametrize("up", UP)
def test_no_way_up(app: Flask, up: str) -> None:
    browser = program(app)
    for start in routes(app):
        for depth in (1, 2, 3, 9):
            for target in TARGETS:
                url = f"http://localhost{start}{up * depth}{target}"
                answer = browser.get(url, follow_redirects=True)
                assert answer.status_code in {302, 400, 404}, url
                assert "create_app" not in answer.text
                assert "root:" not in answer.text


@pytest.mark.parametrize("name", ABSOLUTE)
def test_no_place_but_its_own(app: Flask, name: str) -> None:
    for start in routes(app):
        assert program(app).get(f"http://localhost{start}{name}", follow_redirects=True).status_code == 404


def test_what_everybody_gets_is_there(app: Flask) -> None:
    """Or all of the above would prove nothing."""
    assert program(app).get("/static/theme.css").status_code == 200
