"""What the worker does for the installation itself."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from celery import shared_task

from webapp.extensions import db, dns, route53, settings
from webapp.health import probes, pruning, status
from webapp.health.status import Component, Fails, Works
from webapp.jobs import clock
from webapp.messages.catalogue import sentence
from webapp.models import Message

log = structlog.get_logger(__name__)


@shared_task
def probe() -> None:
    """Ask the parts that are in trouble whether they still are; else a trouble would last until the next customer."""
    in_trouble = {row.component for row in status.statuses() if row.trouble_since is not None}
    db.session.commit()
    if Component.RESOLVER in in_trouble:
        _note(Component.RESOLVER, asyncio.run(probes.resolver_trouble(dns())))
    if Component.ROUTE53 in in_trouble:
        _note(Component.ROUTE53, probes.route53_trouble(route53()))


def _note(component: Component, problem: Message | None) -> None:
    status.note(component, Works() if problem is None else Fails(problem))
    db.session.commit()
    log.info("probe", component=component.value, trouble=sentence(problem) if problem else None)


@shared_task
def prune() -> None:
    """Once a day: messages that were delivered, and checks that tell nothing new."""
    messages = 0 if settings().redis_url else pruning.prune_broker(settings().broker_path)
    before = clock.now() - timedelta(days=settings().check_history_days)
    checks, last_id = 0, 0
    while domain_ids := pruning.domains_with_old_checks(before, last_id):
        checks += pruning.prune_checks(domain_ids, before)
        db.session.commit()
        last_id = domain_ids[-1]
    log.info("pruned", messages=messages, checks=checks)
