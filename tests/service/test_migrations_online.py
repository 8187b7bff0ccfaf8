"""On PostgreSQL nobody waits for a migration; and on both databases one that broke off goes on where it was."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flask_migrate
import psycopg
import pytest
from alembic import command
from alembic.operations import Operations
from alembic.util import CommandError
from flask import Flask
from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import IntegrityError

from benchmarks.migration_rows import fill
from tests.app_fixtures import make_app
from tests.service.broken_upgrade import Broken, operations, run, run_broken, scripts
from tests.service.watched_upgrade import Watch, connect
from webapp.extensions import db, migrate
from webapp.schema_changes import batches, constraints, indexes, tables, transactions  # noqa: F401 - in `op`
from webapp.schema_changes.indexes import index_validity
from webapp.schema_changes.transactions import only_one

pytestmark = pytest.mark.service
MIGRATIONS = str(Path(__file__).resolve().parents[2] / "migrations")
DOMAIN = "llm_client_custom_domain"
EDGE = f"SELECT id FROM {DOMAIN} WHERE domain_name = 'chat.shop7.example' AND is_verified"  # noqa: S608
#: More than two batches.
ROWS = 2200
#: No question of the edge waits for a second; a machine that is busy with other tests is let many more. Who waits
#: for a lock that is held for long is found by the watch, which needs no clock.
EDGE_TIME_OUT = "30s"


@contextmanager
def application(url: str, directory: Path) -> Iterator[Flask]:
    app = make_app(directory, database_url=url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(empty_postgresql_url: str, tmp_path: Path) -> Iterator[Flask]:
    with application(empty_postgresql_url, tmp_path) as app:
        yield app


def upgrade(revision: str = "head") -> None:
    db.session.rollback()
    flask_migrate.upgrade(directory=MIGRATIONS, revision=revision)


def put_rows(revision: str, rows: int) -> None:
    for statement in fill(revision, rows):
        db.session.execute(text(statement))
    db.session.commit()


class Edge(threading.Thread):
    """Asks all the while what the edge asks, and may wait so long at most."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._over = threading.Event()
        self._url = url
        self.answers = 0
        self.fault: Exception | None = None

    def run(self) -> None:
        with connect(self._url) as connection:
            connection.execute(f"SET statement_timeout = '{EDGE_TIME_OUT}'".encode())
            while self.fault is None and not self._over.wait(0.01):
                try:
                    self.answers += len(connection.execute(EDGE.encode()).fetchall())
                except psycopg.Error as err:
                    self.fault = err

    def end(self) -> None:
        self._over.set()
        self.join()


def test_nobody_waits_for_a_migration(app: Flask, empty_postgresql_url: str) -> None:
    upgrade("0001")
    put_rows("0001", ROWS)
    watch, edge = Watch(db.engine, empty_postgresql_url), Edge(empty_postgresql_url)
    edge.start()
    try:
        for revision in ("0002", "0004", "head"):
            with watch.watching():
                upgrade(revision)
            put_rows(revision, ROWS)
    finally:
        edge.end()
        watch.close()
    assert watch.complaints == []
    assert watch.statements > ROWS // 1000, "the watch saw what the migrations did"
    assert edge.fault is None
    assert edge.answers > 0
    assert {statement: read(statement) for statement in DONE} == DONE


def read(statement: str) -> int:
    return int(db.session.execute(text(statement)).scalar_one())


#: What the migrations write, and of how many rows.
DONE = {
    "SELECT count(*) FROM hosted_zone WHERE ready_at = updated_at": ROWS,
    "SELECT count(*) FROM llm_client_custom_domain WHERE next_reminder_at IS NOT NULL": ROWS // 20,
    "SELECT count(*) FROM letter JOIN users ON users.email = letter.address": ROWS,
    "SELECT count(*) FROM zone_name_server": 4 * ROWS,
    "SELECT count(*) FROM account WHERE name_key = lower(name)": ROWS // 10,
    "SELECT count(*) FROM hosted_zone WHERE problem_code = 'legacy'": ROWS // 50,
    "SELECT count(*) FROM event WHERE code = 'domain.registered' AND sentence IS NULL": ROWS,
    "SELECT count(*) FROM event WHERE code IS NULL AND sentence IS NOT NULL": ROWS,
    "SELECT count(*) FROM users WHERE password LIKE '$salted-argon2$%$argon2id$%'": ROWS // 10,
}


