"""Characters that a database does not take: PostgreSQL knows no NUL in a text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import Ask, program
from tests.app_fixtures import make_app
from tests.factories import make_key
from webapp.extensions import db


@pytest.fixture
def platform(tmp_path: Path, database_url: str) -> Iterator[Ask]:
    app = make_app(tmp_path, database_url=database_url)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        _, token = make_key(None, scopes=["write"])
        db.session.commit()
        yield program(app, token)
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/accounts/%00", 404),
        ("/accounts?name_contains=%00", 400),
        ("/domains?name_contains=a%00b", 400),
        ("/domains?cursor=%00", 400),
    ],
)
def test_nul_in_an_address_is_no_fault_of_ours(platform: Ask, path: str, status: int) -> None:
    answer = platform("GET", path)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/accounts", {"name": "Acme", "owner_email": "a\0@acme.test"}),
        ("/accounts", {"name": "Ac\0me"}),
        ("/webhooks", {"url": "https://hooks.acme.com/\0"}),
        ("/imports", {"csv": "chat.acme.com\0"}),
    ],
)
def test_nul_in_a_body_is_invalid(platform: Ask, path: str, sent: dict[str, Any]) -> None:
    headers = {} if path == "/accounts" else _for_an_account(platform)
    answer = platform("POST", path, json=sent, headers=headers)
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("name", ["chat\0.acme.com", "chat.acme.com\0"])
def test_nul_in_a_line_of_an_import_is_a_fault_of_that_line(platform: Ask, name: str) -> None:
    lines: list[Any] = [name, {"domain_name": name}, "help.acme.com"]
    answer = platform("POST", "/imports", json={"lines": lines}, headers=_for_an_account(platform))
    assert answer.status_code == 201, answer.text
    told = answer.get_json()["verdicts"]
    assert [(one["result"], (one["refusal"] or {}).get("code")) for one in told] == [
        ("refused", "import.nul"),
        ("refused", "import.nul"),
        ("ready", None),
    ]


def _for_an_account(platform: Ask) -> dict[str, str]:
    opened = platform("POST", "/accounts", json={"name": "Acme"}).get_json()
    return {"Nameplate-Account": opened["number"]}
