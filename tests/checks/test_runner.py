"""A runner keeps its places busy, whatever single checks do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import pytest

from tests.domains.reports import report
from tests.twins.dns import MemoryDns
from webapp.checks import runner
from webapp.checks.record import Work
from webapp.dns.delegation import DelegationReport, Expectation, Verdict
from webapp.models import utcnow

NOW = utcnow()
Verifying = Callable[[Expectation], Awaitable[None]]


def works(count: int) -> list[Work]:
    return [Work(number, NOW, Expectation(f"n{number}.acme.test", ()), number) for number in range(count)]


@pytest.fixture
def verifying(monkeypatch: pytest.MonkeyPatch) -> Callable[[Verifying], None]:
    """Let a check be what the test says, and then “not delegated”."""

    def use(during: Verifying) -> None:
        async def verify(
            expectation: Expectation, _dns: object, now: datetime, _cache: object, _observer: object
        ) -> DelegationReport:
            await during(expectation)
            return report(expectation, Verdict.NOT_DELEGATED, now)

        monkeypatch.setattr("webapp.dns.methods.verify", verify)

    return use


async def go(count: int, limit: int) -> tuple[list[runner.Finished], list[int]]:
    """All the finished ones, and how many were under way each time that places were filled."""
    waiting, found, under_way = works(count), list[runner.Finished](), list[int]()
    async with runner.opened(MemoryDns(), limit) as this:
        while True:
            new, waiting = waiting[: this.free], waiting[this.free :]
            this.start(new)
            under_way.append(limit - this.free)
            if this.idle:
                return found, under_way
            found += await this.finished()


def test_every_check_is_finished_once_and_never_more_at_once_than_allowed(
    verifying: Callable[[Verifying], None],
) -> None:
    running: list[int] = []
    most = 0

    async def during(expectation: Expectation) -> None:
        nonlocal most
        running.append(1)
        most = max(most, len(running))
        await asyncio.sleep(0)
        running.pop()

    verifying(during)
    found, _ = asyncio.run(go(37, 5))
    assert sorted(one.work.check_id for one in found) == list(range(37))
    assert most == 5


def test_one_check_that_hangs_holds_up_no_other(verifying: Callable[[Verifying], None]) -> None:
    async def run() -> None:
        others_done = asyncio.Event()
        finished = 0

        async def during(expectation: Expectation) -> None:
            nonlocal finished
            if expectation.host == "n0.acme.test":
                await others_done.wait()
                return
            finished += 1
            if finished == 29:
                others_done.set()

        verifying(during)
        found, _ = await go(30, 4)
        assert len(found) == 30

    asyncio.run(asyncio.wait_for(run(), 60))


def test_new_work_is_asked_for_while_a_check_hangs(
    verifying: Callable[[Verifying], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "PATIENCE", 0.01)

    async def run() -> None:
        done = asyncio.Event()

        async def during(_expectation: Expectation) -> None:
            await done.wait()

        verifying(during)
        async with runner.opened(MemoryDns(), 5) as this:
            this.start(works(1))
            assert await this.finished() == []
            assert this.free == 4
            done.set()
            assert len(await this.finished()) == 1

    asyncio.run(asyncio.wait_for(run(), 60))


def test_fault_of_ours_in_one_check_stops_no_other(verifying: Callable[[Verifying], None]) -> None:
    async def during(expectation: Expectation) -> None:
        if expectation.host == "n1.acme.test":
            raise ZeroDivisionError

    verifying(during)
    found, _ = asyncio.run(go(3, 3))
    verdicts = {one.work.check_id: (one.report.verdict, one.report.reason) for one in found}
    missing = (Verdict.NOT_DELEGATED, "")
    assert verdicts == {0: missing, 1: (Verdict.PARENT_UNREACHABLE, "our-fault"), 2: missing}
