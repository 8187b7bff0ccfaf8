"""Who may ask: by a bearer key, and by nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.conftest import program
from tests.app_fixtures import change, sign_in
from tests.factories import make_account, make_domain, make_key
from webapp.extensions import db
from webapp.models import Account, User, utcnow


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "npk_live_abcdefgh_x"])
def test_without_a_key_there_is_no_answer(client: FlaskClient, header: str | None) -> None:
    sent = {} if header is None else {"Authorization": header}
    answer = client.get("/api/v1/domains", headers=sent)
    assert answer.status_code == 401
    assert answer.get_json()["code"] == "key-missing"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Nameplate API"'


def test_a_session_is_no_key(client: FlaskClient, customer: User) -> None:
    assert sign_in(client, customer).get("/api/v1/domains").status_code == 401


def test_a_key_in_the_address_is_not_read(app: Flask, client: FlaskClient, account: Account) -> None:
    _, token = make_key(account)
    db.session.commit()
    for name in ("key", "api_key", "access_token", "token"):
        assert client.get(f"/api/v1/domains?{name}={token}").status_code == 401


@pytest.mark.parametrize("ended", [{"revoked_at": utcnow()}, {"expires_at": utcnow() - timedelta(seconds=1)}])
def test_a_key_that_ended_opens_nothing(app: Flask, account: Account, ended: dict[str, Any]) -> None:
    _, token = make_key(account, **ended)
    db.session.commit()
    answer = program(app, token)("GET", "/domains")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "key-wrong")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_wrong_keys_are_limited_and_right_ones_go_on(app: Flask, account: Account) -> None:
    change(app, sign_in_attempts_per_address_per_hour=3)
    _, token = make_key(account)
    db.session.commit()
    wrong = program(app, f"{token[:-2]}xx")
    codes = [wrong("GET", "/domains").status_code for _ in range(5)]
    assert codes == [401, 401, 401, 429, 429]
    refused = wrong("GET", "/domains")
    assert refused.get_json()["code"] == "too-many-wrong-keys"
    assert int(refused.headers["Retry-After"]) > 0
    assert program(app, token)("GET", "/domains").status_code == 200


def test_a_scope_that_is_missing_is_named(app: Flask, account: Account) -> None:
    _, token = make_key(account, scopes=["webhooks:write"])
    db.session.commit()
    answer = program(app, token)("GET", "/domains")
    assert answer.status_code == 403
    assert answer.get_json()["code"] == "scope-missing"
    assert answer.get_json()["scope"] == "domains:read"
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


def test_a_key_of_the_platform_acts_for_the_account_of_the_header(app: Flask, account: Account) -> None:
    other = make_account("Other")
    mine, theirs = make_domain(account, "a.acme.test"), make_domain(other, "b.acme.test")
    _, token = make_key(None)
    db.session.commit()
    ask, acting = program(app, token), program(app, token, **{"Nameplate-Account": account.number})
    assert {one["id"] for one in ask("GET", "/domains").get_json()["data"]} == {mine.id, theirs.id}
    assert {one["id"] for one in acting("GET", "/domains").get_json()["data"]} == {mine.id}
    assert acting("GET", f"/domains/{theirs.id}").status_code == 404
    assert ask("GET", f"/domains/{theirs.id}").status_code == 200


@pytest.mark.parametrize(
    ("number", "status"), [("9999-9999-9999", 404), ("12", 400), ("", 400), ("１２３４-5678-9012", 400)]
)
def test_an_account_that_is_not_there_is_a_problem(
    app: Flask, account: Account, number: str, status: int
) -> None:
    _, platform = make_key(None)
    _, own = make_key(account)
    db.session.commit()
    for token in (platform, own):
        sent = {"Nameplate-Account": number.encode().decode("latin-1")}
        answer = program(app, token)("GET", "/domains", headers=sent)
        assert (answer.status_code, answer.get_json()["code"]) == (status, "account-unknown")


def test_a_key_of_an_account_acts_for_no_other(app: Flask, account: Account) -> None:
    other = make_account("Other")
    _, token = make_key(account)
    db.session.commit()
    ask = program(app, token)
    assert ask("GET", "/domains", headers={"Nameplate-Account": account.number}).status_code == 200
    answer = ask("GET", "/domains", headers={"Nameplate-Account": other.number})
    assert answer.get_json()["code"] == "account-unknown"


def test_requests_are_limited_by_key(app: Flask, account: Account) -> None:
    change(app, api_requests_per_minute=2)
    tokens = [make_key(account)[1] for _ in range(2)]
    db.session.commit()
    first, second = (program(app, token) for token in tokens)
    answers = [first("GET", "/domains") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"per-key";q=2;w=60'
    assert answers[0].headers["RateLimit"].startswith('"per-key";r=1;t=')
    assert answers[2].headers["RateLimit"].startswith('"per-key";r=0;t=')
    assert answers[2].get_json()["code"] == "too-many-requests"
    assert 0 < int(answers[2].headers["Retry-After"]) <= 61
    assert second("GET", "/domains").status_code == 200


def test_the_log_tells_the_prefix_and_never_the_key(
    app: Flask, account: Account, capfd: pytest.CaptureFixture[str]
) -> None:
    key, token = make_key(account)
    db.session.commit()
    program(app, token)("GET", "/domains")
    told = capfd.readouterr()
    assert f'"key": "{key.prefix}"' in told.err + told.out
    assert f'"account_id": {account.id}' in told.err + told.out
    assert token.rpartition("_")[2] not in told.err + told.out


def test_options_need_no_key(client: FlaskClient) -> None:
    answer = client.options("/api/v1/domains")
    assert answer.status_code == 200
    assert "GET" in answer.headers["Allow"]
    assert not [name for name in answer.headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118


def test_head_answers_as_get_without_a_body(app: Flask, account: Account) -> None:
    _, token = make_key(account)
    db.session.commit()
    ask = program(app, token)
    head, get = ask("HEAD", "/domains"), ask("GET", "/domains")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == get.headers["ETag"]
