"""Connecting to a server, or to a resolver on the way to it, that says nothing."""

from __future__ import annotations

import errno
import time
from threading import Event
from typing import Any, NoReturn

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from webapp.database import attempts
from webapp.database.circuit import LATELY, Circuit, SilenceError, SlowError
from webapp.database.faults import is_away
from webapp.database.patience import EDGE, patient
from webapp.database.postgresql import _connected, _says_anything, make_patient

LONG_AGO = -1e9


def raising(error: Exception) -> Any:
    def connect() -> NoReturn:
        raise error

    return connect


def test_connection_that_timed_out_is_no_sign_of_life_and_one_that_was_refused_is() -> None:
    circuit = Circuit(60.0, lambda: True)
    with pytest.raises(psycopg.errors.ConnectionTimeout):
        _connected(circuit, raising(psycopg.errors.ConnectionTimeout("connection timeout expired")))
    assert circuit.quiet_since(LONG_AGO) == LONG_AGO
    with pytest.raises(psycopg.OperationalError):
        _connected(circuit, raising(psycopg.OperationalError("connection refused")))
    assert circuit.quiet_since(LONG_AGO) > LONG_AGO


@pytest.mark.parametrize(
    "fault", [OSError(errno.EMFILE, "Too many open files"), RuntimeError("can't start new thread")]
)
def test_process_that_has_nothing_left_to_connect_with_is_an_outage_and_has_heard_nothing(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    monkeypatch.setattr(attempts, "connect", lambda *_: raising(fault)())
    engine = create_engine("postgresql+psycopg://one,two/nameplate")
    circuit = make_patient(engine, 60.0)
    with pytest.raises(OperationalError, match="No connection can be made") as away:
        engine.connect()
    assert is_away(away.value)
    assert circuit.quiet_since(LONG_AGO) == LONG_AGO


class Late:
    """A connection that is there after everybody has gone."""

    def __init__(self) -> None:
        self.released, self.closed = Event(), Event()

    def connect(self) -> Any:
        assert self.released.wait(60)
        return self

    def close(self) -> None:
        self.closed.set()


def test_connection_that_comes_too_late_is_closed() -> None:
    late, asked = Late(), Event()

    def silent() -> bool:
        asked.set()
        time.sleep(0.01)
        return late.released.is_set()

    circuit = Circuit(0.2, silent)
    with patient(EDGE), pytest.raises(SilenceError):
        _connected(circuit, late.connect)
    assert asked.wait(60)
    late.released.set()
    assert late.closed.wait(60)


class FullPool:
    """A connection to a PgBouncer all of whose own connections are busy: signed in, and nothing answers."""

    def execute(self, _statement: str) -> NoReturn:
        raise SlowError("nothing in time")

    def close(self) -> None:
        pass


def test_full_pool_is_no_silence_while_statements_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "connect", lambda *_: FullPool())
    engine, now = create_engine("postgresql+psycopg://pgbouncer/nameplate"), [0.0]
    circuit = Circuit(2.0, bool, clock=lambda: now[0])
    assert not _says_anything(engine, circuit), "nothing was ever answered"
    circuit.answered()
    now[0] += LATELY * 2.0 - 0.1
    circuit.heard()
    assert _says_anything(engine, circuit)
    now[0] += 0.2
    assert not _says_anything(engine, circuit), "a sign-in alone proves nothing for long"
