"""The edge service answers as the blueprint does, byte for byte, and knows nothing of people or forms."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import Client, TestResponse

from tests.app_fixtures import make_app, make_settings
from tests.edge.questions import MALFORMED
from tests.factories import make_account, make_domain, make_llm_client
from webapp.edge.application import EdgeApplication
from webapp.edge.flask_app import flask_app, lookups_of
from webapp.extensions import db
from webapp.models import DomainState, LLMClientCustomDomain, utcnow
from webapp.telemetry.edge_answers import AnswerCounts

TOKEN = "a-token-for-the-edge-0123456789"
FAR = {"REMOTE_ADDR": "203.0.113.9"}


class FromHere(Client):
    """Asks from this machine, as Flask's client does."""

    def open(self, *args: Any, **how: Any) -> TestResponse:
        return super().open(*args, **{"buffered": True, "environ_base": {"REMOTE_ADDR": "127.0.0.1"}, **how})


class Edges:
    """The dashboard, the service's small Flask application, and the service, on one database."""

    def __init__(self, directory: Path) -> None:
        options: dict[str, object] = {
            "database_url": f"sqlite:///{directory / 'nameplate.sqlite'}",
            "edge_token": TOKEN,
            "edge_networks": "198.51.100.0/24",
        }
        self.dashboard = make_app(directory, **options)
        chosen = make_settings(directory, **options)
        self.small = flask_app(chosen)
        self.counts = AnswerCounts()
        lookups = lookups_of(self.small.extensions["engine"], self.small, chosen)
        self.service = FromHere(EdgeApplication(self.small.wsgi_app, lookups, chosen, self.counts))

    def both(self, path: str, method: str = "GET", **how: Any) -> list[TestResponse]:
        """The answers of dashboard and service."""
        with self.dashboard.test_client() as dashboard:
            return [
                dashboard.open(path, method=method, **how),
                self.service.open(path, method=method, **how),
            ]


@pytest.fixture(scope="module")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edges]:
    edges = Edges(tmp_path_factory.mktemp("edges"))
    with edges.dashboard.app_context():
        db.create_all()
        account = make_account("Acme", number="1234-5678-9012")
        for name in ("chat.acme.test", "llm_client.acme.test", "chat.xn--strae-oqa.test"):
            domain = make_domain(account, name, DomainState.VERIFIED)
            make_llm_client(account, name, deployed=True, custom_domain=domain)
        make_domain(account, "alone.acme.test", DomainState.FAILING)
        make_domain(account, "pending.acme.test")
        make_domain(account, "held.acme.test", DomainState.VERIFIED, held_at=utcnow())
        db.session.commit()
        yield edges
        db.session.remove()
        db.engine.dispose()
    edges.small.extensions["engine"].dispose()


QUESTIONS = [
    "?domain=chat.acme.test",
    "?domain=CHAT.Acme.Test",
    "?domain=chat.acme.test.",
    "?domain=chat%2Eacme%2etest",
    "?domain=llm_client.acme.test",
    "?domain=chat.stra%C3%9Fe.test",
    "?domain=chat.xn--strae-oqa.test",
    "?domain=chat%E3%80%82acme%EF%BC%8Etest",
    "?domain=alone.acme.test",
    "?domain=pending.acme.test",
    "?domain=held.acme.test",
    "?domain=unknown.acme.test",
    "?domain=chat.acme.test&other=1",
    "?other=1&domain=chat.acme.test",
    "?",
    "?domain",
    "?domain=chat.acme.test;domain=evil.test",
    "?domain=+chat.acme.test",
    "?domain=%",
    *MALFORMED,
]


def told(response: TestResponse) -> tuple[object, ...]:
    """All of an answer that counts; the dashboard adds headers that are for its pages."""
    names = ("Content-Type", "Content-Length", "Cache-Control", "Nameplate-Default-Host", "WWW-Authenticate")
    headers = {name: response.headers.get(name) for name in names}
    return response.status, headers, response.data, "Set-Cookie" in response.headers


