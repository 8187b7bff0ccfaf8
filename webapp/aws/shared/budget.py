"""How many calls a second Nameplate takes out of the AWS account’s share, over all machines of an installation (with
Redis, `webapp.aws.shared.redis_levels`) or all processes of a machine.

Route 53 limits calls per account, and everybody in the account (the console too) draws on the same bucket.
So Nameplate keeps a smaller bucket of its own. Every attempt counts, botocore’s own retries included.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from enum import IntEnum
from pathlib import Path
from threading import Lock
from typing import Protocol

from webapp.aws.shared.errors import RetryLater


class Priority(IntEnum):
    """A lower priority leaves part of the bucket to the higher ones: none, a quarter, a half."""

    USER = 0
    RECONCILE = 1
    CLEANUP = 2


_current: ContextVar[Priority] = ContextVar("aws_priority", default=Priority.USER)


@contextmanager
def priority(level: Priority) -> Iterator[None]:
    """Calls to AWS inside the `with` block have this priority; outside of any they are `USER`."""
    token = _current.set(level)
    try:
        yield
    finally:
        _current.reset(token)


class Budget(Protocol):
    def take(self, *, creation: bool = False) -> None:
        """Take one call (and one creation) out of the budget, waiting a bounded time; else `RetryLater`."""


@dataclass(frozen=True)
class Rates:
    """Per second. Up to two seconds’ worth may be saved up, and never less than two calls."""

    calls: float = 4.0
    creations: float = 1.0

    @property
    def most_calls(self) -> float:
        return max(2.0, 2 * self.calls)

    @property
    def most_creations(self) -> float:
        return max(2.0, 2 * self.creations)


@dataclass(frozen=True)
class Levels:
    """What the two buckets hold at the time `at`."""

    calls: float
    creations: float
    at: float


def full(rates: Rates, now: float) -> Levels:
    return Levels(rates.most_calls, rates.most_creations, now)


def spend(levels: Levels, rates: Rates, now: float, level: Priority, creation: bool) -> tuple[Levels, float]:
    """The levels afterwards and 0, or the refilled levels and the seconds until it is worth asking again."""
    passed = max(0.0, now - levels.at)
    # The lower bound is for levels out of a damaged file, which could otherwise block every call for years.
    calls = min(rates.most_calls, max(0.0, levels.calls) + passed * rates.calls)
    creations = min(rates.most_creations, max(0.0, levels.creations) + passed * rates.creations)
    missing = 1 + rates.most_calls * level / 4 - calls
    wait = max(missing / rates.calls, (1 - creations) / rates.creations if creation else 0.0)
    if wait > 0:
        return Levels(calls, creations, now), max(wait, 0.001)
    return Levels(calls - 1, creations - creation, now), 0.0


Step = Callable[[Levels | None], tuple[Levels, float]]


class LevelStore(Protocol):
    def update(self, step: Step) -> float:
        """Give `step` the levels kept so far (None at first), keep those it returns, return its seconds."""


class MemoryLevels:
    """The levels of one process; its threads share them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._levels: Levels | None = None

    def update(self, step: Step) -> float:
        with self._lock:
            self._levels, wait = step(self._levels)
        return wait


class FileLevels:
    """The levels of all processes of a machine, in a file of one line, under an exclusive lock on it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def update(self, step: Step) -> float:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Opened anew each time: flock tells open files apart, so this holds between threads as well.
        with os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            levels, wait = step(read_levels(file.read()))
            file.seek(0)
            file.truncate()
            file.write(as_text(levels))
        return wait


def as_text(levels: Levels) -> str:
    return json.dumps(asdict(levels))


def read_levels(text: str) -> Levels | None:
    """None for an empty file and for one that a full disk or another program has spoilt."""
    try:
        kept = json.loads(text)
        return Levels(float(kept["calls"]), float(kept["creations"]), float(kept["at"]))
    except (ValueError, TypeError, KeyError):
        return None


class TokenBucket:
    """The `Budget` of an installation, a machine or a process, by the store it is given."""

    def __init__(
        self,
        rates: Rates | None = None,
        store: LevelStore | None = None,
        *,
        longest_wait: float = 10.0,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rates = rates or Rates()
        self._store = store or MemoryLevels()
        self._longest_wait = longest_wait
        self._clock = clock
        self._sleep = sleep

    def take(self, *, creation: bool = False) -> None:
        waited = 0.0
        while wait := self._store.update(self._step(creation)):
            # The pauses are added up instead of reading the clock, so that the wait ends even if the clock stands.
            if waited + wait > self._longest_wait:
                raise RetryLater("Nameplate’s share of calls to AWS is used up for now.", code="BudgetSpent")
            self._sleep(wait)
            waited += wait

    def _step(self, creation: bool) -> Step:
        def step(kept: Levels | None) -> tuple[Levels, float]:
            now = self._clock()
            return spend(kept or full(self._rates, now), self._rates, now, _current.get(), creation)

        return step
