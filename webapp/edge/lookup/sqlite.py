"""One prepared statement on SQLite, which reads and never writes."""

from __future__ import annotations

import sqlite3
from mmap import mmap
from typing import NamedTuple, cast

from sqlalchemy import Engine, Select

from webapp.database.patience import EDGE_SECONDS
from webapp.edge.lookup.statement import Moment, Read, text_of
from webapp.edge.lookup.wal_index import HEADER, wal_index

#: Bytes of the file that are read as memory, and not by a system call for each page. Processes share them.
_MAPPED = 2**30


class _Connection(NamedTuple):
    driver: sqlite3.Connection
    wal_index: mmap | None

    def close(self) -> None:
        self.driver.close()


class SQLiteStatement:
    """`ask` raises what sqlite3 raises.

    A moment is the header of the WAL-index, which every commit changes. One from before the last connection was
    opened is worth nothing: until then the process may have had none, and others may have made the file anew.
    """

    def __init__(self, engine: Engine, statement: Select[*tuple[object, ...]]) -> None:
        self._engine, self._text = engine, text_of(statement, engine.dialect)
        self._opened_last = object()
        self._last: Moment = None

    def connect(self) -> _Connection:
        """Raises what SQLAlchemy raises. A reader of a log that is written ahead waits for nobody but a recovery."""
        borrowed = self._engine.raw_connection()
        driver = cast("sqlite3.Connection", borrowed.driver_connection)
        borrowed.detach()
        try:
            driver.execute(f"PRAGMA busy_timeout={round(1000 * EDGE_SECONDS)}").close()
            driver.execute("PRAGMA query_only=ON").close()
            driver.execute(f"PRAGMA mmap_size={_MAPPED}").close()
            connection = _Connection(driver, wal_index(driver))
        except BaseException:
            driver.close()
            raise
        self._opened_last = object()
        return connection

    def ask(self, connection: _Connection, name: str, since: Moment | None) -> Read | None:
        """To the end of the rows, which ends the reader's transaction. sqlite3 keeps the statement prepared."""
        driver, index = connection
        moment = self._moment(index) if index is not None else None
        if moment is not None and moment == since:
            return None
        rows = driver.execute(self._text, (name,)).fetchall()
        return Read(rows[0] if rows else None, moment)

    def _moment(self, index: mmap) -> Moment:
        """The one of before, if it is equal, so that names that were read at one moment share it."""
        moment, last = (self._opened_last, index[:HEADER]), self._last
        if moment == last:
            return last
        self._last = moment
        return moment

    @staticmethod
    def is_usable(_connection: _Connection) -> bool:
        return True