@pytest.mark.parametrize("address", ["/edge/ask", "/edge/route"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_service_answers_as_the_dashboard(edges: Edges, address: str, method: str, question: str) -> None:
    for _ in range(2):  # and again when the name is known
        dashboard, service = edges.both(address + question, method)
        assert told(service) == told(dashboard)
    assert service.headers["Cache-Control"] == "no-store"
    assert (service.data == b"") is (method == "HEAD")


ASKERS: list[tuple[dict[str, str], dict[str, str], int]] = [
    ({}, {}, 200),
    ({}, {"Host": "127.0.0.1:8002"}, 200),
    ({}, {"Host": "edge.example"}, 401),
    ({}, {"X-Forwarded-For": "127.0.0.1"}, 401),
    ({}, {"Via": "1.1 somebody"}, 401),
    ({"SERVER_PROTOCOL": "HTTP/1.0"}, {}, 401),
    ({"SERVER_PROTOCOL": "HTTP/1"}, {}, 401),
    ({}, {"X-Forwarded-For": "127.0.0.1, " * 10_000}, 401),
    (FAR, {}, 401),
    (FAR, {"Authorization": f"Bearer {TOKEN}"}, 200),
    (FAR, {"Authorization": "Bearer wrong"}, 401),
    (FAR, {"Authorization": ""}, 401),
    (FAR, {"Authorization": f"Basic {TOKEN}"}, 401),
    ({"REMOTE_ADDR": "198.51.100.7"}, {}, 200),
    ({"REMOTE_ADDR": "::ffff:198.51.100.7"}, {}, 200),
    ({"REMOTE_ADDR": "198.51.100.7"}, {"X-Forwarded-For": "198.51.100.7"}, 401),
    ({"REMOTE_ADDR": ""}, {}, 401),
]


@pytest.mark.parametrize(("where", "headers", "status"), ASKERS)
def test_service_lets_in_whom_the_dashboard_does(
    edges: Edges, where: dict[str, str], headers: dict[str, str], status: int
) -> None:
    for _ in range(2):
        dashboard, service = edges.both(
            "/edge/route?domain=chat.acme.test", environ_overrides=where, headers=headers
        )
        assert told(service) == told(dashboard)
        assert service.status_code == status


def test_what_strangers_write_of_themselves_takes_little_room(edges: Edges) -> None:
    application = edges.service.application
    assert isinstance(application, EdgeApplication)
    for number in range(1200):
        for long in ("", "x" * 10_000):
            headers = {"X-Forwarded-For": f"{number}{long}"}
            assert edges.service.get("/edge/route", headers=headers).status_code == 401
    known = application._asker_may
    assert len(known) <= 1000
    assert max(sum(map(len, filter(None, evidence))) for evidence in known) < 1000


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize(
    "path", ["/edge/ask?domain=chat.acme.test", "/edge/route?domain=chat.acme.test", "/healthz"]
)
def test_nothing_but_reading_is_answered(edges: Edges, path: str, method: str) -> None:
    response = edges.service.open(path, method=method)
    assert response.status_code == (200 if method == "OPTIONS" else 405)
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize(
    "path", ["/", "/login", "/domains", "/edge", "/edge/ask/", "/edge/asks", "/static/x"]
)
def test_service_has_no_pages(edges: Edges, path: str) -> None:
    response = edges.service.get(path)
    assert (response.status_code, response.mimetype) == (404, "text/plain")


def test_rest_of_the_service(edges: Edges) -> None:
    assert edges.service.get("/healthz").data == b"Nameplate is running.\n"
    assert edges.service.get("/edge/nobody").status_code == 404
    visit = {"headers": {"Host": "chat.acme.test"}}
    assert edges.service.get("/.well-known/nameplate/" + "n" * 22, **visit).status_code == 200
    assert edges.service.get("/edge/nobody", headers={"Host": "a..b"}).status_code == 404
    dashboard, service = edges.both("/edge/traefik")
    assert service.data == dashboard.data
    assert (
        edges.service.get("/edge/traefik", headers={"If-None-Match": service.headers["ETag"]}).status_code
        == 304
    )
    for path in ("/edge/traefik", "/readyz", "/metrics"):
        assert edges.service.get(path, environ_overrides=FAR).status_code == 401, path


def test_service_says_that_it_needs_its_schema(edges: Edges) -> None:
    ready = edges.service.get("/readyz")
    assert (ready.status_code, ready.get_json()) == (
        200,
        {"ready": True, "database": {"ok": True, "sentence": "The database answers."}},
    )
    with edges.dashboard.app_context():
        db.session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        db.session.execute(text("INSERT INTO alembic_version VALUES ('0001')"))
        db.session.commit()
        try:
            old = edges.service.get("/readyz")
        finally:
            db.session.execute(text("DROP TABLE alembic_version"))
            db.session.commit()
    assert old.status_code == 503
    assert "is at migration 0001" in old.get_json()["database"]["sentence"]


def test_commit_is_known_to_the_next_question(edges: Edges) -> None:
    def status() -> int:
        return edges.service.get("/edge/ask?domain=alone.acme.test").status_code

    assert status() == 200
    with edges.dashboard.app_context():
        domain = db.session.query(LLMClientCustomDomain).filter_by(domain_name="alone.acme.test").one()
        domain.held_at = utcnow()
        db.session.commit()
        assert status() == 404
        domain.held_at = None
        db.session.commit()
    assert status() == 200


def test_database_that_is_away_leaves_known_names_served(edges: Edges) -> None:
    """A table is renamed, so that every question fails, on connections that are open already as well."""

    def proves(name: str) -> int:
        proof = "/.well-known/nameplate/" + "n" * 22
        return edges.service.get(proof, headers={"Host": name}).status_code

    assert edges.service.get("/edge/ask?domain=chat.acme.test").status_code == 200
    with edges.dashboard.app_context():
        db.session.execute(text("ALTER TABLE account RENAME TO account_away"))
        db.session.commit()
    try:
        assert edges.service.get("/edge/ask?domain=chat.acme.test").status_code == 200
        assert edges.service.get("/edge/route?domain=chat.acme.test").status_code == 200
        cold = edges.service.get("/edge/ask?domain=cold.acme.test")
        assert (cold.status, cold.mimetype) == ("503 SERVICE UNAVAILABLE", "text/plain")
        assert edges.service.get("/edge/ask?domain=pending.acme.test").status_code == 503
        assert (proves("chat.acme.test"), proves("cold.acme.test")) == (200, 503)
        assert edges.service.get("/edge/ask?domain=localhost").status_code == 400
    finally:
        with edges.dashboard.app_context():
            db.session.execute(text("ALTER TABLE account_away RENAME TO account"))
            db.session.commit()
    assert edges.service.get("/edge/ask?domain=cold.acme.test").status_code == 404


_ASKS_EVERYTHING = """
import sys
from werkzeug.test import Client
import webapp.edge.__main__
from webapp.config.settings import load_settings
from webapp.edge.flask_app import edge_application

client = Client(edge_application(load_settings()))
for path in ("edge/ask?domain=a.test", "edge/route", "edge/traefik", "edge/nobody", "readyz", "metrics", "no"):
    client.get(f"/{path}", buffered=True, environ_base={"REMOTE_ADDR": "127.0.0.1"})
strange = ("flask_security", "flask_login", "flask_wtf", "wtforms", "webapp.models", "webapp.extensions")
print([name for name in strange if name in sys.modules])
"""


def test_service_has_neither_identity_nor_forms_whatever_it_is_asked(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "NAMEPLATE_INSTANCE": str(tmp_path),
        "SECRET_KEY": "only-for-tests-0123456789",
    }
    words = [sys.executable, "-c", _ASKS_EVERYTHING]
    found = subprocess.run(words, capture_output=True, text=True, check=True, env=environment, cwd=tmp_path)
    assert found.stdout.splitlines()[-1] == "[]"


def test_answers_are_counted_as_the_dashboard_counts_them(
    edges: Edges, monkeypatch: pytest.MonkeyPatch
) -> None:
    edges.counts.add_up()
    seen: list[tuple[str, int, int]] = []
    monkeypatch.setattr("webapp.telemetry.edge_answers.count_answers", lambda *counted: seen.append(counted))
    for path in ("ask?domain=chat.acme.test", "ask?domain=chat.acme.test", "ask", "route?domain=x.acme.test"):
        edges.service.get(f"/edge/{path}")
    edges.counts.add_up()
    assert sorted(seen) == [("ask", 200, 2), ("ask", 400, 1), ("route", 404, 1)]
    edges.counts.add_up()
    assert len(seen) == 3
