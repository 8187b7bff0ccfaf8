"""What is known of a name: from the database, or from an answer of before.

An answer that is younger than `fresh` seconds is given out again, so that every process is right within that time of
a commit. So is one since which nothing was committed, where the database can tell. While the database is away, a name
that was served is served on until its last answer is `keep` seconds old. A “no” takes the place of the “yes” before
it, and is never given out instead of asking.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from webapp.edge.lookup.kept import Room
from webapp.edge.lookup.statement import AwayError, Found, Moment, Read

T = TypeVar("T")

#: How many names a process keeps, twice the first number at most. A name that is not served has a room of its own:
#: a stranger who asks for names that nobody has drives out no customer's.
SERVED_NAMES, OTHER_NAMES = 20_000, 2_000


@dataclass(slots=True, eq=False)
class Known(Generic[T]):
    """`found`: the row, None when the name is not served. `read_at`, `moment`: by our clock and of the database,
    before that was asked. `ask` and `route`: what was made of it, for the question of that name.
    """

    found: Found | None
    read_at: float
    moment: Moment | None = None
    ask: T | None = None
    route: T | None = None


class Lookups(Generic[T]):
    """`ask` asks the database for an A-label name, as `Prepared.ask` does; it raises `AwayError`."""

    def __init__(
        self,
        ask: Callable[[str, Moment | None], Read | None],
        *,
        fresh: float,
        keep: float,
        clock: Callable[[], float] = time.monotonic,
        sizes: tuple[int, int] = (SERVED_NAMES, OTHER_NAMES),
    ) -> None:
        self._ask, self._fresh, self._keep, self._clock = ask, fresh, keep, clock
        self._lock = Lock()
        self._served, self._others = (Room[Known[T]](size, self._lock) for size in sizes)

    def look_up(self, name: str) -> Known[T]:
        """Raises `AwayError` when the database is away and no answer is young enough."""
        served, now = self._served.get(name), self._clock()
        known = served or self._others.get(name)
        if known is not None and now - known.read_at < self._fresh:
            return known
        try:
            read = self._ask(name, known.moment if known is not None else None)
        except AwayError:
            if served is not None and now - served.read_at < self._keep:
                return served
            raise
        if known is not None:
            if read is None:
                known.read_at = now
                return known
            if known.found == read.found:
                known.read_at, known.moment = now, read.moment
                return known
        assert read is not None  # noqa: S101 - only who gave a moment is told that it holds
        return self._noted(name, Known(read.found, now, read.moment))

    def _noted(self, name: str, known: Known[T]) -> Known[T]:
        """Unless another thread has asked later than this one, and been faster."""
        room, other = (self._others, self._served) if known.found is None else (self._served, self._others)
        with self._lock:
            same, contrary = room.seen(name), other.seen(name)
            if (same and same.read_at > known.read_at) or (contrary and contrary.read_at > known.read_at):
                return known
            if contrary:
                other.drop(name)
            room.put(name, known)
        return known
