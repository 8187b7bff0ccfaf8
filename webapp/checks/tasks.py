"""Background work: glue between rows and services. Every task takes row ids and may be run twice."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime

import structlog
from celery import shared_task
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import OperationalError

from webapp.checks import bulk_record, faults, queries, record, request, runner, schedule
from webapp.dns.delegation import Verdict
from webapp.extensions import db, dns, settings
from webapp.health import status
from webapp.health.status import Component
from webapp.jobs import clock
from webapp.jobs.places import FOR_PRESSES, place
from webapp.models import LLMClientCustomDomain
from webapp.proofs import change, waking
from webapp.runtime.queue import queue
from webapp.runtime.request_ids import following

log = structlog.get_logger(__name__)


CHECKS = Counter("nameplate_checks", "Finished checks.", ["verdict"])
for _verdict in Verdict:
    CHECKS.labels(_verdict.value)


CHECK_SECONDS = Histogram(
    "nameplate_check_duration_seconds",
    "How long a check took from the first question to the verdict.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 12, 20),
)


#: More workers than this find nothing left to do when they wake.
MOST_WAKE_UPS = 8


@shared_task
def run_check(check_id: int) -> None:
    """Run the check that somebody waits for. While all places for it are taken, it joins the waiting checks."""
    with place(FOR_PRESSES) as free:
        if not free:
            _run_waiting(scheduled=False)
            return
        work = record.take(check_id, clock.now())
        db.session.commit()
        if work is not None:
            runner.run(_run_checks([work]))
    for opened in request.to_wake():
        queue(run_check, opened)


#: Threads of one process share its one processor, so a second runner would only slow the first down.
_one_runner = threading.Lock()


_wanted = threading.Event()


@shared_task
def run_waiting_checks() -> None:
    """Run all waiting checks. If another thread of this process does so already, it asks once more before it ends."""
    _run_waiting(scheduled=True)


def _run_waiting(*, scheduled: bool) -> None:
    _wanted.set()
    while _wanted.is_set() and _one_runner.acquire(blocking=False):
        try:
            _wanted.clear()
            runner.run(_run_checks([], fill=True, scheduled=scheduled))
            request.to_wake()  # this run has taken them
        finally:
            _one_runner.release()


async def _run_checks(works: Sequence[record.Work], *, fill: bool = False, scheduled: bool = False) -> None:
    """Run the checks in one event loop and record them. The database is used between waits, never within a check.

    `fill`: take waiting checks, too, until none is left.
    """
    async with runner.opened(dns(), settings().checks_at_once) as under_way:
        under_way.start(works)
        while True:
            if fill and under_way.free:
                under_way.start(record.take_batch(under_way.free, clock.now()))
                db.session.commit()
            if under_way.idle:
                return
            _record_finished(await under_way.finished(), scheduled=scheduled)


def _record_finished(finished: Sequence[runner.Finished], *, scheduled: bool) -> None:
    """Record the finished checks and count them.

    `scheduled`: the schedule asked for these checks, so they show that it runs; while the queue is long, no sweep
    gets its turn to show it. Checks that people ask for do not count: they go on when beat has stopped.
    """
    now, done = clock.now(), [(one.work, one.telling) for one in finished]
    for (work, report), recorded in zip(done, bulk_record.record_reports(done, now), strict=True):
        CHECKS.labels(report.verdict.value).inc()
        CHECK_SECONDS.observe(report.duration_ms / 1000)
        with following(work.request_id):
            log.info("check.done", check_id=work.check_id, verdict=report.verdict.value, recorded=recorded)
    change.keep({one.work.domain_id: one.coming for one in finished if one.coming is not None})
    if scheduled:
        status.note_ok(Component.WORKER, now)
    status.note(Component.RESOLVER, faults.resolver_health([report for _, report in done]))
    db.session.commit()


def queue_request(requested: request.CheckRequested | request.ParentCheckRequested) -> None:
    """Wake a worker for what somebody asked for, unless one was woken before; after the commit."""
    if isinstance(requested, request.ParentCheckRequested):
        waking.wake(requested.wakes)
    elif requested.new:
        queue(run_check, requested.check.id)


def queue_open_check(domain: LLMClientCustomDomain) -> None:
    """Wake a worker for the domain's waiting check, if it has one; after the commit."""
    check = queries.open_check(domain)
    if check is not None:
        queue(run_check, check.id)


@shared_task
def sweep() -> list[int]:
    """Open the checks that are due, find those that got lost, and wake as many workers as they can keep busy.

    The ids of all these checks are returned.
    """
    now = clock.now()
    waiting = {*schedule.queue_again(now), *schedule.open_due(now)}
    db.session.commit()
    _expire_pending(now)
    status.note_ok(Component.WORKER, clock.now())
    db.session.commit()
    batches = -(-len(waiting) // settings().checks_at_once)
    for _ in range(min(batches, MOST_WAKE_UPS)):
        run_waiting_checks.delay()
    return sorted(waiting)


def _expire_pending(now: datetime) -> None:
    """Expire names in a transaction of its own: one row that cannot be expired must not stop every check."""
    try:
        schedule.expire_pending(now, settings().pending_days)
        db.session.commit()
    except OperationalError:
        raise  # the database is gone, for all of them
    except Exception:
        db.session.rollback()
        log.exception("sweep.expire_pending")
