"""A key stands in no log line, no error page and no document."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from tests.api.conftest import program
from tests.factories import make_key
from webapp.accounts.export import account_data
from webapp.api.resources import keys as resource
from webapp.audit.json_pieces import pieces
from webapp.extensions import db
from webapp.keys.documents import key_document
from webapp.models import Account, ApiKey, utcnow


def _broken(*_: object) -> None:
    raise RuntimeError("on purpose")


def test_fault_tells_of_no_key(
    app: Flask,
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Wherever the token stands, and whatever becomes of the request."""
    key, token = make_key(account)
    db.session.commit()
    monkeypatch.setattr(resource, "key_document", _broken)
    ask = program(app, token)
    with caplog.at_level("DEBUG"):
        answers = [
            ask("GET", "/keys"),
            ask("GET", f"/keys?cursor={token}"),
            ask("POST", "/keys", json={"name": token, "scopes": [token]}),
            ask("GET", f"/keys/{token}"),
            ask("GET", "/domains", headers={"Nameplate-Account": token}),
            program(app, f"{token}x")("GET", "/domains"),
        ]
    assert [one.status_code for one in answers] == [500, 422, 422, 404, 400, 401]
    printed = capfd.readouterr()
    logged = caplog.text + printed.out + printed.err
    secret = token.removeprefix(key.prefix)
    assert "on purpose" in logged
    assert key.prefix in logged
    assert secret not in logged
    assert not [one for one in (answers[0], answers[5]) if secret in one.text]


def test_no_document_and_no_export_has_the_secret_or_its_hash(account: Account) -> None:
    key, token = make_key(account)
    db.session.commit()
    told = str(key_document(key, utcnow())) + "".join(pieces(account_data(account, utcnow(), for_owner=True)))
    assert key.prefix in told
    assert token.removeprefix(key.prefix) not in told
    assert key.secret_hash not in told


def test_row_that_a_debugger_prints_has_no_hash(account: Account) -> None:
    key = make_key(account)[0]
    assert key.secret_hash not in repr(db.session.scalars(select(ApiKey)).all())
