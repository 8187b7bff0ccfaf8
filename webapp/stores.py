"""What an application keeps things in and needs no identity for: settings, cache, and the engine of its database.

The edge service has these and no other extension (`webapp.edge`); `webapp.extensions` has them too.
"""

from __future__ import annotations

from flask import Flask, current_app
from flask_caching import Cache
from sqlalchemy import Engine

from webapp.config.settings import ConfigurationError, Settings

cache = Cache()


def settings() -> Settings:
    return current_app.extensions["settings"]  # type: ignore[no-any-return]


def engine() -> Engine:
    """For statements of Core on a connection of their own. Whoever works with rows uses `webapp.extensions.db`."""
    return current_app.extensions["engine"]  # type: ignore[no-any-return]


def init_cache(app: Flask) -> None:
    """Raises `ConfigurationError`."""
    try:
        cache.init_app(app)
    except OSError as err:
        raise ConfigurationError(f"CACHE_DIRECTORY: {err.filename} cannot be used: {err.strerror}.") from err
