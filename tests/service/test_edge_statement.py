"""The statement of the edge service on PostgreSQL: what a pool of connections before the server, another role and a
migration do to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain, make_llm_client
from tests.servers.postgresql import PostgreSQL
from tests.service.edge_service import EdgeService, edge_service
from tests.service.faults import eventually
from webapp.database.circuit import Circuit
from webapp.edge.lookup.postgresql import PostgreSQLStatement
from webapp.edge.served_names.served import LOOK_UP
from webapp.extensions import db
from webapp.models import DomainState

NAME = "chat.acme.test"
KINDS = (int, str, str, "t".__eq__)
READER = "only_reads"


@pytest.fixture(scope="module")
def url(
    postgresql_server: PostgreSQL, postgresql_template: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    postgresql_server.create_database("statement", postgresql_template)
    url = postgresql_server.url("statement")
    app = make_app(tmp_path_factory.mktemp("statement"), database_url=url)
    with app.app_context():
        domain = make_domain(make_account(number="1234-5678-9012"), NAME, DomainState.VERIFIED)
        make_llm_client(domain.account, "sales", deployed=True, custom_domain=domain)
        db.session.commit()
        db.engine.dispose()
    return url


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def statement(engine: Engine) -> PostgreSQLStatement:
    return PostgreSQLStatement(engine, LOOK_UP, Circuit(2.0, lambda: True), KINDS)


def finds(statement: PostgreSQLStatement, connection: Any) -> bool:
    row = statement.ask(connection, NAME, None).found
    return row is not None and row[1:] == ("1234-5678-9012", "sales", True)


def test_pool_in_transaction_mode_gives_the_next_question_to_another_session(
    statement: PostgreSQLStatement,
) -> None:
    """PgBouncer does: what was prepared in one session is unknown to the other."""
    with closing(statement.connect()) as connection:
        assert finds(statement, connection)
        connection.driver.execute("DEALLOCATE ALL")
        assert finds(statement, connection)
        assert statement.ask(connection, "other.acme.test", None).found is None


def test_session_that_another_process_has_used_before(engine: Engine, statement: PostgreSQLStatement) -> None:
    """PgBouncer hands it on with all that was prepared there."""
    with closing(statement.connect()) as before:
        prepared = before.driver.execute("SELECT name, statement FROM pg_prepared_statements").fetchall()
        assert len(prepared) == 1
    with closing(engine.raw_connection()) as used:
        cursor = used.cursor()
        cursor.execute(f"PREPARE {prepared[0][0]} AS SELECT 1")
        used.commit()
    with closing(statement.connect()) as connection:
        assert finds(statement, connection)


def test_column_that_a_migration_changes_costs_no_answer(
    engine: Engine, statement: PostgreSQLStatement
) -> None:
    with closing(statement.connect()) as connection:
        assert finds(statement, connection)
        with engine.begin() as other:
            other.execute(text("ALTER TABLE llm_client ALTER COLUMN label TYPE text"))
        assert finds(statement, connection)


@contextmanager
def role_that_only_reads(engine: Engine) -> Iterator[None]:
    with engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {READER} LOGIN"))
        connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER}"))
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP OWNED BY {READER}"))
            connection.execute(text(f"DROP ROLE {READER}"))


def is_answered(edge: EdgeService, path: str) -> bool:
    return edge.get(path)[0] == 200


def test_whole_service_only_reads(tmp_path: Path, url: str, engine: Engine) -> None:
    reader = url.replace("nameplate@", f"{READER}@")
    with role_that_only_reads(engine), edge_service(tmp_path, DATABASE_URL=reader) as edge:
        for path in (f"/edge/ask?domain={NAME}", f"/edge/route?domain={NAME}", "/edge/traefik", "/readyz"):
            # A busy machine may keep the first question waiting for longer than a proxy waits.
            eventually(partial(is_answered, edge, path), path)
        assert edge.get("/.well-known/nameplate/" + "n" * 22, Host=NAME)[0] == 200
        assert edge.ask("other.acme.test") == 404
