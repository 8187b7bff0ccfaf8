"""One prepared statement on SQLite, which reads and never writes."""

from __future__ import annotations

import sqlite3
from typing import cast

from sqlalchemy import Engine, Select

from webapp.database.patience import EDGE_SECONDS
from webapp.edge.lookup.statement import Found, text_of

#: Bytes of the file that are read as memory, and not by a system call for each page. Processes share them.
_MAPPED = 2**30


class SQLiteStatement:
    """`ask` raises what sqlite3 raises."""

    def __init__(self, engine: Engine, statement: Select[*tuple[object, ...]]) -> None:
        self._engine, self._text = engine, text_of(statement, engine.dialect)

    def connect(self) -> sqlite3.Connection:
        """Raises what SQLAlchemy raises. A reader of a log that is written ahead waits for nobody but a recovery."""
        borrowed = self._engine.raw_connection()
        connection = cast("sqlite3.Connection", borrowed.driver_connection)
        borrowed.detach()
        connection.execute(f"PRAGMA busy_timeout={round(1000 * EDGE_SECONDS)}").close()
        connection.execute("PRAGMA query_only=ON").close()
        connection.execute(f"PRAGMA mmap_size={_MAPPED}").close()
        return connection

    def ask(self, connection: sqlite3.Connection, name: str) -> Found | None:
        """To the end of the rows, which ends the reader's transaction. sqlite3 keeps the statement prepared."""
        rows = connection.execute(self._text, (name,)).fetchall()
        return rows[0] if rows else None

    @staticmethod
    def is_usable(_connection: sqlite3.Connection) -> bool:
        return True
