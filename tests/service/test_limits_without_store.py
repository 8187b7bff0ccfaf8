"""Signing in while the store of limits is silent, gone, or broken."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from flask import Flask
from redis.exceptions import ReadOnlyError

from tests.app_fixtures import make_app
from tests.auth.signing_in import enrol, next_code, wrong_code
from tests.factories import PASSWORD, make_account, make_user
from tests.servers.programs import free_port
from webapp.abuse.storage import SqliteStorage, WrittenRedis
from webapp.extensions import db, limiter
from webapp.models import Base

FEW = 3
#: How long anybody waits for the answer on a machine that is busy otherwise. A Redis that is waited for without a
#: limit never answers.
PATIENCE = 30.0


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Takes connections and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=50)) as server:
        yield server.getsockname()[1]


@contextmanager
def served(directory: Path, database_url: str, redis_url: str) -> Iterator[Flask]:
    app = make_app(directory, database_url=database_url, redis_url=redis_url, sign_in_attempts_per_hour=FEW)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        make_user(account=make_account(), email="owner@acme.test")
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


def status(app: Flask, password: str) -> int:
    began = time.monotonic()
    answer = app.test_client().post("/login", data={"email": "owner@acme.test", "password": password})
    assert time.monotonic() - began < PATIENCE
    return answer.status_code


@pytest.mark.parametrize("trouble", ["silent", "gone"])
def test_sign_in_goes_on_without_redis_and_limits_hold(
    tmp_path: Path, postgresql_url: str, silent_port: int, trouble: str
) -> None:
    port = silent_port if trouble == "silent" else free_port()
    with served(tmp_path, postgresql_url, f"redis://127.0.0.1:{port}/0") as app:
        assert status(app, PASSWORD) == 302
        assert [status(app, "wrong wrong wrong") for _ in range(FEW + 1)] == [200] * FEW + [429]


@pytest.mark.usefixtures("outbox")
def test_code_signs_in_without_redis_and_works_once(tmp_path: Path, postgresql_url: str) -> None:
    with served(tmp_path, postgresql_url, f"redis://127.0.0.1:{free_port()}/0") as app:
        sent = {"email": "owner@acme.test", "password": PASSWORD}
        browsers = [app.test_client() for _ in range(3)]
        browsers[0].post("/login", data=sent)
        authenticator, _ = enrol(browsers[0])
        for browser in browsers[1:]:
            assert browser.post("/login", data=sent).location.startswith("/login/code")
        code = {"code": next_code(authenticator)}
        assert [one.post("/login/code", data=code).status_code for one in browsers[1:]] == [302, 200]
        assert browsers[1].get("/domains").status_code == 200
        wrong = {"code": wrong_code(authenticator)}
        answers = [browsers[2].post("/login/code", data=wrong).status_code for _ in range(FEW)]
        assert answers == [200] * (FEW - 1) + [429]


def test_limits_hold_with_redis(tmp_path: Path, postgresql_url: str, redis_url: str) -> None:
    with served(tmp_path, postgresql_url, redis_url) as app:
        assert [status(app, "wrong wrong wrong") for _ in range(FEW + 1)] == [200] * FEW + [429]
        assert limiter.storage.check()


def test_limits_hold_with_a_redis_that_only_reads(
    tmp_path: Path, postgresql_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a failover, when it has become a replica."""

    def refuse(*_values: object, **_options: object) -> NoReturn:
        raise ReadOnlyError("You can't write against a read only replica.")

    monkeypatch.setattr(WrittenRedis, "incr", refuse)
    with served(tmp_path, postgresql_url, redis_url) as app:
        assert [status(app, "wrong wrong wrong") for _ in range(FEW + 1)] == [200] * FEW + [429]
        assert not limiter.storage.check()


def test_processes_of_a_machine_share_their_counts_and_keep_them(tmp_path: Path) -> None:
    """Two objects on one file are what two processes are, or one before and after its restart."""
    path = tmp_path / "new" / "limits.sqlite"
    one, other = (SqliteStorage(f"nameplate+sqlite://{path}") for _ in range(2))
    assert other.get("key") == 0
    before = time.time()
    assert [store.incr("key", 600) for store in (one, other, one)] == [1, 2, 3]
    assert other.get("key") == 3
    assert before + 600 <= other.get_expiry("key") <= time.time() + 600
    assert path.stat().st_mode & 0o077 == 0
    one.clear("key")
    assert other.get("key") == 0


def test_count_begins_anew_when_its_time_is_over(tmp_path: Path) -> None:
    store = SqliteStorage(f"nameplate+sqlite://{tmp_path / 'limits.sqlite'}")
    assert [store.incr("key", 0), store.incr("key", 0)] == [1, 1]
    assert store.get("key") == 0
    assert store.reset() == 1
    assert store.check()


@pytest.mark.parametrize("content", [b"this is no database, but a text of some length" * 100])
def test_sign_in_goes_on_with_a_broken_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "limits.sqlite").write_bytes(content)
    app = make_app(tmp_path, sign_in_attempts_per_hour=FEW)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        Base.metadata.create_all(db.engine)
        make_user(account=make_account(), email="owner@acme.test")
        db.session.commit()
        assert status(app, PASSWORD) == 302
        assert [status(app, "wrong wrong wrong") for _ in range(FEW + 1)] == [200] * FEW + [429]
        db.session.remove()
        db.engine.dispose()
