"""A PostgreSQL and a Redis that say nothing, beside a real gunicorn: nobody hangs, and all heals by itself."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, select, text
from sqlalchemy.exc import OperationalError

from tests.factories import PASSWORD, make_account, make_domain, make_llm_client, make_user, make_zone
from tests.service.faults import Installation, eventually, frozen
from tests.service.nameplate import Page, Visitor
from webapp.database.circuit import Circuit
from webapp.database.faults import is_away
from webapp.database.patience import EDGE, Patience, patient
from webapp.database.postgresql import _says_anything, make_patient
from webapp.extensions import db
from webapp.models import CheckStatus, LLMClient, LLMClientCustomDomain

pytestmark = pytest.mark.parametrize("installation_processes", ["postgresql"], indirect=True)

#: What the promise of two seconds may take besides on a machine that is busy otherwise. Who is kept waiting without a
#: limit waits until the test gives up.
SLACK = 28.0
PROMISE = 2.0
#: More than a process has threads, for each of both.
CROWD = 48


@pytest.fixture
def person(installation: Installation) -> str:
    with installation.looking():
        account = make_account("Silence")
        make_llm_client(account)
        email = f"{account.number}@acme.test"
        make_user(account=account, email=email)
        db.session.commit()
    return email


@pytest.fixture
def web(installation: Installation) -> Iterator[Installation]:
    with installation.web(DATABASE_SILENT_SECONDS="1.5"):
        yield installation


def timed(visitor: Visitor, path: str) -> tuple[Page, float]:
    began = time.monotonic()
    return visitor.get(path), time.monotonic() - began


def signed_in(web: Installation, email: str) -> Visitor:
    visitor = Visitor(web.url)
    assert visitor.send("/login", email=email, password=PASSWORD).status == 302
    return visitor


def test_silent_database_hangs_nothing_and_heals(web: Installation, person: str) -> None:
    assert web.postgresql
    visitor = signed_in(web, person)
    ask = "/edge/ask?domain=chat.acme.test"
    assert visitor.status(ask) == 404
    with ThreadPoolExecutor(CROWD + 4) as crowd, frozen(web.postgresql.process):
        pages = [crowd.submit(visitor.status, path) for path in ("/domains", ask) for _ in range(CROWD // 2)]
        time.sleep(0.2)
        lives, waited = timed(Visitor(web.url), "/healthz")
        assert (lives.status, waited < PROMISE + SLACK) == (200, True)
        assert {page.result() for page in pages} == {503}
        asked, waited = timed(visitor, ask)
        assert (asked.status, waited < PROMISE + SLACK) == (503, True)
        page, waited = timed(visitor, "/domains")
        assert (page.status, waited < PROMISE + SLACK) == (503, True)
        assert "database does not answer" in page.text
        assert "nameplate_database_up 0.0" in Visitor(web.url).get("/metrics").text
        assert Visitor(web.url).status("/readyz") == 503
    eventually(lambda: visitor.status(ask) == 404, "the edge never recovered")
    eventually(lambda: visitor.status("/domains") == 200, "pages never recovered")
    assert web.log("web").count("Traceback") == 0


def test_database_that_is_gone_is_a_line_a_kind(web: Installation, person: str) -> None:
    assert web.postgresql
    visitor = signed_in(web, person)
    web.postgresql.stop(signal.SIGINT)
    try:
        found = [
            visitor.get(path) for _ in range(10) for path in ("/domains", "/edge/ask?domain=a.acme.test")
        ]
    finally:
        web.postgresql.start()
    assert {page.status for page in found} == {503}
    assert web.log("web").count("Traceback") == 0
    assert web.log("web").count('"database.away"') <= 2, "one of each process"


def test_silent_redis_delays_nobody(web: Installation, person: str) -> None:
    """Signing in, registering and the press of Verify go on, and the press is in the database."""
    assert web.redis
    name = "silent-redis.acme.test"
    with web.looking():
        client = db.session.scalars(select(LLMClient).order_by(LLMClient.id.desc())).first()
        assert client
        domain = make_domain(client.account, "pressed.acme.test")
        make_zone(domain)
        db.session.commit()
        page, client_id, domain_id = f"/domains/{domain.id}", str(client.id), domain.id
    with frozen(web.redis.process):
        began = time.monotonic()
        visitor = signed_in(web, person)
        took = [time.monotonic() - began]
        began = time.monotonic()
        done = visitor.send("/domains/register", domain_name=name, llm_client=client_id)
        took.append(time.monotonic() - began)
        assert done.status == 303, done.text
        began = time.monotonic()
        assert visitor.send(page, to=f"{page}/checks").status == 303
        took.append(time.monotonic() - began)
    assert max(took) < 2 * PROMISE + SLACK, "each a form, and what it sends"
    assert visitor.status("/domains") == 200
    with web.looking():
        [pressed] = web.checks(domain_id)
        assert pressed.status is CheckStatus.WAITING


def test_statement_that_waits_ends_at_the_limit_of_whoever_waits(installation: Installation) -> None:
    """The server keeps the limit too, for the transaction alone; an edge gives up soon, a migration never."""
    show = text("SELECT current_setting('statement_timeout')")
    with installation.looking():
        with patient(EDGE):
            assert db.session.scalar(show) == "1400ms"
            db.session.rollback()
        with patient(EDGE), db.engine.connect() as connection:
            rows = [{"name": "a"}, {"name": "b"}]
            # psycopg sends these in a pipeline, which begins the transaction in another way.
            connection.execute(text("SELECT pg_advisory_xact_lock(length(:name))"), rows)
            assert connection.scalar(show) == "1400ms"
        assert db.session.scalar(show) == "0"
        db.session.rollback()
        with db.engine.begin() as holder:
            holder.exec_driver_sql("LOCK TABLE llm_client_custom_domain IN ACCESS EXCLUSIVE MODE")
            with patient(Patience(0.3, hurried=True)), pytest.raises(OperationalError) as slow:
                db.session.scalar(select(LLMClientCustomDomain.id))
        assert is_away(slow.value)
        db.session.rollback()
        assert not installation.app.extensions["circuit"].is_open


def test_silent_address_before_one_that_answers_keeps_no_request_from_connecting(
    installation: Installation, tmp_path: Path
) -> None:
    """As after a failover: DATABASE_URL names two servers, and the first is off the network."""
    assert installation.postgresql
    url = make_url(installation.environment["DATABASE_URL"])
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / ".s.PGSQL.5432"))
        silent.listen()
        hosts = f"{tmp_path},{url.query['host']}"
        engine = create_engine(url.update_query_dict({"host": hosts, "port": "5432,5432"}))
        # Less than libpq waits for one address, and more than a busy machine needs for the other.
        circuit = make_patient(engine, 4.0)
        with patient(EDGE):
            for _ in range(3):
                with engine.connect() as connection:
                    assert connection.scalar(text("SELECT 1")) == 1
                engine.dispose()
        assert not circuit.is_open
        assert _says_anything(engine, Circuit(1.5, bool))


def test_command_beside_a_silent_database_ends(installation: Installation) -> None:
    assert installation.postgresql
    with frozen(installation.postgresql.process):
        done = installation.flask("domains", "list", "--json")
    assert done.returncode == 4, done.stderr
    assert "The database could not be used" in done.stdout
