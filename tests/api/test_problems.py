"""Every error below `/api/v1` is a problem, also what no view of the API has seen."""

from __future__ import annotations

import ast
import sqlite3
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from tests.api.conftest import Ask
from tests.house_files import MODULES
from webapp.api.codes import KINDS
from webapp.api.domains import domains


def problem(answer: TestResponse) -> dict[str, Any]:
    assert answer.mimetype == "application/problem+json"
    told: dict[str, Any] = answer.get_json()
    assert told["status"] == answer.status_code
    assert told["request_id"] == answer.headers["X-Request-ID"]
    assert told["instance"] == answer.request.path
    assert told["type"] == f"http://localhost:8000/help/problems/{told['code']}"
    assert told["title"] == KINDS[told["code"]].title
    return told


def test_an_address_that_does_not_exist_is_a_problem(ask: Ask) -> None:
    assert problem(ask("GET", "/nothing"))["code"] == "not-found"


def test_a_method_that_is_not_taken_names_those_that_are(ask: Ask) -> None:
    answer = ask("PUT", "/domains")
    assert problem(answer)["code"] == "method-not-allowed"
    assert set(answer.headers["Allow"].split(", ")) >= {"GET", "HEAD", "OPTIONS"}


def test_pages_keep_their_pages(client: FlaskClient) -> None:
    answer = client.get("/nothing")
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"


def _locked() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorname = "SQLITE_BUSY"
    return error


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (RuntimeError("broken"), 500, "our-fault"),
        (OperationalError("", {}, _locked()), 503, "database-away"),
    ],
)
def test_faults_of_ours_are_problems(
    app: Flask, ask: Ask, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int, code: str
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(domains, "select_domains", fail)
    answer = ask("GET", "/domains")
    assert answer.status_code == status
    assert problem(answer)["code"] == code
    assert "broken" not in answer.text
    assert ("Retry-After" in answer.headers) == (status == 503)


def raised() -> set[str]:
    """The codes that stand in a `Problem(status, "code", ...)` of any module."""
    found = set()
    for path in MODULES.values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Problem"), args=[_, ast.Constant(value=str() as code), *_]):
                    found.add(code)
    return found


def test_every_code_is_in_the_table() -> None:
    assert len(raised()) > 10
    assert raised() - KINDS.keys() == set()


@pytest.mark.parametrize("code", sorted(KINDS))
def test_every_code_has_a_page(client: FlaskClient, code: str) -> None:
    answer = client.get(f"/help/problems/{code}")
    assert answer.status_code == 200
    assert code in answer.text


def test_the_pages_are_listed(client: FlaskClient) -> None:
    text = client.get("/help/problems").text
    assert [code for code in KINDS if f"/help/problems/{code}" not in text] == []


def test_an_unknown_code_has_no_page(client: FlaskClient) -> None:
    assert client.get("/help/problems/nothing-of-the-kind").status_code == 404
