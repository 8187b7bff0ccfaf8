"""Background work on imports. Every task takes row ids and may be run twice."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog
from celery import shared_task

from webapp.extensions import db, dns, route53, settings
from webapp.imports import pruning, work
from webapp.jobs import clock

log = structlog.get_logger(__name__)

#: Batches that one task does before another import has its turn.
IN_A_ROW = 10


@shared_task
def work_on(import_id: int) -> None:
    """Do some batches of the import, and queue it again while there are more."""
    if advance(import_id):
        work_on.delay(import_id)


def advance(import_id: int, batches: int = IN_A_ROW) -> bool:
    """Whether there is more to do. False as well while another worker has it."""
    lease = work.claim(import_id, clock.now())
    db.session.commit()
    for _ in range(batches):
        if lease is None:
            return False
        found = work.next_lines(import_id, lease)
        db.session.commit()
        lease = _do(found) if found is not None else None
    if lease is None:
        return False
    work.pause(import_id, lease, clock.now())
    db.session.commit()
    return True


def _do(found: work.Work) -> datetime | None:
    proofs = asyncio.run(work.gather(found, route53(), dns())) if found.zones else {}
    try:
        lease = work.record(found, proofs, clock.now(), settings())
        db.session.commit()
    except Exception:
        db.session.rollback()
        work.failed(found, clock.now())
        db.session.commit()
        log.exception("import.fault", import_id=found.import_id, line_ids=found.line_ids)
        return None
    log.info("import.batch", import_id=found.import_id, state=found.state.value, lines=len(found.line_ids))
    return lease


@shared_task
def sweep_imports() -> None:
    """Queue the imports that are due: their message was lost, or a worker was killed."""
    due = work.due(clock.now(), 20)
    db.session.commit()
    for import_id in due:
        work_on.delay(import_id)


@shared_task
def forget_imports() -> None:
    """Drop imports that are older than they are kept."""
    before = clock.now() - timedelta(days=settings().import_history_days)
    while pruning.forget_some(before):
        db.session.commit()
    db.session.commit()
