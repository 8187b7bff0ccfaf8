"""What gunicorn reads: `gunicorn --config python:webapp.gunicorn_config webapp.wsgi:app`.

No access log: links in e-mails carry tokens, and a log would keep them. `webapp.runtime.request_ids` writes a line
per request without them.
"""

from __future__ import annotations

import os
from contextlib import suppress

from gunicorn.config import Config
from gunicorn.glogging import Logger

from webapp.config.env_files import read_env_files
from webapp.config.private_files import keep_private
from webapp.config.settings import ConfigurationError, load_settings
from webapp.resilience.gate import THREADS
from webapp.resilience.right_schema import require_right_schema
from webapp.runtime.gc_tuning import collect_seldom, keep_what_is_imported
from webapp.runtime.logs import configure
from webapp.runtime.metrics_files import keep_figures

collect_seldom()
keep_private()
read_env_files()
keep_figures()
configure(os.environ.get("LOG_FORMAT", "auto"))

worker_class = "gthread"
threads = THREADS
graceful_timeout = 5
# `webapp.runtime.trusted_proxies` alone decides what a proxy is believed. gunicorn would else take the scheme from
# whoever asks from this machine.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}


class OurLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Leaves gunicorn's lines to the one handler that writes ours."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.handlers = []
        self.error_log.propagate = True


logger_class = OurLogger


def on_starting(_server: object) -> None:
    """gunicorn calls this once, before it listens. A worker that it starts anew later is not asked: while an upgrade
    is under way, it goes on as those beside it do.
    """
    with suppress(ConfigurationError):  # The application itself says what is wrong with a setting.
        require_right_schema(load_settings())


def post_worker_init(_worker: object) -> None:
    """gunicorn calls this in each of its workers, once the application is loaded."""
    keep_what_is_imported()
