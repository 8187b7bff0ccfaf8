"""Running checks concurrently in one event loop, up to a limit. A place that becomes free is filled immediately.

A batch that waits for its slowest check would let one silent parent delay forty-nine healthy names.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass

import structlog
import uvloop

from webapp.checks.record import Work
from webapp.checks.watch.telling import watched
from webapp.dns import methods
from webapp.dns.batch_cache import BatchCache
from webapp.dns.judgement.report import Report
from webapp.dns.methods import AnyExpectation
from webapp.dns.resolver import Dns
from webapp.models import utcnow

log = structlog.get_logger(__name__)

#: Seconds. Checks that end within this time of each other are recorded together.
GATHERED = 0.1
#: Seconds after which `finished` returns without a finished check, so that its caller can start new ones.
PATIENCE = 1.0


@dataclass(frozen=True)
class Finished:
    """A check that is done. If it ended with a fault of ours, which is logged, the report says so.

    `coming`: the report by the method that the domain changes to.
    """

    work: Work
    report: Report
    coming: Report | None = None

    @property
    def telling(self) -> Report:
        """The report that decides about the domain: that by the new method, once it proves the name."""
        return self.coming if self.coming is not None and self.coming.verified else self.report


class Runner:
    """The checks under way, in one event loop. `opened` makes one."""

    def __init__(self, dns: Dns, limit: int) -> None:
        self._dns, self._limit = dns, limit
        self._cache = BatchCache()
        self._running: set[asyncio.Task[Finished]] = set()

    @property
    def free(self) -> int:
        """How many more checks may be started."""
        return self._limit - len(self._running)

    @property
    def idle(self) -> bool:
        return not self._running

    def start(self, works: Sequence[Work]) -> None:
        for work in works:
            self._running.add(asyncio.create_task(self._check(work)))

    async def finished(self) -> list[Finished]:
        """The checks that are done: half of those that run, or fewer when no more end within `GATHERED` of the last.

        None after `PATIENCE` without a finished check.
        """
        enough = max(1, len(self._running) // 2)
        done: set[asyncio.Task[Finished]] = set()
        patience = PATIENCE
        while self._running and len(done) < enough:
            newly, self._running = await asyncio.wait(
                self._running, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            if not newly:
                break
            done |= newly
            patience = GATHERED
        return [task.result() for task in done]

    async def _check(self, work: Work) -> Finished:
        report = await self._ask(work, work.expectation)
        coming = await self._ask(work, work.coming) if work.coming is not None else None
        return Finished(work, report, coming)

    async def _ask(self, work: Work, expectation: AnyExpectation) -> Report:
        """Whoever waits for the check sees whom this asks; what was asked before for another method is not shown any
        more."""
        try:
            with watched(work.check_id, expectation) if work.awaited else nullcontext() as observer:
                return await methods.verify(expectation, self._dns, utcnow(), self._cache, observer)
        except Exception:
            which = {"check_id": work.check_id, "host": expectation.host}
            log.exception("check.fault", **which, request_id=work.request_id)
            return methods.broken_off(expectation, utcnow())


def run(work: Coroutine[None, None, None]) -> None:
    """Run to the end in an event loop of its own. With uvloop's loop a check costs a fifth less."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


@asynccontextmanager
async def opened(dns: Dns, limit: int) -> AsyncIterator[Runner]:
    """A runner whose checks share TCP connections and a batch cache."""
    async with dns.session() as session:
        yield Runner(session, limit)
