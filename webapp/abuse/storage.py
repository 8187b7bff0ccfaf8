"""Counters of rate limits: in a SQLite file, which all processes of one machine share, or in Redis.

Memory would give each gunicorn worker a count of its own, so that a limit were multiplied by their number and gone
with a restart.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from limits.storage import RedisStorage, Storage

#: Seconds. While another process writes, a request waits this long before its limits are counted in memory.
PATIENCE = 1.0
#: Seconds between two deletions of counters that have run out.
_PRUNE_EVERY = 600.0

SCHEME = "nameplate+sqlite"
#: Stands before the scheme that `limits` knows.
REDIS = "nameplate"
#: The counter that a store is tried with, and for how many seconds it is kept.
_TRIAL = "store-is-written"
_TRIAL_LASTS = 60
_TABLE = """
CREATE TABLE IF NOT EXISTS hit (key TEXT PRIMARY KEY, count INTEGER NOT NULL, ends REAL NOT NULL) WITHOUT ROWID
"""
_COUNT = """
INSERT INTO hit (key, count, ends) VALUES (:key, :amount, :ends)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN ends <= :now THEN :amount ELSE count + :amount END,
    ends = CASE WHEN ends <= :now THEN :ends ELSE ends END
RETURNING count
"""


class SqliteStorage(Storage):
    """Fixed windows, of which each begins with its first hit. `limits` finds this class by its scheme."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 - its base class has it as an instance variable

    def __init__(self, uri: str, wrap_exceptions: bool = False, **_options: float | str | bool) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._path = Path(unquote(urlsplit(uri).path))
        self._pruned_at = 0.0

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return (sqlite3.Error, OSError)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = time.time()
        with self._open() as connection:
            self._prune(connection, now)
            values = {"key": key, "amount": amount, "now": now, "ends": now + expiry}
            return int(connection.execute(_COUNT, values).fetchone()[0])

    def get(self, key: str) -> int:
        return int(self._one("SELECT count FROM hit WHERE key = ? AND ends > ?", key, time.time()) or 0)

    def get_expiry(self, key: str) -> float:
        now = time.time()
        return float(self._one("SELECT ends FROM hit WHERE key = ? AND ends > ?", key, now) or now)

    def check(self) -> bool:
        return _is_written(self)

    def reset(self) -> int | None:
        with self._open() as connection:
            return connection.execute("DELETE FROM hit").rowcount

    def clear(self, key: str) -> None:
        with self._open() as connection:
            connection.execute("DELETE FROM hit WHERE key = ?", (key,))

    def _one(self, statement: str, *values: object) -> Any:
        if not self._path.exists():
            return None
        with self._open() as connection:
            row = connection.execute(statement, values).fetchone()
        return row[0] if row else None

    def _prune(self, connection: sqlite3.Connection, now: float) -> None:
        if now - self._pruned_at > _PRUNE_EVERY:
            self._pruned_at = now
            connection.execute("DELETE FROM hit WHERE ends <= ?", (now,))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own for each question: gunicorn's threads and forks share none."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        with closing(sqlite3.connect(self._path, timeout=PATIENCE)) as connection, connection:
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute(_TABLE)
            yield connection


class WrittenRedis(RedisStorage):
    """Redis, which is well when it can be written: a replica, or one without room, still answers a ping."""

    STORAGE_SCHEME = [f"{REDIS}+{scheme}" for scheme in ("redis", "rediss", "redis+unix")]  # noqa: RUF012 - as above

    def __init__(self, uri: str, **options: Any) -> None:
        super().__init__(uri.removeprefix(f"{REDIS}+"), **options)

    def check(self) -> bool:
        return _is_written(self)


def _is_written(store: Storage) -> bool:
    """Whether the store counts. One that only reads would be taken for one that has recovered."""
    try:
        store.incr(_TRIAL, _TRIAL_LASTS)
    except store.base_exceptions:
        return False
    return True
