"""Which tasks may occupy a worker's threads, so that silent servers never occupy all of them, and which show that the
schedule runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from types import ModuleType

import pytest
from flask import Flask

from tests.factories import make_domain, make_zone
from webapp.certificates import tasks as certificate_tasks
from webapp.checks import record, request, tasks
from webapp.extensions import db
from webapp.health.status import Component
from webapp.jobs import clock
from webapp.models import Account, CheckOrigin, SystemStatus, utcnow
from webapp.removal import tasks as removal_tasks
from webapp.zones import tasks as zone_tasks

LONG = 60.0


@pytest.fixture
def silence() -> Iterator[threading.Event]:
    """Until it is set, whatever was begun waits."""
    over = threading.Event()
    yield over
    over.set()


@pytest.fixture
def threads(silence: threading.Event) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool
        silence.set()


def waits_in(silence: threading.Event, begun: threading.Semaphore) -> Callable[[int], bool]:
    def wait(_row_id: int) -> bool:
        begun.release()
        silence.wait(LONG)
        return False

    return wait


@pytest.mark.parametrize(
    ("room", "task", "step"),
    [
        (zone_tasks, "set_up_zone", "_set_up_in_turn"),
        (removal_tasks, "see_zone_off", "_see_off"),
        (certificate_tasks, "see_to_certificate", "_see_to"),
    ],
)
def test_steps_that_wait_leave_threads_free(
    room: ModuleType,
    task: str,
    step: str,
    silence: threading.Event,
    threads: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = threading.Semaphore(0)
    monkeypatch.setattr(room, step, waits_in(silence, begun))
    run = getattr(room, task).run
    waiting: list[Future[None]] = [threads.submit(run, number) for number in range(2)]
    for _ in waiting:
        assert begun.acquire(timeout=LONG)
    threads.submit(run, 3).result(timeout=LONG)
    assert not begun.acquire(blocking=False), "a third one is left to the next sweep"
    assert not any(one.done() for one in waiting)
    silence.set()
    for one in waiting:
        one.result(timeout=LONG)
    run(4)
    assert begun.acquire(timeout=LONG), "a place that was held is free again"


def test_check_that_is_pressed_while_another_waits_shares_a_round(
    silence: threading.Event, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Semaphore(0)
    shared: list[bool] = []
    monkeypatch.setattr(record, "take", lambda check_id, _now: waits_in(silence, begun)(check_id) or None)
    monkeypatch.setattr(db.session, "commit", lambda: None)
    monkeypatch.setattr(clock, "now", utcnow)
    monkeypatch.setattr(tasks, "_run_waiting", lambda *, scheduled: shared.append(scheduled))
    first = threads.submit(tasks.run_check.run, 1)
    assert begun.acquire(timeout=LONG)
    threads.submit(tasks.run_check.run, 2).result(timeout=LONG)
    assert (shared, first.done()) == ([False], False)


def worker_status() -> SystemStatus | None:
    return db.session.get(SystemStatus, Component.WORKER.value, populate_existing=True)


def test_check_that_somebody_asked_for_is_no_sign_that_the_schedule_runs(account: Account) -> None:
    domain = make_domain(account)
    make_zone(domain)
    pressed = request.open_new_check(domain, CheckOrigin.SCHEDULE, utcnow()).check.id
    db.session.commit()
    tasks.run_check.run(pressed)
    assert worker_status() is None
    request.open_new_check(domain, CheckOrigin.SCHEDULE, utcnow())
    db.session.commit()
    tasks.run_waiting_checks.run()
    assert worker_status() is not None


def test_every_sweep_is_a_sign_of_life(app: Flask, queued: list[tuple[str, tuple[object, ...]]]) -> None:
    for sweep in (tasks.sweep, zone_tasks.sweep_zones):
        sweep.run()
        found = worker_status()
        assert found is not None
        assert found.last_ok_at is not None
        assert found.last_ok_at > utcnow() - timedelta(seconds=30)
        db.session.delete(found)
        db.session.commit()
