"""Background work for claims that have changed their method."""

from __future__ import annotations

import structlog
from celery import shared_task

from webapp.extensions import db
from webapp.jobs import clock
from webapp.proofs import change

log = structlog.get_logger(__name__)


@shared_task
def let_former_methods_go() -> None:
    """Give back what former methods had, once nobody is led by it any more."""
    count = change.let_former_go(clock.now())
    db.session.commit()
    if count:
        log.info("proofs.former_let_go", count=count)
