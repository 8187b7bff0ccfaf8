"""Nobody is led to a foreign site by an address of ours, whatever its `next` says."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

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
    for query, field in (({"next": value}, {}), ({}, {"next": value}), ({"next": value}, {"next": value})):
        somebody = program(app)
        answers = [
            somebody.get("/login", query_string=query),
            somebody.post("/login", query_string=query, data={**sent, **field}),
            somebody.get("/login", query_string=query),
            somebody.get("/", query_string=query),
            somebody.post("/verify", query_string=query, data={**sent, **field}),
            somebody.post("/account/choose", query_string=query, data={"account": "1", **field}),
            somebody.post("/logout", query_string=query, data=field),
            somebody.get("/domains", query_string=query),
        ]
        assert answers[1].status_code == 302
        assert not [
            (one.request.path, one.location) for one in answers if leads_away(one.headers.get("Location", ""))
        ]