@pytest.fixture
def migrated(postgresql_url: str, tmp_path: Path) -> Iterator[Flask]:
    with application(postgresql_url, tmp_path) as app:
        yield app


def test_migration_lets_others_through_while_somebody_holds_its_table(
    migrated: Flask, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting for the lock it would keep every later question waiting, for as long as the other one takes."""
    flask_migrate.downgrade(directory=MIGRATIONS, revision="0018")
    monkeypatch.setattr(transactions, "LOCK_TIMEOUT_MS", 50)
    monkeypatch.setattr(transactions, "LONGEST_PAUSE", 0.1)
    tries = threading.Semaphore(0)
    monkeypatch.setattr(transactions.log, "info", lambda *_: tries.release())
    with connect(postgresql_url) as holder, connect(postgresql_url) as edge:
        edge.execute(f"SET statement_timeout = '{EDGE_TIME_OUT}'".encode())
        holder.execute("BEGIN")
        holder.execute(EDGE.encode())
        migration = threading.Thread(target=upgrade_in, args=(migrated, "0019"))
        migration.start()
        for _ in range(3):
            assert tries.acquire(timeout=60), "it tries again"
            edge.execute(EDGE.encode())
        holder.execute("COMMIT")
        migration.join()
    assert "check_history" in {one["name"] for one in inspect(db.engine).get_columns(DOMAIN)}


def upgrade_in(app: Flask, revision: str) -> None:
    with app.app_context():
        upgrade(revision)


def test_migration_that_gives_up_says_what_to_do_and_goes_on_later(
    migrated: Flask, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    flask_migrate.downgrade(directory=MIGRATIONS, revision="0020")
    monkeypatch.setattr(transactions, "LOCK_TIMEOUT_MS", 50)
    config: Any = migrate.get_config(MIGRATIONS)
    with connect(postgresql_url) as holder:
        holder.execute(f"BEGIN; LOCK TABLE {DOMAIN} IN ACCESS SHARE MODE".encode())
        pid = holder.info.backend_pid
        with monkeypatch.context() as impatient:
            impatient.setattr(transactions, "PATIENCE_SECONDS", 0.0)
            with pytest.raises(CommandError, match="goes on from here") as told:
                command.upgrade(config, "head")
    assert f"Process {pid} of the database has been idle in transaction" in str(told.value)
    command.upgrade(config, "head")
    assert "unsettled" in {one["name"] for one in inspect(db.engine).get_columns(DOMAIN)}


def schema_of(engine: Engine) -> list[tuple[Any, ...]]:
    """Everything that the database knows of its schema, constraints of SQLite in no order."""
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE tbl_name <> 'alembic_version'"
            ).all()
            return sorted((name, *sorted(_lines(sql or ""))) for name, sql in rows)
        found: list[tuple[Any, ...]] = []
        for statement in (COLUMNS, INDEXES, CONSTRAINTS, TRIGGERS, FUNCTIONS):
            found += [tuple(row) for row in connection.exec_driver_sql(statement)]
        return found


def _lines(sql: str) -> list[str]:
    return [
        line.strip().strip(",").replace('"', "").replace("(CURRENT_TIMESTAMP)", "CURRENT_TIMESTAMP")
        for line in sql.splitlines()
    ]


COLUMNS = """
SELECT table_name, ordinal_position, column_name, data_type, character_maximum_length, collation_name, is_nullable,
    column_default FROM information_schema.columns
WHERE table_schema = 'public' AND table_name <> 'alembic_version' ORDER BY 1, 3
"""
INDEXES = """
SELECT indexdef, indisvalid FROM pg_indexes JOIN pg_index ON indexrelid = to_regclass(indexname)
WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version' ORDER BY 1, 2
"""
TRIGGERS = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
FUNCTIONS = "SELECT proname FROM pg_proc WHERE proname ~ '^nameplate' ORDER BY 1"


def test_migration_that_breaks_off_anywhere_goes_on(
    empty_database_url: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Each is broken off once behind each of its steps; the schema is that of a database where none was."""
    with application(empty_database_url, tmp_path):
        breaks = sum(run_broken(script.module, db.engine, "upgrade") for script in scripts())
        assert breaks > 100
        other = create_engine(undisturbed(request, db.engine))
        found, expected = schema_of(db.engine), schema_of(other)
        other.dispose()
        assert found == expected


def undisturbed(request: pytest.FixtureRequest, engine: Engine) -> str:
    """The address of a database that all migrations have run through."""
    if engine.dialect.name == "sqlite":
        return f"sqlite:///{request.getfixturevalue('sqlite_template')}"
    return str(request.getfixturevalue("postgresql_url"))


def test_index_that_was_left_invalid_is_built_anew(app: Flask, empty_postgresql_url: str) -> None:
    with connect(empty_postgresql_url) as connection:
        connection.execute("CREATE TABLE thing AS SELECT 1 AS n FROM generate_series(1, 2)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("CREATE UNIQUE INDEX CONCURRENTLY ix_thing_n ON thing (n)")
    with db.engine.connect() as connection_:
        assert index_validity(connection_, "ix_thing_n") is False
    create: Any = Operations.create_index_online  # type: ignore[attr-defined]
    with operations(db.engine) as op, pytest.raises(IntegrityError):
        create(op, "ix_thing_n", "thing", ["n"], unique=True)
    with db.engine.connect() as connection_:
        assert index_validity(connection_, "ix_thing_n") is None, "what cannot be finished is not left behind"
    for _ in range(2):
        with operations(db.engine) as op:
            create(op, "ix_thing_n", "thing", ["n"])
    with db.engine.connect() as connection_:
        assert index_validity(connection_, "ix_thing_n") is True


def test_trigger_refuses_what_the_unique_indexes_would_while_they_are_built(app: Flask) -> None:
    *earlier, module = [script.module for script in scripts() if script.revision <= "0009"]
    for one in earlier:
        run(one, db.engine, "upgrade")
    put_account_and_name()
    with break_after("ALTER INDEX ix_llm_client_custom_domain_registrable_domain_new"), pytest.raises(Broken):
        run(module, db.engine, "upgrade")
    names = {one["name"] for one in inspect(db.engine).get_indexes(DOMAIN)}
    assert "uq_llm_client_custom_domain_verified_name" not in names
    for account, verified, constraint in ((2, True, "verified_name"), (1, False, "account_name")):
        with pytest.raises(IntegrityError, match="already") as caught:
            put_name(account, verified)
        assert caught.value.orig.diag.constraint_name == f"uq_{DOMAIN}_{constraint}"  # type: ignore[union-attr]
        db.session.rollback()
    put_name(2, verified=False)
    run(module, db.engine, "upgrade")
    with pytest.raises(IntegrityError, match="duplicate key"):
        put_name(2, verified=False)


@contextmanager
def break_after(beginning: str) -> Iterator[None]:
    """Ends the migration at the commit that follows this statement."""
    seen: list[str] = []

    def after(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(beginning):
            seen.append(statement)
        if seen and statement.startswith("COMMIT"):
            raise Broken(statement)

    event.listen(db.engine, "after_cursor_execute", after)
    try:
        yield
    finally:
        event.remove(db.engine, "after_cursor_execute", after)


def put_account_and_name() -> None:
    statement = text(
        "INSERT INTO account (id, number, name, created_at, updated_at) VALUES (:id, :no, 'x', now(), now())"
    )
    db.session.execute(statement, [{"id": 1, "no": "1"}, {"id": 2, "no": "2"}])
    put_name(1, verified=True)


def put_name(account: int, verified: bool) -> None:
    state = "verified" if verified else "pending"
    db.session.execute(
        text(
            f"INSERT INTO {DOMAIN} (account_id, domain_name, registrable_domain, state, is_verified, check_attempt,"  # noqa: S608
            " version, state_changed_at, created_at, updated_at, records_attempts) VALUES (:account, 'chat.acme.com',"
            " 'acme.com', :state, :verified, 0, 1, now(), now(), now(), 0)"
        ),
        {"account": account, "state": state, "verified": verified},
    )
    db.session.commit()


def test_second_upgrade_waits_for_the_first(app: Flask) -> None:
    waits, done = threading.Event(), threading.Event()

    def second() -> None:
        with app.app_context(), only_one(db.engine):
            done.set()

    class Heard(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "Another upgrade" in record.getMessage():
                waits.set()

    heard = Heard()
    transactions.log.addHandler(heard)
    thread = threading.Thread(target=second)
    try:
        with only_one(db.engine):
            thread.start()
            assert waits.wait(60)
            assert not done.is_set()
        assert done.wait(60)
    finally:
        transactions.log.removeHandler(heard)
        thread.join()
