"""Background work: glue between rows and services. Every task takes row ids and may be run twice."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial

import structlog
from celery import shared_task
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import OperationalError

from webapp.domains import (
    certificate_outcomes,
    certificate_steps,
    certificates,
    checks,
    keeping,
    outbox,
    own_health,
    quarantine,
    queries,
    record_steps,
    recording,
    reminders,
    removal,
    rounds,
    schedule,
    services,
    zones,
)
from webapp.domains.post import Post
from webapp.extensions import acm, db, dns, route53, settings
from webapp.models import utcnow
from webapp.queue import queue
from webapp.system import status
from webapp.system.status import Component
from webapp.tracing import following

log = structlog.get_logger(__name__)

CHECKS = Counter("nameplate_checks", "Finished checks.", ["verdict"])
CHECK_SECONDS = Histogram(
    "nameplate_check_duration_seconds",
    "How long a check took from the first question to the verdict.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 12, 20),
)

#: More workers than this find nothing left to do when they wake.
MOST_WAKE_UPS = 8


#: A process has few threads, and what waits for silent servers must not take them all. Steps for zones and
#: certificates, which sweeps bring again in seconds, have two of them …
_for_steps = threading.BoundedSemaphore(2)
#: … and the checks that somebody waits for have one: those that are pressed meanwhile share a round.
_for_presses = threading.BoundedSemaphore(1)


@contextmanager
def _place(places: threading.BoundedSemaphore) -> Iterator[bool]:
    """Whether there is a free place, which is held until the end."""
    free = places.acquire(blocking=False)
    try:
        yield free
    finally:
        if free:
            places.release()


@shared_task
def run_check(check_id: int) -> None:
    """The check that somebody waits for."""
    with _place(_for_presses) as free:
        if not free:
            _take_what_waits(sign_of_life=False)
            return
        work = checks.take(check_id, utcnow())
        db.session.commit()
        if work is not None:
            rounds.run(_go_round([work]))


#: Threads of one process share its one processor, so a second round would only halve the first.
_one_round = threading.Lock()
_wanted = threading.Event()


@shared_task
def run_waiting_checks() -> None:
    """Everything that waits, unless this process is on it: then it looks once more before it stops."""
    _take_what_waits(sign_of_life=True)


def _take_what_waits(*, sign_of_life: bool) -> None:
    _wanted.set()
    while _wanted.is_set() and _one_round.acquire(blocking=False):
        try:
            _wanted.clear()
            rounds.run(_go_round([], fill=True, sign_of_life=sign_of_life))
        finally:
            _one_round.release()


async def _go_round(works: Sequence[checks.Work], *, fill: bool = False, sign_of_life: bool = False) -> None:
    """Checks under way in one event loop. The database is asked between them, never while one is awaited.

    `fill`: with whatever waits, too.
    """
    async with rounds.opened(dns(), settings().checks_at_once) as under_way:
        under_way.start(works)
        while True:
            if fill and under_way.free:
                under_way.start(checks.take_batch(under_way.free, utcnow()))
                db.session.commit()
            if under_way.idle:
                return
            _record(await under_way.finished(), sign_of_life=sign_of_life)


def _record(finished: Sequence[rounds.Finished], *, sign_of_life: bool) -> None:
    """`sign_of_life`: the clock brought this about, and a long queue keeps the sweeps waiting that else tell it. What
    people bring about does not count: it goes on when beat has stopped.
    """
    done = [(one.work, one.report) for one in finished]
    for (work, report), recorded in zip(done, recording.record_all(done, utcnow()), strict=True):
        CHECKS.labels(report.verdict.value).inc()
        CHECK_SECONDS.observe(report.duration_ms / 1000)
        with following(work.request_id):
            log.info("check.done", check_id=work.check_id, verdict=report.verdict.value, recorded=recorded)
    if sign_of_life:
        status.note_ok(Component.WORKER, utcnow())
    _note(Component.RESOLVER, own_health.of_resolver([report for _, report in done]))
    db.session.commit()


def _note(component: Component, health: own_health.Works | own_health.Fails | None) -> None:
    """As the last statement before a commit: whoever writes the same row waits until then."""
    if isinstance(health, own_health.Fails):
        status.note_trouble(component, health.sentence, utcnow())
    elif health is not None:
        status.note_ok(component, utcnow())


@shared_task
def set_up_zone(zone_id: int) -> None:
    """Take every step that can be taken now; the sweep comes back for the rest."""
    with _place(_for_steps) as free:
        at_once = free
        while at_once:
            at_once = _set_up(zone_id)


def _set_up(zone_id: int) -> bool:
    step = zones.claim(zone_id, utcnow())
    db.session.commit()
    if step is None:
        return False
    with following(step.request_id):
        outcome = asyncio.run(zones.advance(step, dns(), route53()))
        at_once = zones.record(step, outcome, utcnow())
        _note(Component.ROUTE53, own_health.of_route53(outcome))
        db.session.commit()
        log.info("zone.step", zone_id=zone_id, state=step.state.value, outcome=type(outcome).__name__)
    return at_once


@shared_task
def see_zone_off(zone_id: int) -> None:
    """Take a leaving zone as far as it goes now; the sweep comes back for the rest."""
    with _place(_for_steps) as free:
        at_once = free
        while at_once:
            at_once = _see_off(zone_id)


def _see_off(zone_id: int) -> bool:
    now = utcnow()
    step = removal.claim(zone_id, now)
    db.session.commit()
    if step is None:
        return False
    outcome = asyncio.run(removal.advance(step, dns(), route53(), now, partial(_may_delete, step)))
    at_once = removal.record(step, outcome, utcnow())
    db.session.commit()
    log.info("zone.leaving", zone_id=zone_id, outcome=type(outcome).__name__)
    return at_once


def _may_delete(step: removal.Step) -> bool:
    begun = removal.begin_deletion(step, utcnow())
    db.session.commit()
    return begun


@shared_task
def write_records(domain_id: int) -> None:
    """Make the domain's zone hold what its rows say."""
    step = record_steps.claim(domain_id, utcnow())
    db.session.commit()
    if step is None:
        return
    outcome = record_steps.advance(step, route53())
    record_steps.record(step, outcome, utcnow())
    db.session.commit()
    log.info("records.step", domain_id=domain_id, outcome=type(outcome).__name__)


