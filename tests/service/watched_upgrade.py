"""An upgrade under watch: who would have to wait for it after each of its statements, and what it writes anew.

It watches locks and storage and no clock, so that it tells the same with a thousand rows as with a million.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors, sql
from sqlalchemy import Engine, event, make_url

from webapp.schema_changes.batches import AT_ONCE

#: What takes a moment, however many rows there are. Their `CREATE INDEX` is that of a new table.
MOMENTARY = re.compile(
    r"(ALTER TABLE|CREATE TABLE|DROP TABLE|DROP INDEX|ALTER INDEX|CREATE TRIGGER|DROP TRIGGER|DROP FUNCTION"
    r"|CREATE OR REPLACE FUNCTION|CREATE (UNIQUE )?INDEX)",
)
#: A zone has four name servers.
MOST_ROWS = 4 * AT_ONCE
#: Complaints, after which it looks no longer: asking after each of thousands of statements takes minutes.
ENOUGH = 20


def connect(url: str) -> psycopg.Connection[Any]:
    parts = make_url(url)
    where = {"host": str(parts.query["host"]), "port": str(parts.query["port"])}
    return psycopg.connect(user=parts.username, dbname=parts.database, autocommit=True, **where)  # type: ignore[arg-type]


class Watch:
    """`complaints` are what a migration must not do while others wait for it."""

    def __init__(self, engine: Engine, url: str) -> None:
        self.complaints: list[str] = []
        self.statements = 0
        self._probe = connect(url)
        self._engine = engine
        self._storage: dict[int, int] = {}
        self._waiting = False

    @contextmanager
    def watching(self) -> Iterator[None]:
        event.listen(self._engine, "before_cursor_execute", self._before)
        event.listen(self._engine, "after_cursor_execute", self._after)
        try:
            yield
        finally:
            event.remove(self._engine, "before_cursor_execute", self._before)
            event.remove(self._engine, "after_cursor_execute", self._after)

    def close(self) -> None:
        self._probe.close()

    def _before(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        text = statement.strip()
        if len(self.complaints) > ENOUGH:
            return
        if text.startswith("BEGIN"):
            self._storage = self._files()
        if self._waiting and not self._is_momentary(text):
            self.complaints.append(f"others wait for: {text}")

    def _after(self, _connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        text = statement.strip()
        self.statements += 1
        if len(self.complaints) > ENOUGH:
            return
        if text.startswith(("UPDATE", "INSERT", "DELETE")) and cursor.rowcount > MOST_ROWS:
            self.complaints.append(f"{cursor.rowcount} rows at once: {text}")
        self._waiting = self._others_wait()
        if self._waiting and not self._is_momentary(text):
            self.complaints.append(f"others wait after: {text}")
        if text.startswith("COMMIT") and (new := self._written_anew()):
            self.complaints.append(f"written anew under a lock: {', '.join(new)}")

    @staticmethod
    def _is_momentary(text: str) -> bool:
        """Reading the catalogue is, and the end of the transaction."""
        reads_catalogue = text.startswith("SELECT") and "pg_" in text
        return (
            bool(MOMENTARY.match(text)) or text.startswith(("SET", "COMMIT", "ROLLBACK")) or reads_catalogue
        )

    def _tables(self) -> list[str]:
        found = self._probe.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return [name for (name,) in found.fetchall() if name != "alembic_version"]

    def _others_wait(self) -> bool:
        """Whether a write in any table has to wait for a lock of the whole table."""
        tables = sql.SQL(", ").join(map(sql.Identifier, self._tables()))
        try:
            with self._probe.transaction():
                self._probe.execute("SET LOCAL lock_timeout = 20")
                self._probe.execute(sql.SQL("LOCK TABLE {} IN ROW EXCLUSIVE MODE").format(tables))
        except (errors.LockNotAvailable, errors.UndefinedTable):
            return True
        return False

    def _files(self) -> dict[int, int]:
        """The file of every table and index, by its number, with the table that it belongs to."""
        found = self._probe.execute(
            "SELECT relfilenode, coalesce(indrelid, pg_class.oid) FROM pg_class"
            " LEFT JOIN pg_index ON indexrelid = pg_class.oid"
            " WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace"
        )
        return dict(found.fetchall())

    def _written_anew(self) -> list[str]:
        """Tables of before that have a new file, or an index with one."""
        old = set(self._storage.values())
        new = {table for file, table in self._files().items() if file not in self._storage and table in old}
        return [str(table) for table in sorted(new)]
