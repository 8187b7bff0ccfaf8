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
from webapp.reports import earlier
from webapp.retention import history

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
    """Once a day: messages that were delivered, checks that tell nothing new, and what is older than it is kept."""
    messages = 0 if settings().redis_url else pruning.prune_broker(settings().broker_path)
    moved, checks = _move_reports(), _prune_checks()
    dropped = {kind.name: _prune(kind) for kind in history.KINDS}
    log.info("pruned", messages=messages, checks=checks, moved=moved, **dropped)


def _prune_checks() -> int:
    """Goes on where the last pass has come to; what that kept is looked at again with newer checks of its domain."""
    before = clock.now() - timedelta(days=settings().check_history_days)
    dropped, last_id = 0, _remembered("checks") or 0
    while old := pruning.domains_with_old_checks(before, last_id):
        dropped += pruning.prune_checks(old, before)
        last_id = old.up_to
        _remember(checks=last_id)
        db.session.commit()
    return dropped


def _prune(kind: history.Kind) -> int:
    dropped = 0
    last_id: int | None = 0
    while last_id is not None:
        gone, last_id = history.prune(kind, clock.now(), settings(), last_id)
        dropped += gone
        db.session.commit()
    return dropped


def _move_reports() -> int:
    """Ends for good with the first day on which there was nothing to move."""
    moved, last_id = 0, _remembered("whole_reports", 0)
    if last_id is None:
        return 0
    while moved < earlier.MOST_A_DAY and (found := earlier.move(last_id)):
        moved, last_id = moved + found.count, found.up_to
        _remember(whole_reports=last_id)
        db.session.commit()
    if not moved:
        _remember(whole_reports=None)
        db.session.commit()
    return moved


def _remembered(what: str, at_first: int | None = None) -> int | None:
    found: int | None = status.facts_of(Component.RETENTION).get(what, at_first)
    return found


def _remember(**up_to: int | None) -> None:
    status.note_facts(Component.RETENTION, status.facts_of(Component.RETENTION) | up_to, clock.now())
