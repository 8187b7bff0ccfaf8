"""The sandbox's memory: one SQLite file, read and written by the server and by the commands alike."""

from __future__ import annotations

import contextlib
import queue
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from webapp.config.places import INSTANCE

DEFAULT_PATH = INSTANCE / "sandbox.sqlite"

_VERSION = 4
_SCHEMA = """
CREATE TABLE provider_zone (
    name TEXT PRIMARY KEY,
    serial INTEGER NOT NULL DEFAULT 2
);
CREATE TABLE provider_record (
    id INTEGER PRIMARY KEY,
    zone TEXT NOT NULL REFERENCES provider_zone (name),
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    ttl INTEGER NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (name, type, value)
);
CREATE INDEX provider_record_zone ON provider_record (zone);
CREATE TABLE hosted_zone (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    sort_key TEXT NOT NULL,
    caller_reference TEXT NOT NULL UNIQUE,
    comment TEXT,
    served_from REAL NOT NULL,
    served_until REAL,
    deleted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX hosted_zone_name ON hosted_zone (name);
CREATE TABLE hosted_zone_server (
    zone_id TEXT NOT NULL REFERENCES hosted_zone (id),
    number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (zone_id, number)
);
CREATE TABLE hosted_record (
    id INTEGER PRIMARY KEY,
    zone_id TEXT NOT NULL REFERENCES hosted_zone (id),
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    sort_key TEXT NOT NULL,
    ttl INTEGER,
    content TEXT NOT NULL,
    served_from REAL NOT NULL,
    served_until REAL
);
CREATE UNIQUE INDEX hosted_record_current ON hosted_record (zone_id, sort_key, type)
    WHERE served_until IS NULL;
CREATE TABLE change (
    id TEXT PRIMARY KEY,
    submitted_at REAL NOT NULL,
    in_sync_at REAL NOT NULL,
    comment TEXT
);
CREATE TABLE tag (
    zone_id TEXT NOT NULL REFERENCES hosted_zone (id),
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (zone_id, key)
);
"""
#: What came with version 2. A file of version 1 gets it added and keeps what it holds.
_CERTIFICATES = """
CREATE TABLE certificate (
    arn TEXT PRIMARY KEY,
    region TEXT NOT NULL,
    domain_name TEXT NOT NULL,
    token TEXT,
    requested_at REAL NOT NULL,
    record_from REAL NOT NULL,
    validation_name TEXT NOT NULL,
    validation_value TEXT NOT NULL,
    status TEXT NOT NULL,
    validated INTEGER NOT NULL DEFAULT 0,
    failure_reason TEXT,
    issued_at REAL,
    not_after REAL
);
CREATE TABLE certificate_tag (
    arn TEXT NOT NULL REFERENCES certificate (arn) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (arn, key)
);
"""
#: What came with version 3.
_REGISTRAR = """
CREATE TABLE registrar_server (
    domain TEXT NOT NULL,
    server TEXT NOT NULL,
    PRIMARY KEY (domain, server)
);
"""
#: What came with version 4: the switches of a zone, the proxy, and the targets of the edge.
_SWITCHES = """
ALTER TABLE provider_zone ADD COLUMN provider TEXT NOT NULL DEFAULT 'registrar';
ALTER TABLE provider_zone ADD COLUMN flatten TEXT NOT NULL DEFAULT 'off';
ALTER TABLE provider_zone ADD COLUMN appends INTEGER NOT NULL DEFAULT 1;
ALTER TABLE provider_record ADD COLUMN proxied INTEGER NOT NULL DEFAULT 0;
CREATE TABLE edge_record (
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    ttl INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name, type, value)
);
CREATE TABLE edge_serial (serial INTEGER NOT NULL);
INSERT INTO edge_serial VALUES (1);
"""


class StoreError(Exception):
    """The file cannot be used. The message is a sentence for the person who started the sandbox."""


class Store:
    """Connections to the file, kept and lent to one thread at a time."""

    def __init__(self, path: Path = DEFAULT_PATH) -> None:
        self.path = path
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._prepare()
        except (OSError, sqlite3.Error) as err:
            raise StoreError(f"The sandbox cannot keep its data in {path}: {err}.") from err

    def _prepare(self) -> None:
        with self._lent() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        with self.writing() as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version not in range(_VERSION + 1):
                raise StoreError(f"{self.path} was written by another version of the sandbox. Move it away.")
            for missing in (_SCHEMA, _CERTIFICATES, _REGISTRAR, _SWITCHES)[version:]:
                for statement in missing.split(";")[:-1]:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {_VERSION}")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    @contextlib.contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._connect()
        try:
            yield connection
        finally:
            self._idle.put(connection)

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view of the data."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A change that happens whole or, when the block raises, not at all."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lent() as connection:
            connection.execute(begin)
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close the idle connections. The store can be used again; it opens new ones."""
        while not self._idle.empty():
            self._idle.get_nowait().close()
