"""Short transactions: no change waits long for a lock, because every later question would wait behind it.

PostgreSQL queues locks. An `ALTER TABLE` that waits for one long transaction holds up all reads that come after it.
So it gives up after `LOCK_TIMEOUT_MS`, lets the others through, and tries again.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from alembic.operations import Operations
from alembic.util import CommandError
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

log = logging.getLogger("alembic.online")

#: How long others wait behind a change at most, besides the change itself.
LOCK_TIMEOUT_MS = 250
#: After how long a migration gives up, if it never gets its lock.
PATIENCE_SECONDS = 600.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
#: lock_not_available and deadlock_detected: nothing was done, and another try may succeed.
OTHERS_IN_THE_WAY = {"55P03", "40P01"}
#: Any number that no other program uses on this database for an advisory lock.
ONE_AT_A_TIME = 0x6E616D65706C6174

Result = TypeVar("Result")


def is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


@contextmanager
def outside_transaction(operations: Operations) -> Iterator[Connection]:
    """The migration's connection, which commits each statement; what the migration did before is committed."""
    with operations.get_context().autocommit_block():
        yield operations.get_bind()


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    """With SQLite it begins as a writer: one that reads first and writes then is refused at once."""
    connection.exec_driver_sql("BEGIN" if is_postgresql(connection) else "BEGIN IMMEDIATE")
    try:
        if is_postgresql(connection):
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
        yield
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        with suppress(SQLAlchemyError):  # what went wrong first is what people have to read
            connection.exec_driver_sql("ROLLBACK")
        raise


def briefly(connection: Connection, step: Callable[[], Result]) -> Result:
    """Do `step` in a transaction of its own, again and again until no lock is in the way."""
    return tried_again(connection, lambda: _once(connection, step))


def _once(connection: Connection, step: Callable[[], Result]) -> Result:
    with _transaction(connection):
        return step()


def tried_again(connection: Connection, work: Callable[[], Result]) -> Result:
    """Do `work`, which leaves nothing behind when a lock was in its way, until it succeeds."""
    until, pause = time.monotonic() + PATIENCE_SECONDS, FIRST_PAUSE
    while True:
        try:
            return work()
        except DBAPIError as err:
            if not _others_in_the_way(err):
                raise
            if time.monotonic() >= until:
                raise CommandError(_gave_up(connection)) from err
        log.info("A lock is held by somebody else; the next try follows.")
        time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - two that wait for each other shall not keep step
        pause = min(LONGEST_PAUSE, pause * 1.5)


def _others_in_the_way(err: DBAPIError) -> bool:
    code = getattr(err.orig, "sqlstate", None) or getattr(err.orig, "sqlite_errorname", "")
    return code in OTHERS_IN_THE_WAY or str(code).startswith("SQLITE_BUSY")


def _gave_up(connection: Connection) -> str:
    return (
        f"A table was locked by others for {PATIENCE_SECONDS:.0f} s, and the migration stopped so that nobody waits"
        f" behind it. Nothing is lost: what is done stays done, and the next `flask db upgrade` goes on from here."
        f"{_longest(connection)}"
    )


def _longest(connection: Connection) -> str:
    """The transactions that most likely hold the lock: the server does not tell who it was that held it."""
    if not is_postgresql(connection):
        return ""
    rows = connection.exec_driver_sql(
        "SELECT pid, state, extract(epoch FROM now() - xact_start)::int FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
        " ORDER BY xact_start LIMIT 3"
    ).all()
    return "".join(
        f" Process {pid} of the database has been {state} for {age} s." for pid, state, age in rows
    )


def take_your_time(connection: Connection) -> None:
    """No time-out of the server's ends what may take minutes, and waits for nothing that others wait for as well."""
    if is_postgresql(connection):
        with connection.begin():
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("SET lock_timeout = 0")


@contextmanager
def only_one(engine: Engine) -> Iterator[None]:
    """Wait until no other upgrade runs on this PostgreSQL: two at once would do the same steps against each other.

    It asks again and again, because who waits inside PostgreSQL has a snapshot, and an index that is built
    concurrently waits for that.
    """
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({ONE_AT_A_TIME})").scalar():
            log.warning("Another upgrade of this database is running; this one waits for its end.")
            time.sleep(1)
        try:
            yield
        finally:
            with suppress(SQLAlchemyError):  # a connection that is lost has lost its lock as well
                connection.exec_driver_sql(f"SELECT pg_advisory_unlock({ONE_AT_A_TIME})")
