"""Numbers and days in addresses: malformed ones, and those that no database or calendar holds, are none."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.routing import Rule

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_domain, make_llm_client, make_user
from webapp.extensions import db
from webapp.web import bounded

ROOT = Path(__file__).resolve().parents[2] / "webapp"
VALUES = [
    *(
        "0",
        "-1",
        "1",
        "9223372036854775807",
        "9223372036854775808",
        "9" * 20,
        "9" * 5000,
        "1e5",
        "0x10",
        "١٢",
    ),
    *("99999999999999999999-1", "0-99999999999999999999", "1-1", "2-9223372036854775808", "-", "1-", "-1-1"),
    *("9999-12-31", "0001-01-01", "9998-12-31", "2026-02-30", "2026-W01-1", "20261105", "٢٠٢٦-٠١-٠١"),
    *("", " 1 ", "1\n", "NaN", "\ud800".encode("utf-8", "replace").decode(), "%", "1;2"),
]


#: One of each kind, for every page. What is tried with all values are the functions by which pages read them.
KINDS = [
    "0",
    "9223372036854775808",
    "9" * 5000,
    "99999999999999999999-1",
    "-1-1",
    "9999-12-31",
    "0001-01-01",
    "",
    "%",
]


@given(st.one_of(st.sampled_from(VALUES), st.text()))
def test_no_text_is_an_error(text: str) -> None:
    found = bounded.number(text)
    assert found is None or 1 <= found <= bounded.MOST_ROW_ID
    bounded.day(text)
    bounded.pair(text, 2)


@given(st.dates())
def test_day_that_is_read_has_neighbours(given_day: date) -> None:
    found = bounded.day(given_day.isoformat())
    if found is not None:
        assert found == given_day
        assert found - timedelta(days=1) < found < found + timedelta(days=1)


@pytest.mark.parametrize(
    "text", ["9999-12-31", "1969-12-31", "20261105", "2026-11-5", "2026-W01-1", "2026-02-30"]
)
def test_days_that_are_none(text: str) -> None:
    assert bounded.day(text) is None


def test_numbers_as_rows_have_them() -> None:
    assert bounded.number("9223372036854775807") == 2**63 - 1
    assert bounded.number("9223372036854775808") is None
    assert bounded.number("١٢") is None
    assert bounded.pair("5-17", 5) == (5, 17)
    assert bounded.pair("6-17", 5) is None


def parameters() -> set[str]:
    """The name of every argument that any view reads from its query."""
    found = set()
    for path in ROOT.rglob("*.py"):
        if "sandbox" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("args.get", "args.getlist")):
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    found.add(str(first.value))
    return found


def addresses(app: Flask, value: str) -> Iterator[str]:
    """Every page, with 1 for each id; and, where it makes one, with the value."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.endpoint.endswith("static"):
            yield filled(rule, "1")
            if rule.arguments and value.isascii() and value.isdigit():
                yield filled(rule, value)


def filled(rule: Rule, value: str) -> str:
    url = rule.rule
    for argument in rule.arguments:
        for converter in ("int:", "path:", ""):
            url = url.replace(f"<{converter}{argument}>", value)
    return url


@pytest.fixture
def everybody(app: Flask, client: FlaskClient) -> FlaskClient:
    """Staff who own an account as well, so that no page is closed to them."""
    app.test_client_class = FlaskClient
    account = make_account()
    user = make_user(account=account, staff=True, email="both@platform.test")
    make_domain(account, "chat.acme.test")
    make_llm_client(account, "Sales")
    db.session.commit()
    return sign_in(app.test_client(), user)


@pytest.mark.usefixtures("queued")
@pytest.mark.parametrize("value", KINDS, ids=lambda value: repr(value)[:30])
def test_no_page_breaks_at_a_number_or_a_day(app: Flask, everybody: FlaskClient, value: str) -> None:
    names = parameters()
    assert {"before", "since", "until"} <= names
    broken = []
    for url in addresses(app, value):
        for query in (
            dict.fromkeys(names, value),
            {**dict.fromkeys(names, value), "as": "csv", "show": "all"},
        ):
            with app.app_context():
                answer = everybody.get(url, query_string=query, buffered=True)
            if answer.status_code >= 500 and answer.status_code != 503:
                broken.append((url, query["before"]))
    assert broken == []
