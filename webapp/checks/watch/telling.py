"""Telling of a check while it runs, a few times a second at most, beside the event loop that runs it.

The cache is a file or a server, so that a thread writes to it: a check never waits for that.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from webapp.checks.watch import board
from webapp.checks.watch.progress import Progress, Watching
from webapp.dns import methods
from webapp.dns.methods import AnyExpectation
from webapp.models import utcnow

#: Seconds between two entries.
PAUSE = 0.25


class Teller:
    """Hands the progress of one check on, whenever there is news, until it is not taken."""

    def __init__(self, put: Callable[[Progress], bool] = board.put, pause: float = PAUSE) -> None:
        self._put, self._pause = put, pause
        self._news = asyncio.Event()

    def changed(self) -> None:
        self._news.set()

    async def run(self, watching: Watching, now: Callable[[], datetime]) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            if not await asyncio.to_thread(self._put, watching.progress(now())):
                return
            await asyncio.sleep(self._pause)


class Turns:
    """Lets so many begin within so many seconds. The cache of one machine holds few entries, and those that have no
    end would be the first to go.
    """

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._began: deque[float] = deque(maxlen=most)
        self._seconds, self._clock = seconds, clock

    def take(self) -> bool:
        now = self._clock()
        if len(self._began) == self._began.maxlen and now - self._began[0] < self._seconds:
            return False
        self._began.append(now)
        return True


#: Of the checks that one process runs.
TURNS = Turns(40, board.LASTS)


@contextmanager
def watched(
    check_id: int, expectation: AnyExpectation, put: Callable[[Progress], bool] = board.put
) -> Iterator[Watching | None]:
    """An observer whose news are told until the block ends; None when too many were begun lately. Inside a running
    event loop, whose check waits for nothing here.
    """
    if not TURNS.take():
        yield None
        return
    teller = Teller(put)
    watching = Watching(check_id, partial(methods.compare, expectation), teller.changed)
    telling = asyncio.create_task(teller.run(watching, utcnow))
    try:
        yield watching
    finally:
        telling.cancel()
