"""The edge service: right within a second of a commit in each process, and right while the database is away."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import text

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain, make_llm_client
from tests.servers.fixtures import BOTH_DATABASES
from tests.servers.postgresql import restartable_postgresql
from tests.servers.programs import free_port
from tests.service.edge_service import (
    EdgeService,
    command,
    database_of,
    database_with,
    edge_service,
    environment,
)
from tests.service.faults import eventually, frozen
from webapp.extensions import db
from webapp.models import DomainState, LLMClientCustomDomain
from webapp.telemetry.metrics_files import files_in

BOUND_SECONDS = 1.0
CHANGES = 100
#: On PostgreSQL an answer may be a second old, so that many names change at once.
NAMES = {"sqlite": 1, "postgresql": 20}
#: For everything but what is measured, on a busy machine.
WAIT = 90


@dataclass
class Installation:
    """An application that writes, and two processes of the edge service, each with a port of its own."""

    kind: str
    app: Flask
    edges: list[EdgeService]

    def change(self, served: bool) -> float:
        """Returns when it was committed."""
        for domain in db.session.scalars(db.select(LLMClientCustomDomain)):
            domain.is_verified = served
        db.session.commit()
        return time.monotonic()


@pytest.fixture(scope="module", params=BOTH_DATABASES)
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    directory = tmp_path_factory.mktemp("edge-service")
    if request.param == "sqlite":
        url = database_of(request.getfixturevalue("sqlite_template"), directory)
    else:
        server = request.getfixturevalue("postgresql_server")
        server.create_database("edge_service", request.getfixturevalue("postgresql_template"))
        url = server.url("edge_service")
    app = make_app(directory, database_url=url)
    with ExitStack() as stack, app.app_context():
        account = make_account()
        for number in range(NAMES[request.param]):
            domain = make_domain(account, name_of(number))
            make_llm_client(account, f"n{number}", deployed=True, custom_domain=domain)
        db.session.commit()
        edges = [stack.enter_context(edge_service(directory, DATABASE_URL=url)) for _ in range(2)]
        yield Installation(request.param, app, edges)
        db.session.remove()
        db.engine.dispose()


def name_of(number: int) -> str:
    return f"n{number}.acme.test"


def test_each_process_is_right_within_a_second_of_a_hundred_changes_each_way(
    installation: Installation,
) -> None:
    """No wrong answer may be given to a question that came later than the bound, however long the answer took."""
    names = [name_of(number) for number in range(NAMES[installation.kind])]
    for _ in range(CHANGES // len(names)):
        for served in (True, False):
            committed_at = installation.change(served)
            for edge in installation.edges:
                for name in names:
                    until_right(edge, name, 200 if served else 404, committed_at)


def until_right(edge: EdgeService, name: str, status: int, committed_at: float) -> None:
    asked_at = time.monotonic()
    while (found := edge.ask(name)) != status:
        # Neither yes nor no, from a database that a busy machine has kept waiting, is no wrong answer.
        bound = WAIT if found == 503 else BOUND_SECONDS
        assert asked_at < committed_at + bound, f"{name}: {found} too long after the commit"
        time.sleep(max(0.0, min(0.05, committed_at + BOUND_SECONDS - time.monotonic())))
        asked_at = time.monotonic()
    if status == 200:
        assert edge.get(f"/edge/route?domain={name}")[0] == 200


def test_list_of_routes_and_readiness_are_those_of_the_database(installation: Installation) -> None:
    installation.change(served=True)
    edge = installation.edges[0]
    status, routes = edge.get("/edge/traefik")
    assert status == 200
    assert routes.count("Host(`") == NAMES[installation.kind]
    eventually(lambda: edge.get("/readyz")[0] == 200, "it was never ready")
    assert 'nameplate_edge_answers_total{outcome="served"' in edge.get("/metrics")[1]


@pytest.fixture
def on_postgresql(installation: Installation) -> EdgeService:
    """One of the edge services, when it serves the first name."""
    if installation.kind == "sqlite":
        pytest.skip("SQLite has no server, and its readers wait for nobody")
    installation.change(served=True)
    edge = installation.edges[0]
    eventually(lambda: edge.ask(name_of(0)) == 200, "it was never served")
    return edge


def test_connection_that_the_server_ended_costs_no_answer(on_postgresql: EdgeService) -> None:
    with db.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert {on_postgresql.ask(f"cold{number}.acme.test") for number in range(20)} == {404}


WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def test_table_that_is_locked_is_given_up_and_leaves_nobody_waiting(on_postgresql: EdgeService) -> None:
    """As by a migration. A question that was given up must not go on waiting in the server, one more each time."""
    edge = on_postgresql
    with db.engine.connect() as migration:
        migration.execute(text("LOCK TABLE account IN ACCESS EXCLUSIVE MODE"))
        assert edge.ask("cold.acme.test") == 503
        assert edge.ask(name_of(0)) == 200
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
            eventually(lambda: other.execute(WAITING).scalar() == 0, "a question still waits")
        migration.rollback()
    eventually(lambda: edge.ask("cold.acme.test") == 404, "it was never asked again")


@pytest.mark.service
def test_silent_and_missing_postgresql(tmp_path: Path) -> None:
    """It is halted, and says nothing; then it is stopped; then it is back."""
    with restartable_postgresql() as (server, program):
        server.create_database("edge")
        app = make_app(tmp_path, database_url=server.url("edge"))
        with app.app_context():
            db.create_all()
            make_domain(make_account(), "hot.acme.test", DomainState.VERIFIED)
            make_domain(make_account("Other"), "cold.acme.test", DomainState.VERIFIED)
            db.session.commit()
            db.session.remove()
            db.engine.dispose()
        with edge_service(tmp_path, DATABASE_URL=server.url("edge"), EDGE_KEEP_SECONDS="3600") as edge:
            eventually(lambda: edge.ask("hot.acme.test") == 200, "it was never served")
            eventually(lambda: edge.ask("unknown.acme.test") == 404, "the database was never asked")
            with frozen(program.process), ThreadPoolExecutor(60) as pool:
                # More questions at once than there are connections and places to wait for one.
                cold = [pool.submit(edge.ask, f"n{number}.acme.test") for number in range(59)]
                alive = pool.submit(edge.answers)
                assert alive.result(WAIT)
                assert {one.result(WAIT) for one in cold} == {503}
                assert edge.ask("hot.acme.test") == 200
                assert edge.ask("unknown.acme.test") == 503
                assert edge.get("/readyz")[0] == 503
            eventually(lambda: edge.ask("cold.acme.test") == 200, "the silence never ended for it")
            program.stop(signal.SIGINT)
            assert edge.ask("hot.acme.test") == 200
            assert edge.ask("unknown.acme.test") == 503
            program.start()
            eventually(lambda: edge.ask("unknown.acme.test") == 404, "the new server was never asked")
            assert "Traceback" not in edge.log()


def test_signals(tmp_path: Path, sqlite_template: Path) -> None:
    """SIGHUP with a wrong setting changes nothing, with a right one it does; SIGTERM ends it, and all is well."""
    url = database_with("chat.acme.test", sqlite_template, tmp_path)
    settings = tmp_path / ".env"
    settings.write_text("PLATFORM_DOMAIN=before.example\n")
    with edge_service(tmp_path, workers=2, DATABASE_URL=url) as edge:

        def leads_below(domain: str) -> bool:
            """All workers do. One that ends may take a question with it."""
            with contextlib.suppress(OSError):
                answers = [edge.get("/edge/route?domain=chat.acme.test")[1] for _ in range(20)]
                return all(f".api.{domain}" in answer for answer in answers)
            return False

        assert leads_below("before.example")
        settings.write_text("EDGE_KEEP_SECONDS=for ever\n")
        edge.process.send_signal(signal.SIGHUP)
        eventually(lambda: "settings.wrong" in edge.log(), "it never read the settings again")
        assert leads_below("before.example")
        settings.write_text("PLATFORM_DOMAIN=after.example\n")
        edge.process.send_signal(signal.SIGHUP)
        eventually(lambda: leads_below("after.example"), "no worker was exchanged")
        before = counted(tmp_path, "ask")
        assert {edge.ask("chat.acme.test") for _ in range(20)} == {200}
        edge.process.send_signal(signal.SIGTERM)
        assert edge.process.wait(WAIT) == 0
        assert not edge.answers()
        assert counted(tmp_path, "ask") == before + 20, "the last second was not counted"


def counted(directory: Path, question: str) -> float:
    """The answers that all processes have counted, those that have ended included."""
    paths = [str(path) for path in files_in(directory / "metrics")]
    samples = (sample for figure in MultiProcessCollector.merge(paths) for sample in figure.samples)  # type: ignore[no-untyped-call]
    asked = ("nameplate_edge_answers_total", question)
    return sum(float(one.value) for one in samples if (one.name, one.labels.get("question")) == asked)


def started(directory: Path, words: list[str], **settings: str) -> tuple[int, str]:
    done = subprocess.run(
        words,
        cwd=directory,
        env=environment(directory, **settings),
        capture_output=True,
        check=False,
        text=True,
        timeout=WAIT,
    )
    return done.returncode, done.stderr


def test_what_is_wrong_is_said_before_it_listens(tmp_path: Path, sqlite_template: Path) -> None:
    url = database_of(sqlite_template, tmp_path)
    port = free_port()

    code, said = started(tmp_path, command(port), DATABASE_URL=url, EDGE_KEEP_SECONDS="-1")
    assert (code, "EDGE_KEEP_SECONDS" in said, "Traceback" in said) == (1, True, False)

    code, said = started(tmp_path, [*command(port)[:3], "--bind", "nowhere"], DATABASE_URL=url)
    assert (code, "“nowhere” is not host:port" in said) == (2, True)

    code, said = started(tmp_path, [*command(port)[:3], "--workers", "0"], DATABASE_URL=url)
    assert (code, "“0” is not a number from 1 to" in said) == (2, True)

    code, said = started(tmp_path, command(port), DATABASE_URL=f"sqlite:///{tmp_path / 'empty.sqlite'}")
    assert (code, "The database has no tables" in said) == (1, True)

    with socket.create_server(("127.0.0.1", port)):
        code, said = started(tmp_path, command(port), DATABASE_URL=url)
    assert (code, "something listens there already" in said) == (1, True)

    with edge_service(tmp_path, DATABASE_URL=url) as edge:
        code, said = started(tmp_path, command(edge.port), DATABASE_URL=url)
    assert (code, "something listens there already" in said) == (1, True)


def test_worker_that_is_killed_is_started_again(tmp_path: Path, sqlite_template: Path) -> None:
    with edge_service(tmp_path, DATABASE_URL=database_of(sqlite_template, tmp_path)) as edge:
        children = Path(f"/proc/{edge.process.pid}/task/{edge.process.pid}/children")
        before = children.read_text().split()
        os.kill(int(before[0]), signal.SIGKILL)
        eventually(lambda: children.read_text().split() not in ([], before), "nobody took its place")
        eventually(edge.answers, "the new worker never answered")
