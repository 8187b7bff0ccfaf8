"""What people search for is text: no character of it means any text."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.attacks.people import Side, program
from tests.factories import make_domain
from tests.page_lint import elements, parse, text_of
from webapp.extensions import db
from webapp.models import User

NAMES = ("alpha-one.acme.test", "alphabet.acme.test")
SEARCHES = (
    "/domains?show=all&q=",
    "/staff/domains?q=",
    "/staff/accounts?q=",
    "/staff/events?domain=",
    "/staff/denied?q=",
)
PATTERNS = (
    "%25",
    "_",
    "%25%25%25",
    "alpha%25",
    "alpha_one",
    "%25acme%25",
    "a[l]pha",
    "alpha*",
    "alpha.*",
    "\\",
    "%27",
    "' OR 1=1 --",
)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_pattern_finds_anything(
    app: Flask, client: FlaskClient, sides: dict[str, Side], staff_member: User, pattern: str
) -> None:
    owner = sides["acme"].owner
    for name in NAMES:
        make_domain(owner.memberships[0].account, name)
    db.session.commit()
    people = [sign_in(program(app), owner), sign_in(program(app), staff_member)]
    for url in SEARCHES:
        answer = people[url.startswith("/staff")].get(url + pattern)
        assert answer.status_code == 200, url
        # The header has the person's own account.
        found = text_of(next(elements(parse(answer.text), "main")))
        shown = [*NAMES, "denied.acme.test", "acme & Sons", "chat.acme.test"]
        assert not [name for name in shown if name in found], url


@pytest.mark.parametrize("url", ["/domains?show=all&q=", "/staff/domains?q="])
def test_text_is_found(
    app: Flask, client: FlaskClient, sides: dict[str, Side], staff_member: User, url: str
) -> None:
    owner = sides["acme"].owner
    make_domain(owner.memberships[0].account, NAMES[0])
    db.session.commit()
    somebody = staff_member if url.startswith("/staff") else owner
    assert NAMES[0] in sign_in(program(app), somebody).get(f"{url}alpha-one").text
