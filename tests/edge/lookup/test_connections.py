"""A few connections for many threads: none is lost, and nobody waits for long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Condition, Event, Lock

import pytest

from webapp.edge.lookup import connections
from webapp.edge.lookup.connections import Connections
from webapp.edge.lookup.statement import AwayError, Moment, Read

WAIT = 60


class Driver:
    """A statement that answers with its connection's number."""

    def __init__(self) -> None:
        self.opened: list[Driver.Connection] = []
        self.opening = Lock()
        self.broken = self.unusable = False

    class Connection:
        def __init__(self, number: int) -> None:
            self.number, self.closed, self.gone = number, False, False

        def close(self) -> None:
            self.closed = True

    def connect(self) -> Connection:
        if self.broken:
            raise OSError("nobody there")
        # Two threads that connect at once must not get one number, or one connection.
        with self.opening:
            self.opened.append(Driver.Connection(len(self.opened)))
            return self.opened[-1]

    def ask(self, connection: Connection, _name: str, since: Moment | None) -> Read | None:
        if self.broken or connection.gone:
            raise OSError("gone")
        return None if since == "now" else Read((connection.number,))

    def is_usable(self, connection: Connection) -> bool:
        return not connection.gone


def test_one_connection_is_enough_for_one_thread() -> None:
    driver = Driver()
    asked = Connections(driver)
    assert {asked.ask("a") for _ in range(20)} == {Read((0,))}
    assert len(driver.opened) == 1


def test_statement_is_told_since_when_nothing_needs_to_be_read() -> None:
    asked = Connections(Driver())
    assert (asked.ask("a", "before"), asked.ask("a", "now")) == (Read((0,)), None)


def test_connection_of_before_a_restart_is_replaced_within_the_question() -> None:
    driver = Driver()
    asked = Connections(driver)
    asked.ask("a")
    driver.opened[0].gone = True
    assert asked.ask("a") == Read((1,))
    assert driver.opened[0].closed


@pytest.mark.parametrize("first", [True, False], ids=["never connected", "connected before"])
def test_fault_is_neither_yes_nor_no_and_loses_no_place(first: bool) -> None:
    driver = Driver()
    asked = Connections(driver, most=1)
    if not first:
        asked.ask("a")
    driver.broken = True
    for _ in range(3):
        with pytest.raises(AwayError):
            asked.ask("a")
    driver.broken = False
    assert asked.ask("a") is not None
    assert all(one.closed for one in driver.opened[:-1])


class Hanging(Driver):
    def __init__(self, parties: int) -> None:
        super().__init__()
        self.inside, self.released = Barrier(parties + 1), Event()

    def ask(self, connection: Driver.Connection, name: str, since: Moment | None) -> Read | None:
        self.inside.wait(WAIT)
        assert self.released.wait(WAIT)
        return super().ask(connection, name, since)


def test_who_finds_all_connections_taken_is_refused_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "SECONDS", 0.0)
    driver = Hanging(2)
    asked = Connections(driver, most=2)
    with ThreadPoolExecutor(2) as pool:
        held = [pool.submit(asked.ask, "a") for _ in range(2)]
        driver.inside.wait(WAIT)
        with pytest.raises(AwayError):
            asked.ask("b")
        driver.released.set()
        assert {one.result(WAIT) for one in held} == {Read((0,)), Read((1,))}


def test_who_waits_gets_the_connection_that_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "SECONDS", WAIT)
    driver = Driver()
    asked = Connections(driver, most=2)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(asked.ask, "a" * 2000))
    assert set(found) <= {Read((0,)), Read((1,))}
    assert len(found) == 2000


def test_who_waits_is_told_that_a_connection_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first holds the only connection until the second waits for it."""
    monkeypatch.setattr(connections, "SECONDS", WAIT)
    driver = Driver()
    asked = Connections(driver, most=1)
    waits = Event()

    class Told(Condition):
        def wait(self, timeout: float | None = None) -> bool:
            waits.set()
            return super().wait(timeout)

    asked._given_back = Told()
    holds = Event()

    def hold(_connection: Driver.Connection, _name: str, _since: Moment | None) -> Read | None:
        if not holds.is_set():
            holds.set()
            assert waits.wait(WAIT)
        return Read((7,))

    monkeypatch.setattr(driver, "ask", hold)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(asked.ask, "a")
        assert holds.wait(WAIT)
        assert asked.ask("b") == Read((7,))
        assert first.result(WAIT) == Read((7,))


def test_too_many_that_wait_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "SECONDS", WAIT)
    driver = Hanging(1)
    asked = Connections(driver, most=1, waiting=0)
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(asked.ask, "a")
        driver.inside.wait(WAIT)
        with pytest.raises(AwayError):
            asked.ask("b")
        driver.released.set()
        held.result(WAIT)
