"""Connections to PostgreSQL that nobody waits for without end, whatever the server or the network does."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import wait
from contextlib import closing
from typing import Any, TypeVar

import psycopg
from psycopg import generators
from psycopg.abc import PQGen
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.waiting import Ready
from sqlalchemy import Engine, event

from webapp.database import attempts
from webapp.database.circuit import Circuit, SilenceError, SlowError
from webapp.database.patience import Patience, current

RV = TypeVar("RV")

#: libpq's own limits, where the URL has none. They end what is left of a connection whose other side is gone.
LIMITS: dict[str, object] = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
}
#: Seconds for which the server waits inside a transaction for our next statement, or as long as a statement may take
#: if that is more. It would otherwise keep the locks of a process that is halted, and everybody else would wait.
IDLE_SECONDS = 60
#: How often a wait for an answer looks at the clock.
INTERVAL = 0.1
_PROBE_SECONDS = 2
_LIMITS_OF_A_TRANSACTION = (
    b"SET LOCAL statement_timeout = %d",
    b"SET LOCAL idle_in_transaction_session_timeout = %d",
)


class PatientConnection(psycopg.Connection[Any]):
    """Gives up waiting when the circuit opens, or when the statement takes longer than `patience.current` allows."""

    circuit: Circuit | None = None

    def _start_query(self) -> PQGen[None]:
        """Has the server keep the same limits, for this transaction alone: behind PgBouncer what is set for a session
        would hold for another process, too. A statement of its own for it would cost every transaction a round trip,
        and psycopg has no public place for one that costs none. A pipeline, such as that of `executemany`, takes
        single statements only, and costs none for more of them.
        """
        statement = current().statement
        in_transaction = self.pgconn.transaction_status != TransactionStatus.IDLE
        if statement is None or self.autocommit or in_transaction:
            yield from super()._start_query()
            return
        longest = round(1000 * statement)
        statement_timeout, idle = _LIMITS_OF_A_TRANSACTION
        begin = self._get_tx_start_command()
        commands = [begin, statement_timeout % longest, idle % max(longest, 1000 * IDLE_SECONDS)]
        if self._pipeline is not None:
            for command in commands:
                yield from self._exec_command(command)
            yield from self._pipeline._sync_gen()  # noqa: SLF001
            return
        self.pgconn.send_query(b"; ".join(commands))
        for result in (yield from generators.execute(self.pgconn)):
            if result.status != ExecStatus.COMMAND_OK:
                raise psycopg.errors.error_from_result(result)

    def wait(self, gen: PQGen[RV], interval: float = INTERVAL, timeout: float | None = None) -> RV:
        circuit = self.circuit
        if circuit is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(_watched(gen, circuit, current()), interval, timeout)
        except (SilenceError, SlowError) as err:
            # What comes later over this connection would be taken for the answer to another statement.
            self.close()
            raise psycopg.OperationalError(str(err)) from None


def _watched(gen: PQGen[RV], circuit: Circuit, patience: Patience) -> Generator[Any, Any, RV]:
    """`gen`, and a look at the clock each time that nothing has come. psycopg then sends `Ready.NONE`."""
    circuit.check()
    try:
        wanted = next(gen)
        watch = circuit.watch(patience)
        while True:
            ready = yield wanted
            if not ready:
                watch.look()
            elif ready & Ready.R:
                circuit.answered()
            wanted = gen.send(ready)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def make_patient(engine: Engine, seconds: float) -> Circuit:
    """Every connection of `engine` from now on. The database is taken for silent after `seconds`."""
    circuit = Circuit(seconds, lambda: _says_anything(engine, circuit))
    event.listen(
        engine, "do_connect", lambda _dialect, _record, words, named: _connect(circuit, words, named)
    )
    return circuit


def _connect(circuit: Circuit, words: Any, named: dict[str, Any]) -> PatientConnection:
    try:
        connection = _connected(
            circuit, lambda: attempts.connect(PatientConnection, words, {**LIMITS, **named})
        )
    except (SilenceError, SlowError) as err:
        raise psycopg.OperationalError(str(err)) from None
    except (OSError, RuntimeError) as err:
        # This process has no file descriptor or no thread left for it. Who asks gets 503, as for any other outage.
        raise psycopg.OperationalError(f"No connection can be made: {err}") from err
    connection.circuit = circuit
    return connection


def _connected(circuit: Circuit, connect: Callable[[], PatientConnection]) -> PatientConnection:
    """In a thread of its own: looking the server's name up is up to a resolver, which may be silent as well."""
    circuit.check()
    watch = circuit.watch(Patience(hurried=current().hurried))
    future = attempts.begin(connect)
    try:
        while not wait([future], timeout=INTERVAL).done:
            watch.look()
    except (SilenceError, SlowError):
        future.add_done_callback(attempts.close)
        raise
    fault = future.exception()
    refused = isinstance(fault, psycopg.Error) and not isinstance(fault, psycopg.errors.ConnectionTimeout)
    if fault is None or refused:
        circuit.heard()
    return future.result()


class _Briefly(psycopg.Connection[Any]):
    """A connection on which everything is answered within `_PROBE_SECONDS`, or raises `SlowError`."""

    def wait(self, gen: PQGen[RV], interval: float = INTERVAL, timeout: float | None = None) -> RV:
        return super().wait(_watched(gen, Circuit(_PROBE_SECONDS, bool), _BRIEF), interval, timeout)


_BRIEF = Patience(_PROBE_SECONDS)


class _BriefConnection(_Briefly):
    """One that ends with the fault of a connection, as SQLAlchemy expects it."""

    def wait(self, gen: PQGen[RV], interval: float = INTERVAL, timeout: float | None = None) -> RV:
        try:
            return super().wait(gen, interval, timeout)
        except SlowError as err:
            self.close()
            raise psycopg.OperationalError(str(err)) from None


def make_brief(engine: Engine) -> None:
    """Every connection of `engine` is given up after some seconds of silence, and none starts a thread."""

    @event.listens_for(engine, "do_connect")
    def _connect_briefly(_dialect: object, _record: object, words: Any, named: dict[str, Any]) -> Any:
        return _BriefConnection.connect(*words, **{**LIMITS, **named, "connect_timeout": _PROBE_SECONDS})


def _says_anything(engine: Engine, circuit: Circuit) -> bool:
    """Whether the server answers a connection of its own; a refusal is an answer.

    Behind PgBouncer a sign-in is answered by PgBouncer, and a statement waits until one of its connections is free.
    While statements of this process were answered just now, the sign-in is enough: slow statements are no silence.
    """
    words, named = engine.dialect.create_connect_args(engine.url)
    limits = {**LIMITS, **named, "connect_timeout": _PROBE_SECONDS, "autocommit": True}
    try:
        with closing(attempts.connect(_Briefly, words, limits)) as connection:
            if not circuit.is_answered_lately:
                connection.execute("SELECT 1")
    except (psycopg.errors.ConnectionTimeout, SlowError):
        return False
    except psycopg.Error:
        return True
    return True
