"""Connecting to a server, or to a resolver on the way to it, that says nothing."""

from __future__ import annotations

import time
from threading import Event
from typing import Any, NoReturn

import psycopg
import pytest

from webapp.database.circuit import Circuit, SilenceError
from webapp.database.patience import EDGE, patient
from webapp.database.postgresql import _connected

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
    assert asked.is_set()
    late.released.set()
    assert late.closed.wait(60)
