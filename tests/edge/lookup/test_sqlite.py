"""The statement on SQLite, and when it is spared."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, column, create_engine, select, table

from webapp.edge.lookup.sqlite import SQLiteStatement
from webapp.edge.lookup.statement import Moment, Read
from webapp.edge.served_names.served import LOOK_UP

NAME = "chat.acme.test"
Commit = Callable[[], None]


def test_connection_to_sqlite_writes_nothing(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'nameplate.sqlite'}")
    with (
        closing(SQLiteStatement(engine, LOOK_UP).connect()) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.driver.execute("CREATE TABLE written (id INTEGER)")
    engine.dispose()


@pytest.fixture
def commit(tmp_path: Path) -> Commit:
    """What another process does. SQLite removes its log with the last connection to a database."""
    path = tmp_path / "nameplate.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("CREATE TABLE name (name TEXT, number INTEGER)")
        other.execute("INSERT INTO name VALUES (?, 0)", (NAME,))

    def commit() -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("UPDATE name SET number = number + 1")

    return commit


@pytest.fixture
def statement(tmp_path: Path) -> Iterator[SQLiteStatement]:
    engine = create_engine(f"sqlite:///{tmp_path / 'nameplate.sqlite'}")
    rows = table("name", column("name"), column("number"))
    yield SQLiteStatement(engine, select(rows.c.number).where(rows.c.name == bindparam("name")))
    engine.dispose()


def asked(statement: SQLiteStatement, connection: Any, since: Moment | None = None) -> Read:
    read = statement.ask(connection, NAME, since)
    assert read is not None
    return read


def test_nothing_is_read_again_until_somebody_commits(commit: Commit, statement: SQLiteStatement) -> None:
    with closing(statement.connect()) as connection:
        known = asked(statement, connection)
        assert known.found == (0,)
        for _ in range(2):
            assert statement.ask(connection, NAME, known.moment) is None
        commit()
        assert asked(statement, connection, known.moment).found == (1,)


@pytest.mark.usefixtures("commit")
def test_one_connection_takes_the_word_of_another(statement: SQLiteStatement) -> None:
    with closing(statement.connect()) as one, closing(statement.connect()) as other:
        known = asked(statement, one)
        assert statement.ask(other, NAME, known.moment) is None
        assert asked(statement, other).moment is known.moment


def test_database_without_such_a_log_is_read_each_time(tmp_path: Path, statement: SQLiteStatement) -> None:
    with closing(sqlite3.connect(tmp_path / "nameplate.sqlite", isolation_level=None)) as other:
        other.execute("CREATE TABLE name (name TEXT, number INTEGER)")
        with closing(statement.connect()) as connection:
            known = asked(statement, connection)
            assert known == Read(None, None)
            other.execute("INSERT INTO name VALUES (?, 7)", (NAME,))
            assert asked(statement, connection, known.moment).found == (7,)


STEPS = st.lists(st.sampled_from(["commit", "open", "close", 0, 1, 2]), max_size=25)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whichever_connection_is_asked_it_gives_what_was_committed_last(
    commit: Commit, statement: SQLiteStatement, steps: list[str | int]
) -> None:
    """While none of them is open, the log is removed and begun anew with a header that it had before."""
    connections: list[Any] = []
    with closing(statement.connect()) as first:
        known = asked(statement, first)
    assert known.found is not None
    expected = known.found[0]
    for step in ("open", 0, "close", "commit", "open", 0, *steps):
        if step == "commit":
            commit()
            expected += 1
        elif step == "open" or not connections:
            connections.append(statement.connect())
        elif step == "close":
            connections.pop(0).close()
        else:
            connection = connections[int(step) % len(connections)]
            known = statement.ask(connection, NAME, known.moment) or known
            assert known.found == (expected,)
    for connection in connections:
        connection.close()
