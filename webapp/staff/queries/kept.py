"""Figures that take a database long, kept in the cache for a while. A cache that is away costs the time alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import structlog

from webapp.extensions import cache

log = structlog.get_logger(__name__)
T = TypeVar("T")


def kept(key: str, seconds: int, make: Callable[[], T]) -> T:
    """What `make` gave within the last `seconds`, or gives now."""
    found: T | None = _asked(key, lambda: cache.get(key))
    if found is None:
        found = make()
        _asked(key, lambda: cache.set(key, found, timeout=seconds))
    return found


def _asked(key: str, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Exception:
        log.warning("cache.unreachable", key=key, exc_info=True)
        return None
