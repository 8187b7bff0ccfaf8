"""Nobody is led to a foreign site by an address of ours, whatever its `next` says."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.attacks.people import Side, program
from tests.factories import PASSWORD

ELSEWHERE = [
    *(
        "https://evil.example",
        "http://evil.example/domains",
        "HTTPS://EVIL.example",
        "//evil.example",
        "///evil.example",
    ),
    *(
        "////evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
    ),
    *(
        "\t//evil.example",
        " //evil.example",
        "\x00//evil.example",
        "\u3000//evil.example",
        "https:evil.example",
    ),
    *("https:/evil.example", "https:///evil.example", "http:\\\\evil.example", "//localhost@evil.example/"),
    *(
        "http://localhost:80@evil.example/",
        "//evil.example#@localhost/",
        "//evil.example\\@localhost/",
        "/%09/evil.example",
    ),
    *(
        "/%2f/evil.example",
        "/%5cevil.example",
        "//evil%2eexample",
        "//evil。example",
        "/..//evil.example",
        "/.//evil.example",
    ),
    *(
        "javascript:alert(1)//evil.example",
        "data:text/html,evil.example",
        "ftp://evil.example",
        "//[::ffff:7f00:1].evil.example",
    ),
    *(
        "http://localhost.evil.example/",
        "//localhost:80.evil.example",
        "?next=//evil.example",
        "/login?next=//evil.example",
    ),
]


def leads_away(location: str) -> bool:
    """As a browser reads it (URL Standard): tabs and line ends do not count, and a backslash is a slash."""
    cleaned = re.sub(r"[\t\r\n]", "", location).strip("\x00 ").replace("\\", "/")
    if not cleaned or (cleaned.startswith("/") and not cleaned.startswith("//")):
        return False
    parts = urlsplit(cleaned)
    if not parts.scheme and not parts.netloc:
        return False
    return (parts.scheme, parts.hostname, parts.username) != ("http", "localhost", None)


@pytest.mark.parametrize(
    ("location", "away"),
    [
        *[("", False), ("/domains", False), ("http://localhost/", False), ("/%09/evil.example", False)],
        *[("//evil.example", True), ("/\t/evil.example", True), ("/\\evil.example", True)],
        *[("javascript:x", True), ("https://evil.example", True), ("http://localhost@evil.example", True)],
    ],
)
def test_what_leads_away_is_known(location: str, away: bool) -> None:
    assert leads_away(location) is away


@pytest.mark.parametrize("value", ELSEWHERE)
def test_no_value_of_next_leads_elsewhere(
    app: Flask, client: FlaskClient, sides: dict[str, Side], value: str
) -> None:
    owner = sides["acme"].owner
    sent = {"email": owner.email, "password": PASSWORD}
    for query, field in (({"next": value}, {}), ({}, {"next": value})):
        stranger, somebody = program(app), sign_in(program(app), owner)
        answers = [
            stranger.get("/login", query_string=query),
            stranger.post("/login", query_string=query, data={**sent, **field}),
            stranger.get("/", query_string=query),
            somebody.get("/login", query_string=query),
            somebody.post("/verify", query_string=query, data={**sent, **field}),
            somebody.post("/account/choose", query_string=query, data={"account": "1", **field}),
            somebody.post("/logout", query_string=query, data=field),
            somebody.get("/domains", query_string=query),
        ]
        assert [one.status_code for one in answers if one.status_code >= 500] == []
        led = [(one.request.path, one.headers.get("Location", "")) for one in answers]
        assert [(path, location) for path, location in led if leads_away(location)] == []


def test_own_page_is_where_it_leads(app: Flask, client: FlaskClient, sides: dict[str, Side]) -> None:
    sent = {"email": sides["acme"].owner.email, "password": PASSWORD}
    assert program(app).post("/login?next=/account", data=sent).location == "/account"
