"""Running tasks in the process that sends them, for installations without a worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery, signals


@contextmanager
def in_this_process(celery: Celery) -> Iterator[list[str]]:
    """Run every task that is sent inside the block at once, without a broker.

    An exception is logged and ends that task alone, as in a worker. Yields the names of the tasks that failed, in
    order; the list grows while the block runs.
    """
    failed: list[str] = []

    def note(sender: Any = None, **_: object) -> None:
        failed.append(str(sender.name))

    before, celery.conf.task_always_eager = celery.conf.task_always_eager, True
    signals.task_failure.connect(note)
    try:
        yield failed
    finally:
        signals.task_failure.disconnect(note)
        celery.conf.task_always_eager = before
