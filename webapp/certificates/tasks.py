"""Background work for certificates. Every task takes row ids and may be run twice."""

from __future__ import annotations

import asyncio

import structlog
from celery import shared_task

from webapp.certificates import lifecycle, steps
from webapp.certificates import queries as certificate_queries
from webapp.certificates import record as certificate_record
from webapp.extensions import acm, db, dns, settings
from webapp.health import status
from webapp.health.status import Component
from webapp.jobs import clock
from webapp.jobs.places import FOR_STEPS, place

log = structlog.get_logger(__name__)


@shared_task
def see_to_certificate(certificate_id: int) -> None:
    """Take every step that can be taken now; the sweep comes back for the rest."""
    with place(FOR_STEPS) as free:
        more = free
        while more:
            more = _see_to(certificate_id)


def _see_to(certificate_id: int) -> bool:
    now = clock.now()
    step = steps.claim(certificate_id, now)
    db.session.commit()
    if step is None:
        return False
    outcome = asyncio.run(steps.advance(step, dns(), acm(), now))
    more = certificate_record.record(step, outcome, clock.now())
    status.note(Component.ACM, steps.health_of(outcome))
    db.session.commit()
    log.info(
        "certificate.step",
        certificate_id=certificate_id,
        state=step.state.value,
        outcome=type(outcome).__name__,
    )
    return more


@shared_task
def sweep_certificates() -> None:
    """Queue the certificates that are due."""
    now = clock.now()
    certificate_ids = certificate_queries.certificates_due(now, 100)
    db.session.commit()
    for certificate_id in certificate_ids:
        see_to_certificate.delay(certificate_id)


@shared_task
def want_certificates() -> None:
    """Request certificates for names that were verified while there were none; where the edge gets them by itself,
    give up those that were not issued. It reads every domain, so it runs seldom.
    """
    if not settings().asks_acm:
        while lifecycle.give_up_unissued(clock.now()):
            db.session.commit()
        db.session.commit()
        return
    after_id: int | None = 0
    while after_id is not None:
        after_id = lifecycle.want_missing(clock.now(), after_id)
        db.session.commit()
