"""`/readyz` beside a Redis and a PostgreSQL that are there, stopped, and gone."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from flask.testing import FlaskClient

from tests.app_fixtures import make_app
from tests.servers.halting import halt
from tests.servers.programs import free_port
from tests.servers.redis import redis_server
from tests.service.faults import eventually
from webapp.extensions import db
from webapp.health.status import Component, note_ok
from webapp.models import utcnow
from webapp.resilience.parts import SECONDS

#: For everything but the waiting itself, on a busy machine.
SLACK_SECONDS = 30.0


def finds_the_database(web: FlaskClient) -> bool:
    """Which a busy machine may not do each time within the time that a part is given."""
    return bool(web.get("/readyz").get_json()["database"]["ok"])


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[str]:
    """A Redis that nobody else's test depends on."""
    with redis_server(tmp_path) as url:
        yield url


@contextmanager
def web_beside(directory: Path, database_url: str, redis_url: str) -> Iterator[FlaskClient]:
    """With a worker that was there a moment ago."""
    app = make_app(directory, database_url=database_url, redis_url=redis_url, worker_silent_seconds=600)
    with app.app_context():
        note_ok(Component.WORKER, utcnow())
        db.session.commit()
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def web(tmp_path: Path, postgresql_url: str, own_redis: str) -> Iterator[FlaskClient]:
    with web_beside(tmp_path, postgresql_url, own_redis) as client:
        yield client


def test_ready_beside_postgresql_and_redis(web: FlaskClient) -> None:
    eventually(lambda: web.get("/readyz").status_code == 200, "it was never ready")


def test_stopped_redis_is_waited_for_only_so_long(web: FlaskClient, own_redis: str) -> None:
    """It still accepts connections, and says nothing to any question. Proxies are answered all the same."""
    with redis.Redis.from_url(own_redis) as connection:
        pid = connection.info("server")["process_id"]
    halt(pid)
    try:
        started = time.monotonic()
        response = web.get("/readyz")
        waited = time.monotonic() - started
        eventually(lambda: finds_the_database(web), "the database was not asked")
        asked = web.get("/edge/ask?domain=chat.acme.test").status_code
    finally:
        os.kill(pid, signal.SIGCONT)
    parts = response.get_json()
    assert response.status_code == 503
    assert waited < SECONDS + SLACK_SECONDS
    assert not parts["cache"]["ok"]
    assert parts["broker"] == {"ok": False, "sentence": "The broker did not answer within 2 seconds."}
    assert asked == 404
    eventually(lambda: web.get("/readyz").status_code == 200, "it was never ready again")


def test_redis_that_is_gone_is_named(tmp_path: Path, postgresql_url: str) -> None:
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    with web_beside(tmp_path, postgresql_url, nowhere) as web:
        eventually(lambda: finds_the_database(web), "the database was not asked")
        parts = web.get("/readyz").get_json()
    assert not parts["cache"]["ok"]
    assert not parts["broker"]["ok"]
