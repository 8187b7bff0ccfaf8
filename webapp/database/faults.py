"""What an exception of the database says of it: whether it is away, or we are wrong."""

from __future__ import annotations

import sqlite3

import psycopg
from psycopg import errors
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

#: The server says itself that it cannot now, or that somebody else is in the way. Classes of SQLSTATE: connections,
#: resources (a full disk, too many connections), an operator's doing (a shutdown, a time-out), system errors.
_CLASSES = ("08", "53", "57", "58")
_STATES = frozenset(
    {errors.LockNotAvailable.sqlstate, errors.DeadlockDetected.sqlstate, errors.SerializationFailure.sqlstate}
    | {errors.IdleInTransactionSessionTimeout.sqlstate, errors.ReadOnlySqlTransaction.sqlstate}
)
_OF_SQLITE = (
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_IOERR",
    "SQLITE_CANTOPEN",
    "SQLITE_FULL",
    "SQLITE_READONLY",
)
_BROKEN = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


def is_away(error: BaseException | None) -> bool:
    """Whether the same may work in a moment: the database cannot be reached, is silent, is locked, or has no room."""
    if isinstance(error, PoolTimeoutError):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or is_away(error.orig)
    if isinstance(error, psycopg.OperationalError | psycopg.InternalError | psycopg.InterfaceError):
        # Without a state, it is libpq that speaks: there is no connection.
        return error.sqlstate is None or error.sqlstate.startswith(_CLASSES) or error.sqlstate in _STATES
    return _name_in_sqlite(error).startswith(_OF_SQLITE)


def is_broken(error: BaseException | None) -> bool:
    """Whether a file of SQLite cannot be read as one, which does not pass by itself."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return _name_in_sqlite(original).startswith(_BROKEN)


def _name_in_sqlite(error: BaseException | None) -> str:
    return (getattr(error, "sqlite_errorname", None) or "") if isinstance(error, sqlite3.Error) else ""


def reason_of(error: BaseException) -> str:
    """Its first line, in the words of the database."""
    found = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return str(found).strip().partition("\n")[0] or type(found).__name__
