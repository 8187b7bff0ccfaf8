"""Where the counters of rate limits are kept, and by what an address is counted."""

from __future__ import annotations

import re
import time
from typing import Any, NamedTuple

from flask import Flask, current_app
from limits import parse
from redis.backoff import NoBackoff
from redis.retry import Retry

from webapp.abuse.storage import REDIS, SCHEME
from webapp.config.settings import Settings
from webapp.extensions import limiter

#: Seconds. A sign-in waits for a silent Redis twice before its limits are counted in the process's own memory.
REDIS_PATIENCE = 0.5
#: Whoever has one IPv6 address mostly has the 2^64 of its network (RFC 6177, RFC 7934).


def init_counters(app: Flask, settings: Settings) -> None:
    for name, value in limit_config(settings).items():
        app.config.setdefault(name, value)
    limiter.init_app(app)


def limit_config(settings: Settings) -> dict[str, Any]:
    """With neither Redis nor file, limits go on in memory: signing in must work while a store is away."""
    common = {"RATELIMIT_KEY_PREFIX": settings.installation_id, "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True}
    if settings.redis_url:
        # redis-py tries three more times with growing pauses unless it is told not to.
        patience = {
            "socket_timeout": REDIS_PATIENCE,
            "socket_connect_timeout": REDIS_PATIENCE,
            "retry": Retry(NoBackoff(), 0),
        }
        return {
            **common,
            "RATELIMIT_STORAGE_URI": f"{REDIS}+{re.sub('^unix:', 'redis+unix:', settings.redis_url)}",
            "RATELIMIT_STORAGE_OPTIONS": patience,
        }
    path = settings.broker_path.absolute().with_name("limits.sqlite")
    return {**common, "RATELIMIT_STORAGE_URI": f"{SCHEME}://{path}"}


def take(limit: str, *key: str) -> bool:
    """Count one for `key`; False when the limit, such as `3 per day`, was used up before.

    While the store cannot be asked, each process counts by itself.
    """
    return limiter.limiter.hit(parse(limit), current_app.config["RATELIMIT_KEY_PREFIX"], *key)


class Counted(NamedTuple):
    """`resets_at`: seconds since 1970, when the count begins anew."""

    allowed: bool
    left: int
    resets_at: float


def left_of(limit: str, *key: str) -> Counted | None:
    """As `count`, and counts nothing. None while the store cannot be asked."""
    item = parse(limit)
    try:
        resets_at, left = limiter.limiter.get_window_stats(
            item, current_app.config["RATELIMIT_KEY_PREFIX"], *key
        )
    except limiter.limiter.storage.base_exceptions:
        return None
    return Counted(left > 0, left, resets_at)


def count(limit: str, *key: str) -> Counted:
    """As `take`, and says what is left of the limit."""
    item, whose = parse(limit), (current_app.config["RATELIMIT_KEY_PREFIX"], *key)
    allowed = limiter.limiter.hit(item, *whose)
    try:
        resets_at, left = limiter.limiter.get_window_stats(item, *whose)
    except limiter.limiter.storage.base_exceptions:  # it was counted in memory, of which nothing can be said
        resets_at, left = time.time() + item.get_expiry(), item.amount
    return Counted(allowed, left if allowed else 0, resets_at)
