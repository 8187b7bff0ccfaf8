"""The statement on SQLite."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from webapp.edge.lookup.sqlite import SQLiteStatement
from webapp.edge.served_names.served import LOOK_UP


def test_connection_to_sqlite_writes_nothing(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'nameplate.sqlite'}")
    with (
        closing(SQLiteStatement(engine, LOOK_UP).connect()) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.execute("CREATE TABLE written (id INTEGER)")
    engine.dispose()
