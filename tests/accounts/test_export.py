"""The export is written piece by piece, and is the same document however large the account."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_domain, make_llm_client, make_zone
from webapp.accounts import export
from webapp.audit import json_pieces
from webapp.audit.log import COMMAND, note
from webapp.extensions import db
from webapp.jobs import batches
from webapp.models import Account, EventKind, Message, User, utcnow


def fill(account: Account, count: int) -> None:
    for number in range(count):
        domain = make_domain(account, f"chat{number}.{account.name.lower()}.test")
        make_zone(domain)
        make_llm_client(account, f"Bot “{number}”", label=f"bot-{number}", custom_domain=domain)
        note(
            domain, EventKind.REGISTERED, Message("domain.registered", {"name": domain.domain_name}), COMMAND
        )
    db.session.commit()


@pytest.mark.parametrize("count", [0, 1, 7])
def test_pieces_are_the_whole_document_with_each_row_once(
    account: Account, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(batches, "ROWS", 2)
    monkeypatch.setattr(json_pieces, "PIECE", 100)
    fill(account, count)
    fill(make_account("Rival"), 3)
    now = utcnow()
    pieces = list(json_pieces.pieces(export.account_data(account, now, for_owner=True)))
    listed: dict[str, Any] = {
        key: value if isinstance(value, list | dict | int | str) else list(value)
        for key, value in export.account_data(account, now, for_owner=True).items()
    }
    assert "".join(pieces) == json.dumps(listed, indent=2, ensure_ascii=False)
    assert [len(listed[key]) for key in ("llm_clients", "domains", "history")] == [count] * 3
    assert "rival.test" not in "".join(pieces)
    assert len(pieces) > 1


def test_page_sends_it_in_pieces_and_may_be_asked_for_ten_times_an_hour(
    client: FlaskClient, customer: User, account: Account
) -> None:
    fill(account, 2)
    browser = sign_in(client, customer)
    answer = browser.get("/account/export", buffered=False)
    assert answer.is_streamed
    assert [one["name"] for one in json.loads(answer.text)["domains"]] == [
        "chat0.acme.test",
        "chat1.acme.test",
    ]
    again = [browser.get("/account/export") for _ in range(10)]
    assert [one.status_code for one in again] == [200] * 9 + [429]
