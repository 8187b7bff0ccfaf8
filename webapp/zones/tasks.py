"""Background work for zones and their records. Every task takes row ids and may be run twice."""

from __future__ import annotations

import asyncio

import structlog
from celery import shared_task

from webapp.extensions import db, dns, route53
from webapp.health import status
from webapp.health.status import Component
from webapp.jobs import clock
from webapp.jobs.places import FOR_STEPS, place
from webapp.runtime.request_ids import following
from webapp.zones import provision, provision_record, records_sync
from webapp.zones import queries as zone_queries

log = structlog.get_logger(__name__)


#: So many zones are set up one after another before certificates get a chance of the place.
MOST_IN_A_ROW = 4


@shared_task
def set_up_zone(zone_id: int) -> None:
    """Take every step that can be taken now, and go on with what is next in turn. The sweep comes back for the rest.

    While all places are taken messages are dropped. Of those that come when one is free, most are of the account with
    the most zones, so that a message alone must not decide which zone gets the place.
    """
    with place(FOR_STEPS) as free:
        if free:
            _set_up_in_turn(zone_id)


def _set_up_in_turn(zone_id: int | None) -> None:
    for _ in range(MOST_IN_A_ROW):
        if zone_id is None:
            return
        while _set_up(zone_id):
            pass
        zone_id = next(iter(zone_queries.zones_due(clock.now(), 1)), None)
        db.session.commit()


def _set_up(zone_id: int) -> bool:
    step = provision.claim(zone_id, clock.now())
    db.session.commit()
    if step is None:
        return False
    with following(step.request_id):
        outcome = asyncio.run(provision.advance(step, dns(), route53()))
        at_once = provision_record.record(step, outcome, clock.now())
        status.note(Component.ROUTE53, provision_record.health_of(outcome))
        db.session.commit()
        log.info("zone.step", zone_id=zone_id, state=step.state.value, outcome=type(outcome).__name__)
    return at_once


@shared_task
def write_records(domain_id: int) -> None:
    """Make the domain's zone hold what its rows say."""
    step = records_sync.claim(domain_id, clock.now())
    db.session.commit()
    if step is None:
        return
    outcome = records_sync.advance(step, route53())
    records_sync.record(step, outcome, clock.now())
    db.session.commit()
    log.info("records.step", domain_id=domain_id, outcome=type(outcome).__name__)


@shared_task
def sweep_zones() -> list[int]:
    """Zones in the making are taken up every few seconds, because a person is waiting for them. Their ids."""
    now = clock.now()
    zone_ids = list(zone_queries.zones_due(now, 50))
    status.note_ok(Component.WORKER, now)
    db.session.commit()
    for zone_id in zone_ids:
        set_up_zone.delay(zone_id)
    return zone_ids


@shared_task
def sweep_records() -> None:
    """Zones whose records are to be made what the rows of their domains say."""
    domain_ids = zone_queries.records_due(clock.now(), 100)
    db.session.commit()
    for domain_id in domain_ids:
        write_records.delay(domain_id)
