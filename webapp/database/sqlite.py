"""SQLite: how long a statement waits while another process writes."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine, event

from webapp.database.patience import current

#: Seconds. A worker's commit waits longer than any page does, and so does everybody without a limit.
LONGEST = 20.0


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, record: Any) -> None:
    """WAL lets pages read while the worker writes; SQLite keeps foreign keys only when told to."""
    if not isinstance(connection, sqlite3.Connection):
        return
    for pragma in ("foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}").close()
    _wait_at_most(connection, record.info)
    connection.execute("PRAGMA journal_mode=WAL").close()


def make_patient(engine: Engine) -> None:
    event.listen(engine, "begin", _begin)


def _begin(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        _wait_at_most(driver, connection.connection.record_info or {})


def _wait_at_most(connection: sqlite3.Connection, info: dict[Any, Any]) -> None:
    """As long as `patience.current` allows. The pragma is left out where it would change nothing."""
    statement = current().statement
    milliseconds = round(1000 * min(LONGEST, LONGEST if statement is None else statement))
    if info.get("busy_timeout") != milliseconds:
        connection.execute(f"PRAGMA busy_timeout={milliseconds}").close()
        info["busy_timeout"] = milliseconds
