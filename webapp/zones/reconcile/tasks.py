"""The comparison of AWS with our rows as background work; see `webapp.zones.reconcile.run`."""

from __future__ import annotations

import structlog
from celery import shared_task

from webapp.extensions import db, route53, settings
from webapp.health import probes, status
from webapp.health.status import Component
from webapp.jobs import clock
from webapp.zones.reconcile import run
from webapp.zones.reconcile.fetch import Listed, Outcome

log = structlog.get_logger(__name__)

#: A slice is at most twenty calls, so that a worker is busy for about a minute; the next minute goes on.
MOST_SLICES = 12


@shared_task
def reconcile_zones() -> None:
    """Begin or go on with a run, if it is time and there may be zones of ours at AWS."""
    if not probes.route53_is_used():
        db.session.commit()
        return
    run_id = run.due(clock.now(), settings().reconcile_minutes)
    db.session.commit()
    if run_id is not None:
        go_on(run_id, MOST_SLICES)


def go_on(run_id: int, most_slices: int) -> None:
    """Take slices of the run until it is done, cut off, or has had so many."""
    for _ in range(most_slices):
        piece = run.claim(run_id, clock.now())
        db.session.commit()
        if piece is None:
            return
        outcome = run.advance(piece, route53())
        at_once = run.record(piece, outcome, clock.now())
        _note_quota(outcome)
        db.session.commit()
        log.info("reconcile.slice", run_id=run_id, phase=piece.phase.value, outcome=type(outcome).__name__)
        if not at_once:
            return


def _note_quota(outcome: Outcome) -> None:
    if not isinstance(outcome, Listed) or outcome.quota is None:
        return
    trouble = run.quota_trouble(outcome.quota, settings().zone_quota_warning_percent)
    if trouble is None:
        status.note_ok(Component.ZONE_QUOTA, clock.now())
    else:
        status.note_trouble(Component.ZONE_QUOTA, trouble, clock.now())
    figures = {"limit": outcome.quota.limit, "used": outcome.quota.used}
    status.note_facts(Component.ZONE_QUOTA, figures, clock.now())