@shared_task
def see_to_certificate(certificate_id: int) -> None:
    """Take every step that can be taken now; the sweep comes back for the rest."""
    with _place(_for_steps) as free:
        at_once = free
        while at_once:
            at_once = _see_to(certificate_id)


def _see_to(certificate_id: int) -> bool:
    now = utcnow()
    step = certificate_steps.claim(certificate_id, now)
    db.session.commit()
    if step is None:
        return False
    outcome = asyncio.run(certificate_steps.advance(step, dns(), acm(), now))
    at_once = certificate_outcomes.record(step, outcome, utcnow())
    _note(Component.ACM, own_health.of_acm(outcome))
    db.session.commit()
    log.info(
        "certificate.step",
        certificate_id=certificate_id,
        state=step.state.value,
        outcome=type(outcome).__name__,
    )
    return at_once


def queue_request(requested: services.CheckRequested | services.LookRequested) -> None:
    """Wake a worker for what somebody asked for, unless one was woken before; after the commit."""
    if isinstance(requested, services.LookRequested):
        for zone_id in requested.zone_ids:
            queue(see_zone_off, zone_id)
    elif requested.new:
        queue(run_check, requested.check.id)


def queue_kept(kept: keeping.Kept) -> None:
    """Wake a worker for the check of a domain whose removal was taken back; after the commit."""
    if kept.check is not None:
        queue_request(kept.check)


@shared_task
def sweep() -> None:
    """Open what is due, find what got lost, and wake as many workers as that may keep busy."""
    now = utcnow()
    waiting = {*schedule.queue_again(now), *schedule.open_due(now)}
    db.session.commit()
    _expire_pending(now)
    status.note_ok(Component.WORKER, utcnow())
    db.session.commit()
    batches = -(-len(waiting) // settings().checks_at_once)
    for _ in range(min(batches, MOST_WAKE_UPS)):
        run_waiting_checks.delay()


def _expire_pending(now: datetime) -> None:
    """After the commit of the rest, and by itself: one row that cannot be expired must not stop every check."""
    try:
        schedule.expire_pending(now, settings().pending_days)
        db.session.commit()
    except OperationalError:
        raise  # the database is gone, for all of them
    except Exception:
        db.session.rollback()
        log.exception("sweep.expire_pending")


@shared_task
def sweep_zones() -> None:
    """Zones in the making need a look every few seconds, because a person is waiting for them."""
    zone_ids = [zone.id for zone in queries.zones_to_work_on(utcnow(), 50)]
    status.note_ok(Component.WORKER, utcnow())
    db.session.commit()
    for zone_id in zone_ids:
        set_up_zone.delay(zone_id)


@shared_task
def sweep_certificates() -> None:
    """Certificates and records of zones that are due. People wait for a new one."""
    now = utcnow()
    certificate_ids = queries.certificates_due(now, 100, certificates.longest_pause())
    domain_ids = queries.records_due(now, 100, record_steps.LONGEST_PAUSE)
    db.session.commit()
    for certificate_id in certificate_ids:
        see_to_certificate.delay(certificate_id)
    for domain_id in domain_ids:
        write_records.delay(domain_id)


@shared_task
def want_certificates() -> None:
    """For names that are older than certificates are here: it reads them all, so it is seldom done."""
    after_id: int | None = 0
    while after_id is not None:
        after_id = certificates.want_missing(utcnow(), after_id)
        db.session.commit()


@shared_task
def sweep_removals() -> None:
    """Names that nobody came back to, removals without a zone to wait for, and zones whose next look is due."""
    now = utcnow()
    removal.remove_long_expired(now, settings().expired_keep_days)
    removal.catch_up(now)
    zone_ids = quarantine.due(now, limit=200)
    db.session.commit()
    for zone_id in zone_ids:
        see_zone_off.delay(zone_id)


@shared_task
def send_mail() -> None:
    """Tell people what there is to tell. Each letter is committed before the next one is begun."""
    now = utcnow()
    reminders.remind(now)
    db.session.commit()
    outbox.write_letters(now, settings())
    letter_ids = [] if outbox.rests(now) else outbox.due(now)
    db.session.commit()
    with Post() as post:
        for letter_id in letter_ids:
            if not _send(letter_id, post):
                return


def _send(letter_id: int, post: Post) -> bool:
    """False when there is no use in trying another."""
    parcel = outbox.claim(letter_id, utcnow(), settings())
    db.session.commit()
    if parcel is None:
        return True
    outcome = post.send(parcel)
    outbox.record(parcel, outcome, utcnow())
    _note(Component.MAIL, own_health.of_mail(outcome))
    db.session.commit()
    log.info(
        "mail.letter",
        letter_id=letter_id,
        domain_id=parcel.domain_id,
        outcome=type(outcome).__name__,
        request_ids=parcel.request_ids,
    )
    return not isinstance(outcome, outbox.ServerTrouble)
