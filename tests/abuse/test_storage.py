"""A store that reads and does not write: limits go on in memory, and nothing fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis.exceptions import OutOfMemoryError, ReadOnlyError, ResponseError
from werkzeug.test import TestResponse

from tests.app_fixtures import make_app, make_tables
from tests.auth.signing_in import enrol, next_code, wrong_code
from tests.factories import PASSWORD, make_account, make_user
from webapp.abuse import counters, stranger_mail
from webapp.abuse.storage import SqliteStorage, WrittenRedis
from webapp.extensions import db, limiter

FEW = 3
WRONG = "wrong wrong wrong"
FULL = sqlite3.OperationalError("database or disk is full")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, sign_in_attempts_per_hour=FEW)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        make_tables()
        make_user(account=make_account(), email="owner@acme.test")
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


def tries(browser: FlaskClient, email: str = "owner@acme.test", password: str = WRONG) -> TestResponse:
    return browser.post("/login", data={"email": email, "password": password})


def refuse_writing(monkeypatch: pytest.MonkeyPatch, store: type[Any], err: Exception) -> None:
    def refuse(*_values: object, **_options: object) -> NoReturn:
        raise err

    monkeypatch.setattr(store, "incr", refuse)


def test_wrong_passwords_are_counted_while_the_disk_is_full(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_writing(monkeypatch, SqliteStorage, FULL)
    assert [tries(app.test_client()).status_code for _ in range(FEW + 1)] == [200] * FEW + [429]
    assert tries(app.test_client(), "other@acme.test").status_code == 200


def test_count_goes_on_where_the_store_stopped_writing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for a process that has known the store as well."""
    assert tries(app.test_client()).status_code == 200
    refuse_writing(monkeypatch, SqliteStorage, FULL)
    assert [tries(app.test_client()).status_code for _ in range(FEW + 1)] == [200] * FEW + [429]


@pytest.mark.usefixtures("outbox")
def test_codes_are_counted_while_the_disk_is_full(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = app.test_client()
    assert tries(owner, password=PASSWORD).status_code == 302
    authenticator, _ = enrol(owner)
    refuse_writing(monkeypatch, SqliteStorage, FULL)
    thief, mine = app.test_client(), app.test_client()
    for browser in (thief, mine):
        tries(browser, password=PASSWORD)
    wrong = {"data": {"code": wrong_code(authenticator)}}
    assert [thief.post("/login/code", **wrong).status_code for _ in range(FEW - 1)] == [200] * (FEW - 1)
    assert mine.post("/login/code", data={"code": next_code(authenticator)}).status_code == 302
    assert [thief.post("/login/code", **wrong).status_code for _ in range(2)] == [200, 429]


def test_store_has_recovered_when_it_writes(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        refuse_writing(broken, SqliteStorage, FULL)
        assert not limiter.storage.check()
        with app.test_request_context():
            assert [counters.take(stranger_mail.A_DAY, "x") for _ in range(4)] == [True] * 3 + [False]
    assert limiter.storage.check()


@pytest.mark.parametrize(
    "err",
    [
        ReadOnlyError("You can't write against a read only replica."),
        OutOfMemoryError("command not allowed when used memory > 'maxmemory'."),
        ResponseError(
            "MISCONF Redis is configured to save RDB snapshots, but it's unable to persist to disk."
        ),
    ],
)
def test_redis_that_only_reads_is_not_well(monkeypatch: pytest.MonkeyPatch, err: Exception) -> None:
    for scheme in ("nameplate+redis://127.0.0.1:1/0", "nameplate+rediss://127.0.0.1:1/0"):
        store = WrittenRedis(scheme)
        with monkeypatch.context() as broken:
            broken.setattr(type(store.storage), "ping", lambda _self: True)
            refuse_writing(broken, WrittenRedis, err)
            assert not store.check()
            broken.setattr(WrittenRedis, "incr", lambda *_values: 1)
            assert store.check()


def test_redis_on_a_socket_of_the_machine_has_a_store() -> None:
    store = WrittenRedis("nameplate+redis+unix:///run/redis.sock")
    assert store.storage.connection_pool.connection_kwargs["path"] == "/run/redis.sock"
