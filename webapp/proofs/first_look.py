"""The name servers that the look before a registration found, kept until the first check finds them itself.

They are kept in the cache, so that a page can name the DNS provider at once. A cache that is away, full or broken
costs that and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from webapp.stores import cache

log = structlog.get_logger(__name__)

#: Seconds. The first check is due within a minute of the registration; people may hesitate before that.
LASTS = 3600


def remember(host: str, servers: Iterable[str]) -> None:
    """Those of the zone that holds the name. Inside an application context; never raises."""
    try:
        cache.set(_key(host), sorted(servers), timeout=LASTS)
    except Exception as err:  # noqa: BLE001 - a cache may fail in whatever way, and nobody may notice
        log.info("first_look.not_kept", host=host, reason=repr(err))


def recall(host: str) -> frozenset[str]:
    """Empty where nobody looked lately. Inside an application context; never raises."""
    try:
        found = cache.get(_key(host))
    except Exception as err:  # noqa: BLE001 - as above
        log.info("first_look.not_read", host=host, reason=repr(err))
        return frozenset()
    kept = isinstance(found, list) and all(isinstance(one, str) for one in found)
    return frozenset(found) if kept else frozenset()


def _key(host: str) -> str:
    return f"first-look:{host}"
