"""What the worker does for the installation itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog
from celery import shared_task

from webapp.extensions import db, dns, route53, settings
from webapp.health import probes, pruning, status
from webapp.health.pruning import Turn
from webapp.health.status import Component, Fails, Works
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
    if Component.ROUTE53 in in_trouble and probes.route53_is_used():
        _note(Component.ROUTE53, probes.route53_trouble(route53()))
    for component, is_used in _MAY_BE_UNUSED.items():
        if component in in_trouble and not is_used():
            _note(component, None)


#: The trouble of a part is over when nothing uses it any more.
_MAY_BE_UNUSED = {
    Component.ROUTE53: probes.route53_is_used,
    Component.ZONE_QUOTA: probes.route53_is_used,
    Component.ACM: probes.acm_is_used,
}


def _note(component: Component, problem: Message | None) -> None:
    status.note(component, Works() if problem is None else Fails(problem))
    db.session.commit()
    log.info("probe", component=component.value, trouble=sentence(problem) if problem else None)


@shared_task
def prune() -> None:
    """Once a day: messages that were delivered, checks that tell nothing new, and what is older than it is kept.

    A part that fails keeps no other from its work; the first fault is raised at the end. Two prunes at once would
    wait for each other's rows, so the second one does nothing.
    """
    turn = Turn.take()
    db.session.commit()
    if turn is None:
        log.warning("prune.already_running")
        return
    done: dict[str, int] = {}
    faults: list[Exception] = []
    for name, part in _parts().items():
        try:
            done[name] = part(turn)
        except Exception as err:  # noqa: BLE001 - raised below
            db.session.rollback()
            log.error("prune.part_failed", part=name, why=repr(err))  # noqa: TRY400 - the fault is raised below
            faults.append(err)
    turn.end()
    db.session.commit()
    log.info("pruned", **done)
    if faults:
        raise faults[0]


def _parts() -> dict[str, Callable[[Turn], int]]:
    """What was stored whole is moved at last: most of it is dropped before."""
    history_parts = {kind.name: partial(_prune_history, kind) for kind in history.KINDS}
    small = {"messages": _prune_broker, "answers": _prune_answers}
    return {**small, "checks": _prune_checks, **history_parts, "moved": _move_reports}


def _prune_answers(turn: Turn) -> int:
    dropped = 0
    while count := pruning.prune_answers(turn.now):
        db.session.commit()
        dropped += count
    return dropped


def _prune_broker(_: Turn) -> int:
    return 0 if settings().redis_url else pruning.prune_broker(settings().broker_path)


def _prune_checks(turn: Turn) -> int:
    """Goes on where the last pass has come to; what that kept is looked at again with newer checks of its domain."""
    before = turn.now - timedelta(days=settings().check_history_days)
    dropped, last_id = 0, turn.known("checks") or 0
    while old := pruning.domains_with_old_checks(before, last_id):
        dropped += pruning.prune_checks(old, before)
        db.session.commit()
        pruning.drop_reports(old.domain_ids)
        last_id = old.up_to
        turn.note(checks=last_id)
        db.session.commit()
    return dropped


def _prune_history(kind: history.Kind, turn: Turn) -> int:
    """Goes on where the last pass has come to, but for one pass in `history.AGAIN`."""
    whole = f"{kind.name}_whole"
    last_whole = turn.known(whole)
    dropped = 0
    after: int | None = turn.known(kind.name) or 0
    if last_whole is None or turn.now >= datetime.fromisoformat(last_whole) + history.AGAIN:
        after = 0
        turn.note(**{whole: turn.now.isoformat()})
    while after is not None:
        gone, after = history.prune(kind, turn.now, settings(), after)
        dropped += gone
        turn.note(**{kind.name: after} if after is not None else {})
        db.session.commit()
    return dropped


def _move_reports(turn: Turn) -> int:
    """Ends for good when it has come to the first check."""
    moved, below = 0, turn.known("whole_below")
    if below is None:
        below = earlier.newest()
    while below and moved < earlier.MOST_A_DAY:
        found = earlier.move(below)
        moved, below = (moved + found.count, found.below) if found else (moved, 0)
        turn.note(whole_below=below)
        db.session.commit()
    return moved
