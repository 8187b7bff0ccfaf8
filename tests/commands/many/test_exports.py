"""`flask domains export`."""

from __future__ import annotations

import csv
import io
import json

import pytest
from flask import Flask

from tests.factories import make_account, make_domain, make_llm_client
from webapp.commands.output import Exit
from webapp.extensions import db
from webapp.models import Account, DomainState


@pytest.fixture
def _domains(account: Account) -> None:
    domain = make_domain(account, "chat.acme.test", DomainState.VERIFIED)
    make_llm_client(account, "Sales", custom_domain=domain)
    make_domain(account, "gone.acme.test", DomainState.REMOVED)
    make_domain(make_account("Other", number="2222-3333-4444"), "chat.other.test")
    db.session.commit()


@pytest.mark.usefixtures("_domains")
def test_csv_of_all(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["domains", "export", "--all"])
    assert result.exit_code == 0
    found = [*csv.DictReader(io.StringIO(result.stdout))]
    assert [(one["account"], one["domain_name"], one["llm_client"]) for one in found] == [
        ("2222-3333-4444", "chat.other.test", ""),
        ("1234-5678-9012", "chat.acme.test", "sales"),
    ]
    assert found[1]["is_verified"] == "True"


@pytest.mark.usefixtures("_domains")
def test_json_of_one_account(app: Flask) -> None:
    words = ["domains", "export", "--account", "1234-5678-9012", "--format", "json"]
    [found] = json.loads(app.test_cli_runner().invoke(args=words).stdout)
    assert found["domain_name"] == "chat.acme.test"
    assert found["state"] == "verified"


@pytest.mark.parametrize("words", [(), ("--all", "--account", "1234-5678-9012")])
def test_whose_has_to_be_said_once(app: Flask, account: Account, words: tuple[str, ...]) -> None:
    result = app.test_cli_runner().invoke(args=["domains", "export", *words])
    assert result.exit_code == Exit.USAGE.value
