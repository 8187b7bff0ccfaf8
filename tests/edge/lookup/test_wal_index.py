"""The header of SQLite's WAL-index: that every commit changes it, and that reading it takes no lock from SQLite."""

from __future__ import annotations

import gc
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from webapp.edge.lookup import wal_index as module
from webapp.edge.lookup.wal_index import HEADER, wal_index

#: Who opens a database while nobody holds this byte of its WAL-index empties the file.
_SQLITES_BYTE = 128
_TAKE_IT = """
import fcntl, sys
with open(sys.argv[1], "r+b") as index:
    fcntl.lockf(index, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, int(sys.argv[2]))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "nameplate.sqlite"


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE name (number INTEGER)")
        yield connection


def header(connection: sqlite3.Connection) -> bytes:
    index = wal_index(connection)
    assert index is not None
    return index[:HEADER]


def test_every_commit_changes_it_and_nothing_else_does(path: Path, writer: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(path)) as reader:
        seen = {header(reader)}
        for number in range(50):
            writer.execute("BEGIN")
            writer.execute("INSERT INTO name VALUES (?)", (number,))
            reader.execute("SELECT count(*) FROM name").fetchall()
            assert header(reader) in seen, "nothing is committed yet"
            writer.execute("COMMIT")
            assert header(reader) not in seen
            seen.add(header(reader))
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        writer.execute("DELETE FROM name")
        assert header(reader) not in seen


def test_other_journals_have_none(path: Path) -> None:
    for database in (str(path), ":memory:"):
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("CREATE TABLE name (number INTEGER)")
            assert wal_index(connection) is None


@pytest.mark.usefixtures("writer")
def test_file_that_is_missing_or_of_another_version_is_not_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(path)) as connection:
        monkeypatch.setattr(module, "_VERSION", ())
        assert wal_index(connection) is None
        monkeypatch.undo()
        assert wal_index(connection) is not None
        connection.execute("SELECT * FROM name").fetchall()
        path.with_name(f"{path.name}-shm").unlink()
        assert wal_index(connection) is None


def test_sqlite_keeps_its_locks(path: Path, writer: sqlite3.Connection) -> None:
    """POSIX takes them all from a process that closes the file once."""
    index = path.with_name(f"{path.name}-shm")
    for _ in range(3):
        with closing(sqlite3.connect(path)) as connection:
            header(connection)
    gc.collect()
    assert is_locked(index)
    header(writer)
    index.open("rb").close()
    assert not is_locked(index), "nothing is shown above, if this does not take them"


def is_locked(index: Path) -> bool:
    """By SQLite in this process, as another one sees it."""
    words = [sys.executable, "-c", _TAKE_IT, str(index), str(_SQLITES_BYTE)]
    taken = subprocess.run(words, capture_output=True, check=False, text=True)
    assert taken.returncode == 0 or "BlockingIOError" in taken.stderr, taken.stderr
    return taken.returncode != 0
