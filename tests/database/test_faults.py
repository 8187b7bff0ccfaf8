"""Which exceptions say that the database is away, and which that we are wrong."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from webapp.database.faults import is_away, is_broken, reason_of


def wrapped(original: Exception) -> DBAPIError:
    return OperationalError("SELECT 1", {}, original)


def of_sqlite(name: str, kind: type[sqlite3.Error] = sqlite3.OperationalError) -> sqlite3.Error:
    error = kind("words of SQLite")
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    "original",
    [
        psycopg.OperationalError("connection refused"),
        errors.ConnectionTimeout("connection timeout expired"),
        errors.AdminShutdown(),
        errors.CannotConnectNow(),
        errors.QueryCanceled(),
        errors.TooManyConnections(),
        errors.DiskFull(),
        errors.LockNotAvailable(),
        errors.DeadlockDetected(),
        errors.IdleInTransactionSessionTimeout(),
        errors.ReadOnlySqlTransaction(),
        of_sqlite("SQLITE_BUSY"),
        of_sqlite("SQLITE_BUSY_SNAPSHOT"),
        of_sqlite("SQLITE_IOERR_READ"),
        of_sqlite("SQLITE_CANTOPEN"),
        of_sqlite("SQLITE_FULL"),
    ],
    ids=lambda error: getattr(error, "sqlite_errorname", type(error).__name__),
)
def test_database_that_is_away(original: Exception) -> None:
    assert is_away(wrapped(original))
    assert is_away(original)


@pytest.mark.parametrize(
    "original",
    [
        errors.UndefinedTable(),
        errors.NumericValueOutOfRange(),
        errors.InsufficientPrivilege(),
        of_sqlite("SQLITE_ERROR"),
        of_sqlite("SQLITE_CORRUPT", sqlite3.DatabaseError),
        ValueError("ours"),
    ],
    ids=lambda error: getattr(error, "sqlite_errorname", type(error).__name__),
)
def test_fault_of_ours(original: Exception) -> None:
    assert not is_away(wrapped(original))
    assert not is_away(original)


def test_other_faults() -> None:
    assert is_away(PoolTimeoutError())
    assert not is_away(IntegrityError("INSERT", {}, errors.UniqueViolation()))
    assert not is_away(None)
    lost = DBAPIError("SELECT 1", {}, errors.UndefinedTable(), connection_invalidated=True)
    assert is_away(lost)
    assert is_broken(wrapped(of_sqlite("SQLITE_NOTADB", sqlite3.DatabaseError)))
    assert not is_broken(wrapped(of_sqlite("SQLITE_BUSY")))


def test_reason_is_one_line() -> None:
    assert reason_of(wrapped(psycopg.OperationalError("gone\nand more"))) == "gone"
    assert reason_of(ConnectionError()) == "ConnectionError"
