"""The settings of a server that starts worker processes: read before it listens, and again at SIGHUP."""

from __future__ import annotations

import structlog

from webapp.boot.starting import require_usable
from webapp.config.env_files import reading_env_files
from webapp.config.settings import ConfigurationError, Settings, load_settings
from webapp.runtime.logs import configure_by

log = structlog.get_logger(__name__)


def read_settings() -> Settings:
    """Those of this process and of all workers that it starts from now on. Raises `ConfigurationError`, and leaves
    what was before.
    """
    with reading_env_files():
        chosen = load_settings()
        require_usable(chosen)
    configure_by(chosen)
    return chosen


def read_again() -> Settings | None:
    """None when one is wrong: new workers would all end with it, and so those of before hold on."""
    try:
        return read_settings()
    except ConfigurationError as err:
        log.error("settings.wrong", sentences=str(err).splitlines(), now="those of before hold on")  # noqa: TRY400 - the sentences say it all
        return None
