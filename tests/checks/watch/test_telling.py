"""A check is told of a few times a second, and waits for nobody."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from tests.twins.dns import MemoryDns
from webapp.checks import runner
from webapp.checks.record import Work
from webapp.checks.watch import telling
from webapp.checks.watch.progress import Progress, Watching
from webapp.checks.watch.telling import Teller, Turns, watched
from webapp.dns.delegation import Expectation
from webapp.dns.records_method import RecordsExpectation

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
WAIT = 60
EXPECTED = Expectation("chat.acme.com", ("ns-1.awsdns-00.com",))


@pytest.fixture(autouse=True)
def _turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "TURNS", Turns(40, 60))


async def until(true: threading.Event) -> None:
    assert await asyncio.to_thread(true.wait, WAIT)


def watching(teller: Teller) -> Watching:
    return Watching(7, lambda _: None, teller.changed)


def test_news_are_gathered_while_one_entry_is_written() -> None:
    told, may_go_on, began = list[Progress](), threading.Event(), threading.Event()

    def put(progress: Progress) -> bool:
        told.append(progress)
        began.set()
        return may_go_on.wait(WAIT)

    async def run() -> None:
        teller = Teller(put, pause=0)
        mine = watching(teller)
        telling = asyncio.create_task(teller.run(mine, lambda: NOW))
        mine.asked("parent", "ns1.acme.com", "192.0.2.1")
        await until(began)
        for number in range(2, 9):
            mine.asked("parent", f"ns{number}.acme.com", "192.0.2.1")
        began.clear()
        may_go_on.set()
        await until(began)
        telling.cancel()

    asyncio.run(run())
    assert [len(one.lines) for one in told] == [1, 8]


def test_nobody_is_told_any_more_after_an_entry_that_was_not_taken() -> None:
    tries = list[Progress]()

    def refuse(progress: Progress) -> bool:
        tries.append(progress)
        return False

    async def run() -> None:
        teller = Teller(refuse, pause=0)
        mine = watching(teller)
        telling = asyncio.create_task(teller.run(mine, lambda: NOW))
        mine.asked("parent", "ns1.acme.com", "192.0.2.1")
        await asyncio.wait_for(telling, WAIT)
        mine.asked("parent", "ns2.acme.com", "192.0.2.1")

    asyncio.run(run())
    assert len(tries) == 1


def test_check_ends_while_the_cache_still_hangs() -> None:
    hangs, began, ended = threading.Event(), threading.Event(), threading.Event()

    def put(_progress: Progress) -> bool:
        began.set()
        went_on = hangs.wait(WAIT)
        ended.set()
        return went_on

    async def run() -> None:
        with watched(7, EXPECTED, put) as mine:
            assert mine is not None
            mine.asked("parent", "ns1.acme.com", "192.0.2.1")
            await until(began)
        assert not ended.is_set()
        hangs.set()

    asyncio.run(run())


def test_only_some_begin_at_once() -> None:
    time = [0.0]
    turns = Turns(2, 60, clock=lambda: time[0])
    assert [turns.take() for _ in range(3)] == [True, True, False]
    time[0] = 59
    assert not turns.take()
    time[0] = 60
    assert [turns.take() for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("awaited", [True, False])
def test_runner_lets_those_checks_be_watched_that_somebody_waits_for(
    monkeypatch: pytest.MonkeyPatch, awaited: bool
) -> None:
    seen = list[Watching]()

    @contextmanager
    def keep(check_id: int, _expectation: object) -> Iterator[Watching]:
        seen.append(Watching(check_id, lambda _: None, lambda: None))
        yield seen[0]

    monkeypatch.setattr(runner, "watched", keep)
    dns = MemoryDns()
    dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com")

    async def run() -> runner.Finished:
        async with runner.opened(dns, 1) as this:
            this.start([Work(7, NOW, EXPECTED, 1, awaited=awaited)])
            (finished,) = await this.finished()
            return finished

    assert asyncio.run(run()).report.parent_asked
    servers = {line.server for one in seen for line in one.progress(NOW).of("parent")}
    assert servers == ({"ns1.acme.com", "ns2.acme.com"} if awaited else set())


def test_the_method_that_a_name_changes_to_is_watched_after_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    watched_for = list[object]()

    @contextmanager
    def keep(_check_id: int, expectation: object) -> Iterator[None]:
        watched_for.append(expectation)
        yield None

    monkeypatch.setattr(runner, "watched", keep)
    coming = RecordsExpectation(EXPECTED.host, "token", "t.edge.example")

    async def run() -> runner.Finished:
        async with runner.opened(MemoryDns(), 1) as this:
            this.start([Work(7, NOW, EXPECTED, 1, awaited=True, coming=coming)])
            (finished,) = await this.finished()
            return finished

    assert asyncio.run(run()).coming is not None
    assert watched_for == [EXPECTED, coming]
