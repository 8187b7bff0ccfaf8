"""Redis as a cache that costs a page no time while it is silent or away."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import redis
from flask_caching.backends.rediscache import RedisCache

T = TypeVar("T")

#: Seconds for which nobody asks a Redis that did not answer. Each question would cost its time-out again.
PAUSE = 5.0


class PatientRedisCache(RedisCache):
    """Raises `redis.ConnectionError` at once for `PAUSE` seconds after Redis did not answer."""

    clock: Callable[[], float] = staticmethod(time.monotonic)
    _asked_again_at = float("-inf")

    def get(self, key: str) -> Any:
        return self._ask(lambda: super(PatientRedisCache, self).get(key))

    def set(self, key: str, value: Any, timeout: int | timedelta | None = None) -> Any:
        return self._ask(lambda: super(PatientRedisCache, self).set(key, value, timeout))

    def add(self, key: str, value: Any, timeout: int | timedelta | None = None) -> Any:
        return self._ask(lambda: super(PatientRedisCache, self).add(key, value, timeout))

    def delete(self, key: str) -> Any:
        return self._ask(lambda: super(PatientRedisCache, self).delete(key))

    def ask_again(self) -> None:
        """The next question is asked, whatever the last one met."""
        self._asked_again_at = float("-inf")

    def _ask(self, question: Callable[[], T]) -> T:
        if self.clock() < self._asked_again_at:
            raise redis.ConnectionError("Redis did not answer a moment ago.")
        try:
            return question()
        except (redis.ConnectionError, redis.TimeoutError):
            self._asked_again_at = self.clock() + PAUSE
            raise
