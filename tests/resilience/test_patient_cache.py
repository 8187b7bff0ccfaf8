"""A cache whose Redis is away costs one time-out, and not one for each question."""

from __future__ import annotations

from typing import NoReturn

import pytest
import redis

from webapp.resilience.patient_cache import PAUSE, PatientRedisCache


class Away:
    """Stands for the client of a Redis that is silent."""

    def __init__(self) -> None:
        self.asked = 0

    def get(self, _key: str) -> NoReturn:
        self.asked += 1
        raise redis.TimeoutError("Timeout reading from socket")

    setex = set = delete = get


def test_silent_redis_is_asked_once_in_a_while() -> None:
    client, now = Away(), 100.0
    cache = PatientRedisCache(host=client)
    cache.clock = lambda: now
    with pytest.raises(redis.TimeoutError):
        cache.get("key")
    for _ in range(5):
        with pytest.raises(redis.ConnectionError):
            cache.get("key")
        with pytest.raises(redis.ConnectionError):
            cache.set("key", 1)
        with pytest.raises(redis.ConnectionError):
            cache.add("key", 1)
        with pytest.raises(redis.ConnectionError):
            cache.delete("key")
    assert client.asked == 1
    now += PAUSE
    with pytest.raises(redis.TimeoutError):
        cache.get("key")
    cache.ask_again()
    with pytest.raises(redis.TimeoutError):
        cache.get("key")
    assert client.asked == 3
