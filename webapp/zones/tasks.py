"""Background work for zones and their records. Every task takes row ids and may be run twice."""

from __future__ import annotations

import asyncio

import structlog
from celery import shared_task

from webapp.extensions import db, dns, route53
from webapp.health import status
from webapp.health.status import Component
from webapp.jobs.places import FOR_STEPS, place
from webapp.models import utcnow
from webapp.runtime.request_ids import following
from webapp.zones import provision, records_sync
from webapp.zones import queries as zone_queries

log = structlog.get_logger(__name__)


@shared_task
def set_up_zone(zone_id: int) -> None:
    """Take every step that can be taken now; the sweep comes back for the rest."""
    with place(FOR_STEPS) as free:
        at_once = free
        while at_once:
            at_once = _set_up(zone_id)


def _set_up(zone_id: int) -> bool:
    step = provision.claim(zone_id, utcnow())
    db.session.commit()
    if step is None:
        return False
    with following(step.request_id):
        outcome = asyncio.run(provision.advance(step, dns(), route53()))
        at_once = provision.record(step, outcome, utcnow())
        status.note(Component.ROUTE53, provision.health_of(outcome))
        db.session.commit()
        log.info("zone.step", zone_id=zone_id, state=step.state.value, outcome=type(outcome).__name__)
    return at_once


@shared_task
def write_records(domain_id: int) -> None:
    """Make the domain's zone hold what its rows say."""
    step = records_sync.claim(domain_id, utcnow())
    db.session.commit()
    if step is None:
        return
    outcome = records_sync.advance(step, route53())
    records_sync.record(step, outcome, utcnow())
    db.session.commit()
    log.info("records.step", domain_id=domain_id, outcome=type(outcome).__name__)


@shared_task
def sweep_zones() -> list[int]:
    """Zones in the making need a look every few seconds, because a person is waiting for them. Their ids."""
    zone_ids = [zone.id for zone in zone_queries.zones_to_work_on(utcnow(), 50)]
    status.note_ok(Component.WORKER, utcnow())
    db.session.commit()
    for zone_id in zone_ids:
        set_up_zone.delay(zone_id)
    return zone_ids


@shared_task
def sweep_records() -> None:
    """Zones whose records are to be made what the rows of their domains say."""
    domain_ids = zone_queries.records_due(utcnow(), 100, records_sync.LONGEST_PAUSE)
    db.session.commit()
    for domain_id in domain_ids:
        write_records.delay(domain_id)
