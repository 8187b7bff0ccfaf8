"""The cache in a directory, when somebody deletes the directory or writes into its files while processes use it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from flask_caching.backends.filesystemcache import FileSystemCache

log = structlog.get_logger(__name__)

#: What pickle raises for bytes that it did not write, besides its own faults.
_UNREADABLE = (
    *(AttributeError, ImportError, IndexError, KeyError, MemoryError, OverflowError),
    *(TypeError, ValueError),
)


class LastingFileCache(FileSystemCache):
    """Makes its directory again. Without it nothing would be kept until some process starts."""

    def set(
        self, key: str, value: Any, timeout: int | timedelta | None = None, mgmt_element: bool = False
    ) -> bool:
        Path(self._path).mkdir(mode=0o700, parents=True, exist_ok=True)
        return super().set(key, value, timeout, mgmt_element)

    def get(self, key: str) -> Any:
        """None as well for what cannot be read: the database has it."""
        try:
            return super().get(key)
        except _UNREADABLE:
            log.warning("cache.unreadable", key=key, exc_info=True)
            self.delete(key)
            return None
