"""A process's few threads, and how many of them may wait for silent servers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: A process has few threads, and what waits for silent servers must not take them all. Steps for zones and
#: certificates, which sweeps bring again in seconds, have two of them …
FOR_STEPS = threading.BoundedSemaphore(2)
#: … and the checks that somebody waits for have one: those that are pressed meanwhile share a round.
FOR_PRESSES = threading.BoundedSemaphore(1)
#: Updates of the edge's zone have one of their own: its servers may be silent while AWS answers.
FOR_TARGETS = threading.BoundedSemaphore(1)
#: Looks at names from outside, whose servers may be anybody's, have one, and those that somebody waits for another.
FOR_PROBES = threading.BoundedSemaphore(1)
FOR_ASKED_PROBES = threading.BoundedSemaphore(1)
#: Messages to endpoints, whose servers may be anybody's as well, have one.
FOR_WEBHOOKS = threading.BoundedSemaphore(1)


@contextmanager
def place(places: threading.BoundedSemaphore) -> Iterator[bool]:
    """Whether there is a free place, which is held until the end."""
    free = places.acquire(blocking=False)
    try:
        yield free
    finally:
        if free:
            places.release()
