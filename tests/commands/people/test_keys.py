"""`flask keys`: making, listing and revoking keys."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from flask_mailman import EmailMessage
from sqlalchemy import select

from tests.factories import make_account, make_key, make_user
from webapp.extensions import db
from webapp.keys import services
from webapp.keys.access.authentication import authenticate
from webapp.models import Account, ApiKey, Event, utcnow


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def test_key_of_an_account_is_printed_once_and_owners_are_told(
    runner: FlaskCliRunner, account: Account, outbox: list[EmailMessage]
) -> None:
    make_user(account=account, email="owner@acme.test")
    db.session.commit()
    asked = ["Billing", "--account", account.number, "--scope", "domains:read", "--days", "30", "--json"]
    done = runner.invoke(args=["keys", "create", *asked])
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    key = authenticate(told["secret"], utcnow())
    assert key is not None
    assert (key.account, key.scopes, key.made_by) == (account, ["domains:read"], "Command line")
    assert key.expires_at is not None
    assert timedelta(days=29) < key.expires_at - utcnow() <= timedelta(days=30)
    [mail] = outbox
    assert mail.to == ["owner@acme.test"]
    assert told["secret"] not in str(mail.message())
    assert "/account/api-keys" in str(mail.body)


def test_key_of_the_platform_may_write_without_an_end(runner: FlaskCliRunner) -> None:
    done = runner.invoke(args=["keys", "create", "Back end", "--platform"])
    assert done.exit_code == 0
    key = db.session.scalars(select(ApiKey)).one()
    assert (key.account_id, key.scopes, key.expires_at) == (None, ["write"], None)
    assert key.prefix in done.stdout
    assert "(shown only now)" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["Billing"], 2),
        (["Billing", "--platform", "--account", "1111-2222-3333"], 2),
        (["Billing", "--platform", "--scope", "domains:delete"], 2),
        (["Billing", "--platform", "--days", "0"], 2),
        ([" ", "--platform"], 2),
        (["a\u202eb", "--platform"], 2),
        (["Billing", "--account", "1"], 2),
        (["Billing", "--account", "1111-2222-3333"], 3),
        (["Billing", "--platform", "--test", "--scope", "webhooks:read"], 5),
    ],
)
def test_what_cannot_be_made_has_its_exit_code(
    runner: FlaskCliRunner, arguments: list[str], code: int
) -> None:
    done = runner.invoke(args=["keys", "create", *arguments, "--json"])
    assert done.exit_code == code
    assert json.loads(done.stdout)["sentence"]
    assert db.session.scalars(select(ApiKey)).all() == []


def test_limit_is_a_refusal(runner: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_VALID", 0)
    done = runner.invoke(args=["keys", "create", "Billing", "--platform", "--json"])
    assert (done.exit_code, json.loads(done.stdout)["code"]) == (5, "too-many-keys")


def test_list_has_valid_keys_and_no_secrets(runner: FlaskCliRunner, account: Account) -> None:
    secret = make_key(account, name="Mine")[1]
    make_key(make_account("Rival"), name="Theirs")
    make_key(None, name="Back end")
    make_key(account, name="Old", revoked_at=utcnow())
    db.session.commit()

    def names(*options: str) -> list[str]:
        done = runner.invoke(args=["keys", "list", "--json", *options])
        assert done.exit_code == 0
        assert secret not in done.stdout
        return [one["name"] for one in json.loads(done.stdout)]

    assert names() == ["Back end", "Theirs", "Mine"]
    assert names("--all", "--account", account.number) == ["Old", "Mine"]
    assert names("--platform") == ["Back end"]
    assert names("--limit", "1") == ["Back end"]
    table = runner.invoke(args=["keys", "list"]).stdout
    assert secret not in table
    assert "platform" in table
    assert runner.invoke(args=["keys", "list", "--account", "1111-2222-3333"]).exit_code == 3
    assert runner.invoke(args=["keys", "list", "--account", account.number, "--platform"]).exit_code == 2


def test_key_is_revoked_by_its_prefix(runner: FlaskCliRunner, account: Account) -> None:
    key, secret = make_key(account)
    db.session.commit()
    done = runner.invoke(args=["keys", "revoke", key.prefix, "--json"])
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert (told["state"], told["changed"]) == ("revoked", True)
    assert authenticate(secret, utcnow()) is None
    again = runner.invoke(args=["keys", "revoke", f"{key.prefix}…", "--json"])
    assert json.loads(again.stdout)["changed"] is False
    assert db.session.scalars(select(Event)).one().actor_name == "Command line"


def test_whole_key_is_taken_and_not_repeated(runner: FlaskCliRunner, account: Account) -> None:
    key, secret = make_key(account)
    db.session.commit()
    done = runner.invoke(args=["keys", "revoke", secret])
    assert done.exit_code == 0
    assert secret not in done.output
    db.session.refresh(key)
    assert key.revoked_at is not None


def test_unknown_key_is_not_found(runner: FlaskCliRunner) -> None:
    assert runner.invoke(args=["keys", "revoke", "npk_live_ab12cd34"]).exit_code == 3
