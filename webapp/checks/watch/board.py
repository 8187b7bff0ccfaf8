"""Where workers leave how far a check has come, and pages read it: an entry of the cache, which ends by itself.

A cache that is away, full or broken costs this and nothing else.
"""

from __future__ import annotations

import structlog

from webapp.checks.watch.progress import Progress
from webapp.stores import cache

log = structlog.get_logger(__name__)

#: Seconds that an entry lasts: a check takes no longer, so that a worker that was killed leaves nothing behind.
LASTS = 60


def _key(check_id: int) -> str:
    return f"check-progress:{check_id}"


def put(progress: Progress) -> bool:
    """Whether it was kept. Inside an application context; never raises."""
    try:
        return cache.set(_key(progress.check_id), progress.to_data(), timeout=LASTS) is not False
    except Exception as err:  # noqa: BLE001 - a cache may fail in whatever way, and nobody may notice
        log.info("check.progress_not_kept", check_id=progress.check_id, reason=repr(err))
        return False


def read(check_id: int) -> Progress | None:
    """What a worker told of this check last; None without anything. Inside an application context; never raises."""
    try:
        progress = Progress.from_data(cache.get(_key(check_id)))
    except Exception as err:  # noqa: BLE001 - as above
        log.info("check.progress_not_read", check_id=check_id, reason=repr(err))
        return None
    return progress if progress is not None and progress.check_id == check_id else None
