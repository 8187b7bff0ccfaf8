"""One prepared statement on PostgreSQL, by the extended query protocol and without a transaction block.

psycopg's cursors cost more than the server's answer. Here the statement is prepared once for each connection, and a
question is one message there and one back. Whoever waits looks at the clock, as `webapp.database.postgresql` does.

A PgBouncer in transaction mode gives each question to a session of its choice, in which the statement may be unknown,
or prepared already. Then it is sent with each question, which costs the server the planning.
"""

from __future__ import annotations

import hashlib
import select as polling
from collections.abc import Callable
from typing import Any

import psycopg
import structlog
from psycopg import pq
from sqlalchemy import Engine, Select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from webapp.database import attempts
from webapp.database.circuit import Circuit, SilenceError, SlowError, Watch
from webapp.database.patience import EDGE, patient
from webapp.database.postgresql import INTERVAL
from webapp.edge.lookup.statement import Found, Moment, Read, text_of

log = structlog.get_logger(__name__)

_GOOD = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)
#: The session knows no such statement; it has one already; it planned it for columns that a migration has changed.
_NOT_TO_BE_PREPARED = (
    psycopg.errors.InvalidSqlStatementName,
    psycopg.errors.DuplicatePreparedStatement,
    psycopg.errors.FeatureNotSupported,
)


class _Connection:
    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self.driver, self.pgconn = driver, driver.pgconn
        self.poll = polling.poll()
        self.poll.register(self.pgconn.socket, polling.POLLIN)

    def close(self) -> None:
        self.driver.close()


class PostgreSQLStatement:
    """A database that is silent or too slow raises `psycopg.OperationalError`, as all else that is wrong with it.

    `kinds`: what makes a Python value of each column's text.
    """

    def __init__(
        self,
        engine: Engine,
        statement: Select[*tuple[object, ...]],
        circuit: Circuit,
        kinds: tuple[Callable[[str], Any], ...],
    ) -> None:
        self._engine, self._circuit, self._kinds = engine, circuit, kinds
        dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
        self._text = text_of(statement, dialect).encode()
        # Of the text, because a session that a process of another release used may have that release's statement.
        self._name = b"nameplate_edge_" + hashlib.sha256(self._text).hexdigest()[:16].encode()
        self._is_prepared = True

    def connect(self) -> _Connection:
        with patient(EDGE):
            borrowed = self._engine.raw_connection()
        driver: Any = borrowed.driver_connection
        borrowed.detach()
        driver.autocommit = True
        connection = _Connection(driver)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def ask(self, connection: _Connection, name: str, _since: Moment | None) -> Read:
        """PostgreSQL tells no moment that would cost less than the statement."""
        self._check()
        result = self._asked(connection, [name.encode()])
        return Read(self._row_of(result) if result.ntuples else None)

    def _row_of(self, result: pq.abc.PGresult) -> Found:
        values = (result.get_value(0, at) for at in range(len(self._kinds)))
        return tuple(
            None if value is None else kind(value.decode())
            for kind, value in zip(self._kinds, values, strict=True)
        )

    def _prepare(self, connection: _Connection) -> None:
        if not self._is_prepared:
            return
        try:
            connection.pgconn.send_prepare(self._name, self._text)
            self._result(connection)
        except _NOT_TO_BE_PREPARED as err:
            self._send_it_each_time(err)

    def _asked(self, connection: _Connection, parameters: list[bytes]) -> pq.abc.PGresult:
        if self._is_prepared:
            try:
                connection.pgconn.send_query_prepared(self._name, parameters)
                return self._result(connection)
            except _NOT_TO_BE_PREPARED as err:
                self._send_it_each_time(err)
        connection.pgconn.send_query_params(self._text, parameters)
        return self._result(connection)

    def _send_it_each_time(self, error: psycopg.Error) -> None:
        self._is_prepared = False
        log.info("edge.not_prepared", reason=str(error))

    @staticmethod
    def is_usable(connection: _Connection) -> bool:
        return connection.pgconn.status == pq.ConnStatus.OK

    def _check(self) -> None:
        try:
            self._circuit.check()
        except SilenceError as err:
            raise psycopg.OperationalError(str(err)) from None

    def _result(self, connection: _Connection) -> pq.abc.PGresult:
        try:
            self._await(connection)
        except SilenceError as err:
            raise psycopg.OperationalError(str(err)) from None
        except SlowError as err:
            _cancel(connection)
            raise psycopg.OperationalError(str(err)) from None
        pgconn = connection.pgconn
        self._circuit.answered()
        result = last = pgconn.get_result()
        while last is not None:
            last = pgconn.get_result()
        if result is None or result.status not in _GOOD:
            raise (
                psycopg.errors.error_from_result(result) if result else psycopg.OperationalError("no answer")
            )
        return result

    def _await(self, connection: _Connection) -> None:
        """Until the answer has come. Raises `SilenceError` or `SlowError`."""
        pgconn, watch = connection.pgconn, None
        while pgconn.flush():
            watch = self._wait(connection, watch, polling.POLLIN | polling.POLLOUT)
        while True:
            watch = self._wait(connection, watch, polling.POLLIN)
            pgconn.consume_input()
            if not pgconn.is_busy():
                return

    def _wait(self, connection: _Connection, watch: Watch | None, events: int) -> Watch | None:
        connection.poll.modify(connection.pgconn.socket, events)
        while not connection.poll.poll(1000 * INTERVAL):
            watch = watch or self._circuit.watch(EDGE)
            watch.look()
        return watch


def _cancel(connection: _Connection) -> None:
    """Have the server end the statement, in a thread that nobody waits for. It waits for a lock, as a rule, and would
    go on waiting after we have left: with each question one more of its processes.
    """
    handle = connection.pgconn.get_cancel()
    attempts.begin(handle.cancel)
