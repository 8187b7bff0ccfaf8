"""Background work for zones that leave. Every task takes row ids and may be run twice."""

from __future__ import annotations

import asyncio
from functools import partial

import structlog
from celery import shared_task

from webapp.extensions import db, dns, route53, settings
from webapp.jobs.places import FOR_STEPS, place
from webapp.models import utcnow
from webapp.removal import deletion_queue, zone_deletion

log = structlog.get_logger(__name__)


@shared_task
def see_zone_off(zone_id: int) -> None:
    """Take a leaving zone as far as it goes now; the sweep comes back for the rest."""
    with place(FOR_STEPS) as free:
        at_once = free
        while at_once:
            at_once = _see_off(zone_id)


def _see_off(zone_id: int) -> bool:
    now = utcnow()
    step = zone_deletion.claim(zone_id, now)
    db.session.commit()
    if step is None:
        return False
    outcome = asyncio.run(zone_deletion.advance(step, dns(), route53(), now, partial(_may_delete, step)))
    at_once = zone_deletion.record(step, outcome, utcnow())
    db.session.commit()
    log.info("zone.leaving", zone_id=zone_id, outcome=type(outcome).__name__)
    return at_once


def _may_delete(step: zone_deletion.Step) -> bool:
    begun = zone_deletion.begin_deletion(step, utcnow())
    db.session.commit()
    return begun


@shared_task
def sweep_removals() -> list[int]:
    """Names that nobody came back to, removals without a zone to wait for, and zones whose next look is due. The ids
    of these zones.
    """
    now = utcnow()
    zone_deletion.remove_long_expired(now, settings().expired_keep_days)
    zone_deletion.catch_up(now)
    zone_ids = deletion_queue.due(now, limit=200)
    db.session.commit()
    for zone_id in zone_ids:
        see_zone_off.delay(zone_id)
    return list(zone_ids)
