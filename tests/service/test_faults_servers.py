"""Broker and database that go away and come back, the broker with nothing in it."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest

from tests.service.faults import Installation, due_now, eventually
from webapp.audit.log import COMMAND
from webapp.checks import queries, request
from webapp.checks.tasks import run_check
from webapp.extensions import db, settings
from webapp.models import CheckOrigin, DomainState, utcnow
from webapp.runtime.queue import queue

#: More than Celery makes by default before it ends.
TRIES = 110


@pytest.fixture(autouse=True)
def quick_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is pressed here is found again as soon as what the quick worker opens."""
    monkeypatch.setattr(queries, "QUEUE_LEASE", timedelta(seconds=2))


def press(installation: Installation, domain_id: int) -> int:
    """What the page does for a click on “Verify”, whatever the broker says."""
    with installation.looking():
        done = request.request_check(
            installation.domain(domain_id), origin=CheckOrigin.STAFF, actor=COMMAND, settings=settings()
        )
        assert isinstance(done, request.CheckRequested), done
        db.session.commit()
        queue(run_check, done.check.id)
        return done.check.id


def test_queue_that_is_lost_loses_no_check(installation: Installation) -> None:
    """The broker's file is gone, or Redis is down: the click is a row, and is found when there is a queue again."""
    with installation.quick_worker():
        domain_id = installation.verified("queue.acme.test")
    before = len(installation.done_checks(domain_id))
    if installation.redis:
        installation.redis.stop(signal.SIGKILL)
    check_id = press(installation, domain_id)
    if installation.redis:
        installation.redis.start()
    else:
        installation.lose_broker()
    with installation.quick_worker():
        eventually(lambda: installation.is_done(check_id), "the click was lost")
    assert len(installation.done_checks(domain_id)) == before + 1
    assert installation.transitions(domain_id) == ["verified"]


@pytest.mark.parametrize("installation_processes", ["postgresql"], indirect=True)
def test_redis_that_comes_back_empty_under_a_running_worker(installation: Installation) -> None:
    assert installation.redis
    with installation.quick_worker() as worker:
        domain_id = installation.verified("redis.acme.test")
        installation.redis.stop(signal.SIGKILL)
        check_id = press(installation, domain_id)
        other = installation.register("during.acme.test")
        installation.redis.start()
        eventually(lambda: installation.is_done(check_id), "the click was lost")
        eventually(lambda: installation.is_ready(other), "the zone was never made")
        assert worker.poll() is None
    installation.assert_one_zone(other)
    assert installation.state(domain_id) is DomainState.VERIFIED


@pytest.mark.parametrize("installation_processes", ["postgresql"], indirect=True)
def test_worker_and_beat_come_back_however_long_redis_was_away(installation: Installation) -> None:
    """Celery ends for good after a hundred tries unless it is told otherwise."""
    assert installation.redis

    def tried() -> bool:
        log = installation.log("patient")
        return log.count("consumer: Cannot connect") > TRIES and log.count("beat: Connection error") > TRIES

    installation.redis.stop(signal.SIGKILL)
    try:
        with installation.quick_worker("patient", ready=tried) as worker:
            installation.redis.start()
            domain_id = installation.register("patient.acme.test")
            eventually(lambda: installation.is_ready(domain_id), "beat or worker never came back")
            assert worker.poll() is None
    finally:
        if installation.redis.process.poll() is not None:
            installation.redis.start()
    assert "Traceback" not in installation.log("patient")
    installation.assert_one_zone(domain_id)


@pytest.mark.parametrize("installation_processes", ["postgresql"], indirect=True)
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGQUIT], ids=["fast", "immediate"])
def test_postgresql_that_restarts_under_a_running_worker(
    installation: Installation, ending: signal.Signals
) -> None:
    """SIGINT ends all connections, SIGQUIT ends like a crash, with a recovery at the next start."""
    assert installation.postgresql
    with installation.quick_worker() as worker:
        domain_id = installation.verified(f"{ending.name.lower()}.acme.test")
        installation.name_servers("silent")
        since = utcnow()
        installation.make_due_until(
            domain_id, lambda: installation.running(domain_id, since), "the check never began"
        )
        check_id = installation.newest_check(domain_id)
        installation.postgresql.stop(ending)
        installation.name_servers("")
        installation.postgresql.start()
        eventually(lambda: installation.is_done(check_id), "the check was lost")
        other = installation.verified(f"after-{ending.name.lower()}.acme.test")
        assert worker.poll() is None
    assert "Traceback" not in installation.log("worker"), "one line for each kind of trouble"
    assert installation.transitions(domain_id) == ["verified"]
    for each in (domain_id, other):
        installation.assert_one_zone(each)


@pytest.mark.parametrize("installation_processes", ["sqlite"], indirect=True)
def test_sqlite_that_another_process_holds(installation: Installation) -> None:
    """A backup, a command or a slow page may write for a while; a worker waits for its turn."""
    with installation.quick_worker() as worker:
        domain_id = installation.verified("held.acme.test")
        with installation.looking(), db.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            connection.execute(due_now(domain_id))
            before = len(installation.done_checks(domain_id))
            with pytest.raises(AssertionError):
                eventually(lambda: len(installation.done_checks(domain_id)) > before, "held", seconds=2)
            connection.exec_driver_sql("COMMIT")
        eventually(lambda: len(installation.done_checks(domain_id)) > before, "the check was lost")
        assert worker.poll() is None
    assert installation.transitions(domain_id) == ["verified"]
