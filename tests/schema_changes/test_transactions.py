"""A lock that others hold is tried for again; every other fault is not."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa
from alembic.util import CommandError
from sqlalchemy.exc import OperationalError

from webapp.schema_changes import transactions


class Refused(Exception):  # noqa: N818 - the name that a driver gives
    """What psycopg raises."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(time, "sleep", found.append)
    return found


def refusing(*codes: str) -> list[OperationalError]:
    return [OperationalError("ALTER TABLE", {}, Refused(code)) for code in codes]


def tried(connection: sa.Connection, faults: list[OperationalError]) -> str:
    def work() -> str:
        if faults:
            raise faults.pop(0)
        return "done"

    return transactions.tried_again(connection, work)


def test_it_tries_until_the_lock_is_free_at_growing_intervals(
    connection: sa.Connection, pauses: list[float]
) -> None:
    assert tried(connection, refusing("55P03", "40P01", *("55P03",) * 20)) == "done"
    assert len(pauses) == 22
    assert 0 < pauses[0] < pauses[-1] <= transactions.LONGEST_PAUSE


def test_another_fault_is_raised_at_once(connection: sa.Connection, pauses: list[float]) -> None:
    with pytest.raises(OperationalError):
        tried(connection, refusing("57014"))
    assert pauses == []


def test_it_gives_up_with_a_sentence(
    connection: sa.Connection, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "PATIENCE_SECONDS", 0.0)
    with pytest.raises(CommandError, match="the next `flask db upgrade` goes on from here"):
        tried(connection, refusing("55P03"))


def test_sqlite_that_somebody_writes_to_is_tried_again(
    tmp_path: object, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/file.sqlite")
    options = {"isolation_level": "AUTOCOMMIT"}
    with (
        engine.connect().execution_options(**options) as other,
        engine.connect().execution_options(**options) as one,
    ):
        one.exec_driver_sql("PRAGMA busy_timeout = 10")
        other.exec_driver_sql("BEGIN IMMEDIATE")
        monkeypatch.setattr(time, "sleep", lambda _: other.exec_driver_sql("ROLLBACK"))
        transactions.briefly(one, lambda: one.exec_driver_sql("CREATE TABLE made (id INTEGER)"))
        assert sa.inspect(one).has_table("made")
    engine.dispose()
