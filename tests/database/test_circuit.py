"""When the database is taken for silent, and when it is heard again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from webapp.database.circuit import Circuit, SilenceError, SlowError
from webapp.database.patience import GRACE, UNHURRIED, Patience

SECONDS = 2.0
PAGE = Patience(statement=10.0, hurried=True)


class World:
    """A clock that the test moves, and a database that answers the other connection or not."""

    def __init__(self, answers: bool) -> None:
        self.now = 100.0
        self.answers = answers
        self.asked = 0
        self.started: list[Callable[[], None]] = []
        self.circuit = Circuit(
            SECONDS, self.probe, clock=lambda: self.now, start=self.started.append, sleep=self.sleep
        )

    def probe(self) -> bool:
        self.asked += 1
        return self.answers

    def sleep(self, _seconds: float) -> None:
        """The other connection was asked in vain; the next time it is heard."""
        self.answers = True

    def after(self, seconds: float) -> None:
        self.now += seconds


def test_wait_that_is_short_doubts_nothing() -> None:
    world = World(answers=False)
    watch = world.circuit.watch(PAGE)
    world.after(SECONDS / 2 - 0.1)
    watch.look()
    assert not world.started


def test_silence_on_both_connections_opens_the_circuit_until_one_is_heard() -> None:
    world = World(answers=False)
    first, second = world.circuit.watch(PAGE), world.circuit.watch(PAGE)
    world.after(SECONDS / 2)
    first.look()
    second.look()
    assert len(world.started) == 1, "one other connection asks for all"
    world.after(SECONDS / 2)
    with pytest.raises(SilenceError, match=r"has not answered for 2\.0 seconds"):
        first.look()
    with pytest.raises(SilenceError):
        second.look()
    with pytest.raises(SilenceError):
        world.circuit.check()
    world.started.pop()()
    assert world.asked == 2
    assert not world.circuit.is_open
    world.circuit.check()
    world.circuit.watch(PAGE).look()


def test_statement_that_waits_for_a_lock_is_no_silence_while_others_are_answered() -> None:
    world = World(answers=True)
    watch = world.circuit.watch(PAGE)
    for _ in range(9):
        world.after(SECONDS / 2)
        watch.look()
        if world.started:
            world.started.pop()()
    assert not world.circuit.is_open
    assert world.asked


def test_statement_that_is_too_slow_ends_alone() -> None:
    """The server was to end it by itself, and has a moment more for that."""
    world = World(answers=True)
    watch = world.circuit.watch(Patience(statement=1.4, hurried=True))
    for _ in range(4):
        world.after(0.35)
        world.circuit.heard()
        watch.look()
    world.after(GRACE + 0.1)
    world.circuit.heard()
    with pytest.raises(SlowError):
        watch.look()
    assert not world.circuit.is_open


def test_who_waits_for_nobody_waits_longer_and_without_end_for_a_statement() -> None:
    world = World(answers=False)
    watch = world.circuit.watch(Patience())
    world.after(SECONDS * UNHURRIED / 2 - 0.1)
    watch.look()
    assert not world.started
    for _ in range(1000):
        world.after(3600)
        world.circuit.heard()
        watch.look()
    world.after(SECONDS * UNHURRIED / 2)
    watch.look()
    world.after(SECONDS * UNHURRIED / 2)
    with pytest.raises(SilenceError):
        watch.look()


def test_answer_on_any_connection_closes_the_circuit() -> None:
    world = World(answers=False)
    watch = world.circuit.watch(PAGE)
    world.after(SECONDS / 2)
    watch.look()
    world.after(SECONDS / 2)
    with pytest.raises(SilenceError):
        watch.look()
    world.circuit.heard()
    world.circuit.check()


def test_probe_that_breaks_asks_again_and_closes_the_circuit_in_the_end() -> None:
    """As when no file descriptor is free: psycopg raises what is no word of the database."""
    world = World(answers=True)
    faults = [OSError(24, "Too many open files")]

    def probe() -> bool:
        if faults:
            raise faults.pop()
        return True

    circuit = Circuit(SECONDS, probe, clock=lambda: world.now, start=world.started.append, sleep=world.sleep)
    watch = circuit.watch(PAGE)
    world.after(SECONDS / 2)
    watch.look()
    world.after(SECONDS / 2)
    with pytest.raises(SilenceError):
        watch.look()
    world.started.pop()()
    assert not circuit.is_open
    circuit.check()


def test_thread_that_cannot_be_started_is_tried_for_again() -> None:
    world = World(answers=True)
    refusals = [RuntimeError("can't start new thread")]

    def start(work: Callable[[], None]) -> None:
        if refusals:
            raise refusals.pop()
        world.started.append(work)

    circuit = Circuit(SECONDS, world.probe, clock=lambda: world.now, start=start, sleep=world.sleep)
    watch = circuit.watch(PAGE)
    world.after(SECONDS / 2)
    watch.look()
    watch.look()
    assert len(world.started) == 1
