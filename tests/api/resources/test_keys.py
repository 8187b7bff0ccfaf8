"""Keys by the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask_mailman import EmailMessage
from sqlalchemy import select

from tests.api.conftest import Ask, program
from tests.factories import make_account, make_key, make_user
from webapp.extensions import db
from webapp.models import Account, ApiKey, Event, EventKind, IdempotentAnswer, utcnow

NEW = {"name": "Billing", "scopes": ["domains:read"]}


@pytest.fixture
def platform(app: Flask) -> Ask:
    token = make_key(None, ["write"])[1]
    db.session.commit()
    return program(app, token)


def test_new_key_works_and_its_secret_is_told_once(app: Flask, ask: Ask) -> None:
    answer = ask("POST", "/keys", json=NEW)
    assert answer.status_code == 201
    made = answer.get_json()
    assert (made["name"], made["scopes"], made["state"]) == ("Billing", ["domains:read"], "active")
    assert program(app, made["secret"])("GET", "/domains").status_code == 200
    shown = ask("GET", answer.headers["Location"].removeprefix("/api/v1"))
    assert shown.get_json() == {
        **{name: value for name, value in made.items() if name != "secret"},
        "last_used_at": shown.get_json()["last_used_at"],
    }
    assert made["secret"] not in ask("GET", "/keys").text


def test_same_request_again_tells_the_same_secret_and_the_database_has_none(ask: Ask) -> None:
    first, second = (ask("POST", "/keys", json=NEW, headers={"Idempotency-Key": "a"}) for _ in range(2))
    assert first.get_json() == second.get_json()
    kept = db.session.scalars(select(IdempotentAnswer)).one()
    secret = first.get_json()["secret"]
    assert secret.encode() not in (kept.body or b"")
    assert secret not in repr(vars(kept))


def test_owners_are_told(app: Flask, ask: Ask, account: Account, outbox: list[EmailMessage]) -> None:
    make_user(account=account, email="owner@acme.test")
    db.session.commit()
    secret = ask("POST", "/keys", json=NEW).get_json()["secret"]
    told = [str(one.message()) for one in outbox]
    assert len(told) == 1
    assert secret not in told[0]


def test_key_acts_in_the_history(ask: Ask, account: Account) -> None:
    ask("POST", "/keys", json=NEW)
    event = db.session.scalars(select(Event).filter_by(kind=EventKind.KEY_CREATED)).one()
    key = db.session.scalars(select(ApiKey).order_by(ApiKey.id)).first()
    assert key is not None
    assert (event.actor_kind, event.actor_name) == ("key", f"Deploy ({key.prefix})")
    assert event.account_id == account.id


@pytest.mark.parametrize(
    ("asked", "status", "code", "pointer"),
    [
        ({"scopes": ["domains:delete"]}, 422, "unknown-scope", "/scopes"),
        ({"scopes": []}, 422, "invalid-request", "/scopes"),
        ({"scopes": ["webhooks:read"], "test": True}, 422, "not-for-test-keys", "/scopes"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "bad-expiry", "/expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-23:00"}, 422, "bad-expiry", "/expires_at"),
        ({"expires_at": "2030-01-01T00:00:00"}, 422, "invalid-request", "/expires_at"),
        ({"name": " "}, 422, "invalid-request", "/name"),
        ({"name": "a\u202eb"}, 422, "invalid-request", "/name"),
        ({"secret": "mine"}, 422, "invalid-request", "/secret"),
    ],
)
def test_what_no_key_can_have_is_refused(
    ask: Ask, asked: dict[str, object], status: int, code: str, pointer: str
) -> None:
    answer = ask("POST", "/keys", json=NEW | asked)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert [one["pointer"] for one in answer.get_json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("asked", "code"),
    [({"scopes": ["domains:write"]}, "beyond-own-scopes"), ({"expires_at": None}, "beyond-own-life")],
)
def test_key_makes_none_that_may_more_or_lives_longer(
    app: Flask, account: Account, asked: dict[str, object], code: str
) -> None:
    ends = utcnow() + timedelta(days=1)
    token = make_key(account, ["keys:write", "domains:read"], expires_at=ends)[1]
    db.session.commit()
    ask = program(app, token)
    within = NEW | {"expires_at": (ends - timedelta(hours=1)).isoformat()}
    assert ask("POST", "/keys", json=within).status_code == 201
    answer = ask("POST", "/keys", json=within | asked)
    assert (answer.status_code, answer.get_json()["code"]) == (403, code)


def test_revoked_key_opens_nothing_from_the_answer_on(app: Flask, ask: Ask, account: Account) -> None:
    other, token = make_key(account)
    db.session.commit()
    assert program(app, token)("GET", "/keys").status_code == 200
    for _ in range(2):
        assert ask("DELETE", f"/keys/{other.id}").status_code == 204
    assert program(app, token)("GET", "/keys").status_code == 401
    assert ask("GET", f"/keys/{other.id}").get_json()["state"] == "revoked"


def test_use_of_a_key_is_noted_also_where_it_is_refused(app: Flask, account: Account) -> None:
    for scopes, status in ((["read"], 200), (["events:read"], 403)):
        key, token = make_key(account, scopes)
        db.session.commit()
        assert program(app, token)("GET", "/keys").status_code == status
        db.session.refresh(key)
        assert key.last_used_at is not None


def test_key_may_revoke_itself(app: Flask, account: Account) -> None:
    key, token = make_key(account)
    db.session.commit()
    ask = program(app, token)
    assert ask("DELETE", f"/keys/{key.id}").status_code == 204
    assert ask("GET", "/keys").status_code == 401


def test_list_is_of_the_account_and_can_leave_out_what_ended(ask: Ask, account: Account) -> None:
    ended = make_key(account, name="Old", revoked_at=utcnow())[0]
    make_key(make_account("Rival"), name="Theirs")
    make_key(None, name="Platform")
    db.session.commit()

    def names(query: str = "") -> list[str]:
        return [one["name"] for one in ask("GET", f"/keys{query}").get_json()["data"]]

    assert names() == ["Old", "Deploy"]
    assert (names("?ended=true"), names("?ended=false")) == (["Old"], ["Deploy"])
    assert ask("GET", f"/keys/{ended.id}").status_code == 200


def test_keys_of_others_and_of_the_platform_are_not_there(ask: Ask, account: Account) -> None:
    for key, _ in (make_key(make_account("Rival")), make_key(None)):
        db.session.commit()
        for method in ("GET", "DELETE"):
            assert ask(method, f"/keys/{key.id}").status_code == 404
        assert key.revoked_at is None
    assert ask("GET", f"/keys/{10**30}").status_code == 404


def test_key_of_the_platform_makes_both_kinds(platform: Ask, account: Account) -> None:
    assert platform("POST", "/keys", json=NEW).get_json()["account"] is None
    header = {"Nameplate-Account": account.number}
    made = platform("POST", "/keys", json=NEW, headers=header).get_json()
    assert made["account"] == account.number
    assert platform("GET", f"/keys/{made['id']}").status_code == 404
    assert platform("GET", f"/keys/{made['id']}", headers=header).status_code == 200


def test_test_key_makes_and_sees_no_keys(app: Flask, account: Account) -> None:
    token = make_key(account, ["write"], test=True)[1]
    db.session.commit()
    for method in ("GET", "POST"):
        answer = program(app, token)(method, "/keys", json=NEW if method == "POST" else None)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "scope-missing")
