"""The levels of the budget in Redis, so that all machines of an installation share one rate.

While Redis is away, each machine keeps to the whole rate by itself, in its own file: more than the share that was
chosen, and never more than that for each machine.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from webapp.aws.shared.budget import FileLevels, Levels, LevelStore, MemoryLevels, Step, as_text, read_levels

if TYPE_CHECKING:
    from redis.client import Pipeline

log = logging.getLogger(__name__)

#: Seconds for which a call waits for Redis.
PATIENCE = 0.5
#: Seconds for which nobody asks a Redis that did not answer: each question would cost the patience again.
PAUSE = 5.0
#: Others may change the levels between reading and writing them. So many times in a row only a fault does.
TRIES = 50
#: Seconds after which every level is full again.
KEPT = 3600


def shared_levels(path: Path | None, redis_url: str, key: str) -> LevelStore:
    """The levels of an installation with Redis, else those of a machine, or of a process if there is no `path`."""
    here = FileLevels(path) if path else MemoryLevels()
    return RedisLevels(redis_url, key, here) if redis_url else here


class RedisLevels:
    """Times in Redis are its own, since machines' clocks differ: each ahead of the others would fill the bucket."""

    def __init__(
        self,
        url: str,
        key: str,
        fallback: LevelStore,
        *,
        clock: Callable[[], float] = time.time,
        pause_clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
        )
        self._key = key
        self._fallback = fallback
        self._clock = clock
        self._pause_clock = pause_clock
        self._asked_again_at = float("-inf")

    def update(self, step: Step) -> float:
        if self._pause_clock() < self._asked_again_at:
            return self._fallback.update(step)
        try:
            with self._redis.pipeline() as pipeline:
                for _ in range(TRIES):
                    try:
                        return self._try(pipeline, step)
                    except redis.WatchError:
                        continue
        except (redis.RedisError, OSError) as err:
            self._asked_again_at = self._pause_clock() + PAUSE
            log.warning(
                "Redis cannot be asked for the budget of calls, so this machine keeps its own: %s", err
            )
        return self._fallback.update(step)

    def _try(self, pipeline: Pipeline, step: Step) -> float:
        pipeline.watch(self._key)  # type: ignore[no-untyped-call]  # redis-py has no types for it
        seconds, micros = pipeline.time()
        ahead = seconds + micros / 1_000_000 - self._clock()
        found: bytes | None = pipeline.get(self._key)  # type: ignore[assignment]  # it waits for nothing while it watches
        kept = read_levels(found.decode(errors="replace")) if found else None
        levels, wait = step(_moved(kept, -ahead) if kept else None)
        pipeline.multi()
        pipeline.set(self._key, as_text(_moved(levels, ahead)), ex=KEPT)
        pipeline.execute()
        return wait


def _moved(levels: Levels, seconds: float) -> Levels:
    return replace(levels, at=levels.at + seconds)
