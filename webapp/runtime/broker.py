"""The broker, which keeps messages for workers: Redis, or a SQLite file."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from celery import Celery
from kombu.transport import redis as redis_transport
from kombu.transport import virtual
from kombu.transport.sqlalchemy import Channel as SqlChannel
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session


class ForgetfulQoS(redis_transport.QoS):
    """What a worker has taken and not acknowledged, when Redis is lost.

    kombu closes the lost connection, and then wants to put the messages back over it, or to acknowledge them. By then
    it has forgotten the address and raises AttributeError, which ends the worker for good. A message that is lost
    costs seconds, since the rows say what is due.
    """

    def restore_unacked_once(self, stderr: Any = None) -> None:
        if self._is_cut_off():
            return
        super().restore_unacked_once(stderr)

    def ack(self, delivery_tag: Any) -> None:
        if self._is_cut_off():
            virtual.QoS.ack(self, delivery_tag)
            return
        super().ack(delivery_tag)

    def _is_cut_off(self) -> bool:
        return getattr(self.channel.connection, "client", None) is None


#: The number of tries: other processes may create the same file at the same moment.
ATTEMPTS = 10
_prepared: WeakSet[Celery] = WeakSet()


def prepare(celery: Celery) -> None:
    """Create the tables of the broker's file and the queue's row in it, once in a process.

    kombu creates both at first use. If two processes do so at once, such as a worker and its beat, the second fails,
    and its session then refuses every later message. Here the second tries again with a new session.
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
    """Declare the queue. This changes nothing if it exists, and shows that the broker can be reached.

    `options` are those of the connection, such as `connect_timeout` in seconds. Raises what the transport raises.
    """
    with celery.connection_for_write(**options) as connection, connection.channel() as channel:
        try:
            celery.amqp.queues[celery.conf.task_default_queue].bind(channel).declare()
        finally:
            if isinstance(channel, SqlChannel):
                _let_go(channel.session)


def _let_go(session: Session) -> None:
    """Close the session and the engine, which kombu leaves open. Open sessions would use up the engine's connections,
    and a SQLite connection must not be used after a fork, by which a worker starts its beat.
    """
    session.close()
    session.get_bind().engine.dispose()
