"""Counting answers to proxies where a counter would cost more than the answer: they are added up for a second."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from multiprocessing.util import Finalize
from threading import Thread

import structlog

from webapp.telemetry.requests import count_answers

log = structlog.get_logger(__name__)

SECONDS = 1.0


class AnswerCounts:
    """`/metrics` of this machine shows them a second later at most."""

    def __init__(self) -> None:
        self._noted: dict[str, deque[str]] = {}

    def of(self, question: str) -> Callable[[str], None]:
        """What notes the status, as `200 OK`, of one answer to a question. An append is one step to every thread."""
        return self._noted.setdefault(question, deque()).append

    def begin(self) -> None:
        Thread(target=self._go_on, name="edge-answers", daemon=True).start()
        # `atexit` runs nothing where multiprocessing ends a process, as Granian's workers.
        Finalize(None, self.add_up, exitpriority=0)

    def add_up(self) -> None:
        """Raises nothing: a thread that ends here would leave the statuses to pile up in memory."""
        try:
            for question, noted in self._noted.items():
                for status, number in Counter(_taken(noted)).items():
                    count_answers(question, int(status[:3]), number)
        except Exception:  # a full disk, for one, on which the figures are kept
            log.exception("edge.answers_not_counted")

    def _go_on(self) -> None:
        while True:
            time.sleep(SECONDS)
            self.add_up()


def _taken(noted: deque[str]) -> Iterator[str]:
    """What is there now. Another thread may take some of it as well, as at the end of the process."""
    for _ in range(len(noted)):
        try:
            yield noted.popleft()
        except IndexError:
            return
