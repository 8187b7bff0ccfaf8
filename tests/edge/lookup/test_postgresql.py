"""The statement on PostgreSQL, as far as no server is needed (`tests/service/test_edge_statement.py` has one)."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import create_engine

from webapp.database.circuit import Circuit
from webapp.edge.lookup.postgresql import PostgreSQLStatement
from webapp.edge.served_names.served import LOOK_UP


def test_postgresql_that_is_silent_is_not_asked() -> None:
    circuit = Circuit(2.0, lambda: False, start=lambda _: None)
    circuit.open(circuit.doubt())
    engine = create_engine("postgresql+psycopg://nobody@nowhere.invalid/none")
    statement = PostgreSQLStatement(engine, LOOK_UP, circuit, (int, str, str, bool))
    with pytest.raises(psycopg.OperationalError, match="has not answered"):
        statement.ask(None, "chat.acme.test", None)  # type: ignore[arg-type]
