"""The broker, which keeps messages to workers: Redis, or a file of SQLite."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from celery import Celery
from kombu.transport.sqlalchemy import Channel as SqlChannel
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

#: So many others may be making the same file at the same moment.
ATTEMPTS = 10
_prepared: WeakSet[Celery] = WeakSet()


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
            declare(celery)
        except (IntegrityError, OperationalError):
            if not left:
                raise
        else:
            _prepared.add(celery)
            return


def declare(celery: Celery, **options: Any) -> None:
    """Declaring the queue once more changes nothing, and reaches the place where messages are kept.

    `options` are those of the connection, such as `connect_timeout` in seconds. Raises what the transport raises.
    """
    with celery.connection_for_write(**options) as connection, connection.channel() as channel:
        try:
            celery.amqp.queues[celery.conf.task_default_queue].bind(channel).declare()
        finally:
            if isinstance(channel, SqlChannel):
                _let_go(channel.session)


def _let_go(session: Session) -> None:
    """kombu closes neither: its engine lends so many connections and no more, and a worker forks its beat, which no
    SQLite connection outlives.
    """
    session.close()
    session.get_bind().engine.dispose()
