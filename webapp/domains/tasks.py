"""Background work: glue between rows and services. Every task takes row ids and may be run twice."""

from __future__ import annotations

import asyncio

import structlog
from celery import shared_task

from webapp.dns.delegation import verify
from webapp.domains import checks, queries, zones
from webapp.extensions import db, dns, route53, settings
from webapp.models import utcnow

log = structlog.get_logger(__name__)


@shared_task
def run_check(check_id: int) -> None:
    work = checks.take(check_id, utcnow())
    db.session.commit()
    if work is None:
        return
    report = asyncio.run(verify(work.expectation, dns(), utcnow()))
    recorded = checks.record(work, report, utcnow())
    db.session.commit()
    log.info(
        "check.done",
        check_id=check_id,
        verdict=report.verdict.value,
        recorded=recorded,
        ms=report.duration_ms,
    )


@shared_task
def set_up_zone(zone_id: int) -> None:
    """Take every step that can be taken now; the sweep comes back for the rest."""
    at_once = True
    while at_once:
        step = zones.claim(zone_id, utcnow())
        db.session.commit()
        if step is None:
            return
        outcome = asyncio.run(zones.advance(step, dns(), route53()))
        at_once = zones.record(step, outcome, utcnow())
        db.session.commit()
        log.info("zone.step", zone_id=zone_id, state=step.state.value, outcome=type(outcome).__name__)


@shared_task
def sweep() -> None:
    """Queue what is due, and queue again what got lost."""
    now = utcnow()
    checks.expire_pending(now, settings().pending_days)
    check_ids = {*checks.schedule_due(now), *checks.queue_again(now)}
    db.session.commit()
    for check_id in sorted(check_ids):
        run_check.delay(check_id)


@shared_task
def sweep_zones() -> None:
    """Zones in the making need a look every few seconds, because a person is waiting for them."""
    zone_ids = [zone.id for zone in queries.zones_to_work_on(utcnow(), limit=50)]
    db.session.commit()
    for zone_id in zone_ids:
        set_up_zone.delay(zone_id)
