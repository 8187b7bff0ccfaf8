"""Sending a task to a worker, after the commit that gave it work."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextvars import copy_context
from threading import Lock, Thread
from typing import Protocol

import structlog
from celery import Celery
from kombu.exceptions import KombuError
from sqlalchemy.exc import SQLAlchemyError

from webapp.runtime.broker import prepare

log = structlog.get_logger(__name__)

#: Seconds for which a click waits for the broker. The sweep finds the row of a message that was not sent.
PATIENCE = 1.0


class Delayable(Protocol):
    """A task that takes the id of a row."""

    name: str

    @property
    def app(self) -> Celery: ...

    def delay(self, row_id: int, /) -> object: ...


class Senders:
    """Threads that send messages, each for one click, because no client of a broker is sure to give up in time.

    While one of them waits for longer than `PATIENCE`, the broker is silent, and no other is started.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._since: dict[Future[None], float] = {}

    def __call__(self, send: Callable[[], object]) -> None:
        """Raises what `send` raises, or `TimeoutError`."""
        future = self._begin()
        run = copy_context().run
        try:
            Thread(target=run, args=(self._run, send, future), name="sender", daemon=True).start()
        except RuntimeError as err:
            self._end(future)
            raise TimeoutError("no thread can be started to send the message") from err
        if not wait([future], timeout=PATIENCE).done:
            raise TimeoutError("the broker did not answer in time")
        future.result()

    def _begin(self) -> Future[None]:
        now = time.monotonic()
        with self._lock:
            if any(now - since > PATIENCE for since in self._since.values()):
                raise TimeoutError("the broker has not taken the message before")
            future: Future[None] = Future()
            self._since[future] = now
            return future

    def _run(self, send: Callable[[], object], future: Future[None]) -> None:
        try:
            send()
        except BaseException as err:  # noqa: BLE001 - it belongs to the thread that waits
            future.set_exception(err)
        else:
            future.set_result(None)
        finally:
            self._end(future)

    def _end(self, future: Future[None]) -> None:
        with self._lock:
            del self._since[future]


_send = Senders()


def queue(task: Delayable, row_id: int) -> None:
    """Send `task` for this row. If the broker is away or silent, the page goes on, and the sweep finds the row, which
    says itself what is due.
    """

    def send() -> None:
        prepare(task.app)
        task.delay(row_id)

    try:
        if task.app.conf.task_always_eager:
            send()
        else:
            _send(send)
    except (KombuError, SQLAlchemyError, OSError):
        # With the exception, so that a sweep of many rows writes one line (`webapp.resilience.calm`).
        log.warning("queue.unreachable", task=task.name, row_id=row_id, exc_info=True)
