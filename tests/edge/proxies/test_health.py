"""`/healthz` and `/readyz`: is the process there, and can it do its work?"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_caching.backends.filesystemcache import FileSystemCache

from tests.app_fixtures import make_app
from webapp.extensions import db
from webapp.health import readiness
from webapp.health.status import Component, note_ok
from webapp.models import utcnow

WAIT = 60.0


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that answers may need more than two seconds on a busy machine."""
    monkeypatch.setattr(readiness, "SECONDS", WAIT)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """On a file, since readiness is asked from threads."""
    app = make_app(tmp_path, database_url=f"sqlite:///{tmp_path / 'nameplate.sqlite'}")
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


def test_healthy_while_nothing_else_is(client: FlaskClient) -> None:
    db.drop_all()
    response = client.get("/healthz")
    assert (response.status_code, response.mimetype) == (200, "text/plain")
    assert client.head("/healthz").status_code == 200


def test_ready_when_all_answer(client: FlaskClient) -> None:
    seen(0)
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.get_json() == {
        "ready": True,
        "database": {"ok": True, "sentence": "The database answers."},
        "cache": {"ok": True, "sentence": "The cache answers."},
        "broker": {"ok": True, "sentence": "The broker answers."},
        "worker": {"ok": True, "sentence": "The worker answers."},
    }
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers


def seen(seconds_ago: float) -> None:
    note_ok(Component.WORKER, utcnow() - timedelta(seconds=seconds_ago))
    db.session.commit()


def test_installation_that_never_had_a_worker_is_not_ready(client: FlaskClient) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.get_json()["worker"] == {
        "ok": False,
        "sentence": "No worker has ever run, so nothing is checked. Start one with beat.",
    }


@pytest.mark.parametrize(("seconds_ago", "status"), [(43, 200), (46, 503)])
def test_worker_may_be_silent_only_so_long(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, seconds_ago: float, status: int
) -> None:
    now = utcnow()
    monkeypatch.setattr(readiness, "utcnow", lambda: now)
    note_ok(Component.WORKER, now - timedelta(seconds=seconds_ago))
    db.session.commit()
    response = client.get("/readyz")
    assert response.status_code == status, response.text
    assert response.get_json()["database"]["ok"]
    if status == 503:
        sentence = response.get_json()["worker"]["sentence"]
        assert sentence.startswith("No sign of life from the worker for 46 s")


def test_sign_of_life_of_the_future_is_none(client: FlaskClient) -> None:
    ahead = datetime(2126, 11, 5, 9, 5, tzinfo=UTC)
    seen((utcnow() - ahead).total_seconds())
    response = client.get("/readyz")
    assert response.status_code == 503
    sentence = response.get_json()["worker"]["sentence"]
    assert "is of 5 November 2126, 09:05 UTC, which is still to come" in sentence
    seen(0)
    assert client.get("/readyz").status_code == 200


def test_database_without_our_tables_is_not_ready(client: FlaskClient) -> None:
    db.drop_all()
    response = client.get("/readyz")
    assert response.status_code == 503
    answer = response.get_json()
    assert not answer["ready"]
    assert answer["database"] == {
        "ok": False,
        "sentence": "The database could not be used; the log says why.",
    }
    assert answer["cache"]["ok"]
    assert answer["broker"]["ok"]


def test_cache_that_keeps_nothing_is_not_ready(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FileSystemCache, "get", lambda _self, _key: None)
    answer = client.get("/readyz").get_json()
    assert not answer["cache"]["ok"]
    assert answer["database"]["ok"]


def test_silence_is_waited_for_only_so_long(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a stopped Redis does: it takes the question and says nothing."""
    monkeypatch.setattr(readiness, "SECONDS", 3.0)
    over, heard = threading.Event(), threading.Event()

    def silent(_celery: object) -> None:
        over.wait(WAIT)
        heard.set()

    monkeypatch.setattr(readiness, "declare", silent)
    try:
        response = client.get("/readyz")
        assert not heard.is_set(), "the answer did not wait for it"
    finally:
        over.set()
    assert response.status_code == 503
    assert not response.get_json()["broker"]["ok"]
    assert response.get_json()["database"]["ok"]
