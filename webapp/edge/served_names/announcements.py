"""Changes that every process has to hear of, told again until the cache has taken them.

A change that was committed and not announced would stay unknown to all other processes until their lists are too old
to be believed.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from functools import partial
from threading import Lock, Thread
from typing import Any

import structlog
from flask import Flask, current_app

from webapp.resilience.patient_cache import PatientRedisCache
from webapp.stores import cache

log = structlog.get_logger(__name__)

#: Seconds between two tries, doubled each time up to the second number.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
_GENERATION, _ROUTES = "verified-names-generation", "routes-generation"


def in_background(job: Callable[[], None]) -> None:
    Thread(target=job, name="announcements", daemon=True).start()


class Announcements:
    """`tell` gives the cache a new generation under a key, or raises."""

    def __init__(
        self,
        tell: Callable[[str], None],
        begin: Callable[[Callable[[], None]], None] = in_background,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._tell, self._begin, self._wait = tell, begin, wait
        self._lock = Lock()
        self._left: set[str] = set()
        self._tries_again = False

    def __call__(self, key: str) -> None:
        """Costs one try at most: while earlier ones are tried again, this one joins them."""
        with self._lock:
            self._left.add(key)
            if self._tries_again:
                return
        if self._told() or not self._is_first():
            return
        try:
            self._begin(self._try_again)
        except RuntimeError:  # no thread can be started; the next change tells this one, too
            log.warning("announcements.not_begun", exc_info=True)
            with self._lock:
                self._tries_again = False

    def _is_first(self) -> bool:
        """Whether nobody else has begun to try again meanwhile."""
        with self._lock:
            others, self._tries_again = self._tries_again, True
            return not others

    def _try_again(self) -> None:
        pause = FIRST_PAUSE
        while True:
            self._wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            if self._told():
                with self._lock:
                    if not self._left:
                        self._tries_again = False
                        return

    def _told(self) -> bool:
        """Whether all that was left has been told. What is announced meanwhile is another change."""
        with self._lock:
            keys, self._left = self._left, set()
        try:
            for key in keys:
                self._tell(key)
        except Exception:
            log.warning("cache.unreachable", keys=sorted(keys), exc_info=True)
            with self._lock:
                self._left |= keys
            return False
        return True


def init_announcements(app: Flask) -> None:
    app.extensions["announcements"] = Announcements(partial(_new_generation, app))


def generation_of_names() -> str | None:
    """Changes with every commit that changes which names are served. None while nobody has announced one, or the
    cache cannot tell.
    """
    found: str | None = ask_cache(_GENERATION)
    return found


def announce_change() -> None:
    """Make every process read the list anew. Called for changes that bypass the session's unit of work."""
    current_app.extensions["announcements"](_GENERATION)


def announce_routes() -> None:
    """The same for where the names lead."""
    current_app.extensions["announcements"](_ROUTES)


def generation_of_routes() -> str | None:
    """Changes with every commit that changes a name or a route. None while the cache cannot tell: then nobody can
    know.
    """
    found = ask_cache(_GENERATION), ask_cache(_ROUTES)
    if None in found:
        announce_change()
        announce_routes()
        found = ask_cache(_GENERATION), ask_cache(_ROUTES)
    return None if None in found else "-".join(map(str, found))


def _new_generation(app: Flask, key: str) -> None:
    """Asked of the cache whatever it met a moment ago: one question more is cheap beside a change that is lost."""
    with app.app_context():
        backend: Any = cache.cache
        if isinstance(backend, PatientRedisCache):
            backend.ask_again()
        if cache.set(key, secrets.token_hex(8), timeout=0) is False:
            raise OSError("the cache did not keep a generation")


def ask_cache(key: str) -> Any:
    try:
        return cache.get(key)
    except Exception:
        log.warning("cache.unreachable", key=key, exc_info=True)
        return None


def tell_cache(key: str, value: object, timeout: int) -> None:
    try:
        cache.set(key, value, timeout=timeout)
    except Exception:
        log.warning("cache.unreachable", key=key, exc_info=True)
