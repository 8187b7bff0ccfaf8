"""The budget of calls in Redis: one for all machines, whatever their clocks say, and a bounded one without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import redis

from tests.aws.conftest import Clock
from webapp.aws.shared.budget import FileLevels, MemoryLevels, Rates, TokenBucket
from webapp.aws.shared.errors import RetryLater
from webapp.aws.shared.redis_levels import PAUSE, RedisLevels, shared_levels

RATES = Rates(calls=4, creations=1)


class MemoryRedis:
    """The few commands that the levels use. `before_writing` plays another machine between reading and writing."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.kept: dict[str, bytes] = {}
        self.away: Exception | None = None
        self.asked = 0
        self.others_write = 0

    def pipeline(self) -> MemoryRedis:
        return self

    def __enter__(self) -> MemoryRedis:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def watch(self, _key: str) -> None:
        self.asked += 1
        if self.away:
            raise self.away

    def time(self) -> tuple[int, int]:
        return int(self.clock.now), round(self.clock.now % 1 * 1_000_000)

    def get(self, key: str) -> bytes | None:
        return self.kept.get(key)

    def multi(self) -> None:
        self.queued: list[tuple[str, bytes]] = []

    def set(self, key: str, value: str, ex: int) -> None:
        assert ex > 60
        self.queued.append((key, value.encode()))

    def execute(self) -> None:
        if self.others_write:
            self.others_write -= 1
            raise redis.WatchError
        self.kept.update(self.queued)


@pytest.fixture
def server(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> MemoryRedis:
    made = MemoryRedis(clock)
    monkeypatch.setattr("webapp.aws.shared.redis_levels.redis.Redis.from_url", lambda *_, **__: made)
    return made


def machine(clock: Clock, path: Path, *, ahead: float = 0.0, **options: Any) -> TokenBucket:
    """A machine whose clock is so many seconds ahead."""

    def its_clock() -> float:
        return clock.now + ahead

    store = RedisLevels("redis://", "key", FileLevels(path), clock=its_clock, pause_clock=its_clock)
    return TokenBucket(RATES, store, clock=its_clock, sleep=clock.sleep, **options)


@pytest.mark.parametrize("ahead", [0.0, 300.0, -300.0])
def test_machines_share_one_rate_whatever_their_clocks_say(
    clock: Clock, server: MemoryRedis, tmp_path: Path, ahead: float
) -> None:
    one, other = machine(clock, tmp_path / "one"), machine(clock, tmp_path / "other", ahead=ahead)
    for _ in range(4):
        one.take()
        other.take()
    assert clock.slept == []
    for _ in range(10):
        one.take()
        other.take()
    assert clock.now == pytest.approx(1000 + 20 / 4, abs=0.01)
    assert not list(tmp_path.iterdir())


def test_what_another_machine_wrote_meanwhile_counts(
    clock: Clock, server: MemoryRedis, tmp_path: Path
) -> None:
    bucket = machine(clock, tmp_path / "one")
    server.others_write = 3
    bucket.take()
    assert server.asked == 4


@pytest.mark.parametrize(
    "fault", [redis.ConnectionError("refused"), redis.TimeoutError("silent"), redis.ResponseError("READONLY")]
)
def test_without_redis_each_machine_keeps_to_the_rate_by_itself(
    clock: Clock, server: MemoryRedis, tmp_path: Path, fault: Exception
) -> None:
    server.away = fault
    bucket = machine(clock, tmp_path / "one", longest_wait=0)
    for _ in range(8):
        bucket.take()
    with pytest.raises(RetryLater, match="used up"):
        bucket.take()
    assert server.asked == 1, "a Redis that is away is asked once in a while"
    clock.now += PAUSE + 1
    server.away = None
    bucket.take()
    assert server.kept


def test_levels_that_cannot_be_read_are_full(clock: Clock, server: MemoryRedis, tmp_path: Path) -> None:
    server.kept["key"] = b"\xff{"
    bucket = machine(clock, tmp_path / "one", longest_wait=0)
    for _ in range(8):
        bucket.take()
    with pytest.raises(RetryLater):
        bucket.take()


def test_redis_that_never_lets_anybody_write_is_none(
    clock: Clock, server: MemoryRedis, tmp_path: Path
) -> None:
    server.others_write = 10_000
    bucket = machine(clock, tmp_path / "one", longest_wait=0)
    for _ in range(8):
        bucket.take()
    with pytest.raises(RetryLater):
        bucket.take()


def test_the_store_is_the_widest_that_there_is(server: MemoryRedis, tmp_path: Path) -> None:
    assert isinstance(shared_levels(tmp_path / "x", "redis://cache", "key"), RedisLevels)
    assert isinstance(shared_levels(tmp_path / "x", "", "key"), FileLevels)
    assert isinstance(shared_levels(None, "", "key"), MemoryLevels)
