"""Background work for zones that leave. Every task takes row ids and may be run twice."""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog
from celery import shared_task

from webapp.aws.route53.port import Route53Api
from webapp.dns.resolver import Dns
from webapp.extensions import db, dns, route53, settings
from webapp.jobs import clock
from webapp.jobs.places import FOR_STEPS, place
from webapp.removal import deletion_queue, deletion_record, zone_deletion

log = structlog.get_logger(__name__)


@shared_task
def see_zone_off(zone_id: int) -> None:
    """Take a leaving zone as far as it goes now; the sweep comes back for the rest."""
    with place(FOR_STEPS) as free:
        at_once = free
        while at_once:
            at_once = _see_off(zone_id)


def _see_off(zone_id: int) -> bool:
    now = clock.now()
    step = zone_deletion.claim(zone_id, now)
    db.session.commit()
    if step is None:
        return False
    outcome = look_and_delete(step, dns(), route53(), now)
    at_once = deletion_record.record(step, outcome, clock.now())
    db.session.commit()
    log.info("zone.leaving", zone_id=zone_id, outcome=type(outcome).__name__)
    return at_once


def look_and_delete(
    step: zone_deletion.Step, dns_: Dns, route53_: Route53Api, now: datetime
) -> zone_deletion.Outcome:
    """Look, and delete at once what the look allows to be deleted, unless somebody takes the removal back first."""
    looked = asyncio.run(zone_deletion.look(step, dns_, route53_, now))
    if not (isinstance(looked, zone_deletion.Looked) and looked.allows_deletion):
        return looked
    begun = zone_deletion.begin_deletion(step, now)
    db.session.commit()
    return zone_deletion.delete(step, looked, route53_, now) if begun else looked


@shared_task
def sweep_removals() -> list[int]:
    """Names that nobody came back to, removals without a zone to wait for, and zones that are due for a check at the
    parent. The ids of these zones.
    """
    now = clock.now()
    deletion_record.remove_long_expired(now, settings().expired_keep_days)
    deletion_record.catch_up(now)
    zone_ids = deletion_queue.due(now, limit=200)
    db.session.commit()
    for zone_id in zone_ids:
        see_zone_off.delay(zone_id)
    return list(zone_ids)
