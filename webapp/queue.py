"""Waking a worker, after the commit that gave it something to do."""

from __future__ import annotations

from typing import Protocol, cast
from weakref import WeakSet

import structlog
from celery import Celery
from kombu.exceptions import KombuError
from kombu.transport.sqlalchemy import Channel as SqlChannel
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

log = structlog.get_logger(__name__)

#: So many others may be making the same file at the same moment.
ATTEMPTS = 10
_prepared: WeakSet[Celery] = WeakSet()


class Delayable(Protocol):
    """A task that takes the id of a row."""

    name: str

    @property
    def app(self) -> Celery: ...

    def delay(self, row_id: int, /) -> object: ...


def queue(task: Delayable, row_id: int) -> None:
    """Send `task` for this row. The row is the truth: when the broker cannot be reached, the sweep finds it, and
    the page goes on.
    """
    try:
        prepare(task.app)
        task.delay(row_id)
    except (KombuError, SQLAlchemyError, OSError) as err:
        log.warning("queue.unreachable", task=task.name, row_id=row_id, reason=str(err))


def prepare(celery: Celery) -> None:
    """Make the tables of the queue's file and its own row there, once in a process.

    kombu makes both when it first needs them. When two processes do so at once, such as a worker and its beat, the
    second fails, and its session refuses every later message, too. Here it tries again, with another session.
    Raises SQLAlchemyError if the file cannot be used.
    """
    if celery in _prepared or not celery.conf.broker_url.startswith("sqla+"):
        return
    for left in reversed(range(ATTEMPTS)):
        try:
            _declare(celery)
        except (IntegrityError, OperationalError):
            if not left:
                raise
        else:
            _prepared.add(celery)
            return


def _declare(celery: Celery) -> None:
    with celery.connection_for_write() as connection:
        channel = cast("SqlChannel", connection.default_channel)
        session = channel.session
        try:
            celery.amqp.queues[celery.conf.task_default_queue].bind(channel).declare()
        finally:
            # kombu keeps the engine. A worker forks its beat, and no SQLite connection outlives a fork.
            session.close()
            session.get_bind().engine.dispose()
