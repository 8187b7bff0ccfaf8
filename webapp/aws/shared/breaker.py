"""A circuit breaker for calls that AWS refuses because credentials, permissions or the clock are wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from webapp.aws.shared.errors import AccessTrouble


class Breaker:
    """After `AccessTrouble` every call raises it at once for `pause` seconds; then one call is let through.

    Without it every due row would make a call that AWS refuses, and fill the account’s audit trail and use up its
    budget while staff repair the credentials. The one call a minute and process finds out that they are repaired.
    """

    def __init__(self, *, pause: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause = pause
        self._clock = clock
        self._lock = Lock()
        self._trouble: AccessTrouble | None = None
        self._until = 0.0

    def check(self) -> None:
        with self._lock:
            if self._trouble is None:
                return
            if self._clock() < self._until:
                raise AccessTrouble(
                    str(self._trouble), code=self._trouble.code, request_id=self._trouble.request_id
                )
            self._until = self._clock() + self._pause

    def open(self, trouble: AccessTrouble) -> None:
        with self._lock:
            self._trouble, self._until = trouble, self._clock() + self._pause

    def close(self) -> None:
        with self._lock:
            self._trouble = None
