"""Sending a task to a worker, after the commit that gave it work."""

from __future__ import annotations

from typing import Protocol

import structlog
from celery import Celery
from kombu.exceptions import KombuError
from sqlalchemy.exc import SQLAlchemyError

from webapp.runtime.broker import prepare

log = structlog.get_logger(__name__)


class Delayable(Protocol):
    """A task that takes the id of a row."""

    name: str

    @property
    def app(self) -> Celery: ...

    def delay(self, row_id: int, /) -> object: ...


def queue(task: Delayable, row_id: int) -> None:
    """Send `task` for this row. If the broker cannot be reached, the page goes on, and the sweep finds the row, which
    says itself what is due.
    """
    try:
        prepare(task.app)
        task.delay(row_id)
    except (KombuError, SQLAlchemyError, OSError) as err:
        log.warning("queue.unreachable", task=task.name, row_id=row_id, reason=str(err))
