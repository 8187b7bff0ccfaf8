"""What gunicorn reads: `gunicorn --config python:webapp.gunicorn_config webapp.wsgi:app`.

No access log: links in e-mails carry tokens, and a log would keep them. `webapp.runtime.request_ids` writes a line
per request without them.
"""

from __future__ import annotations

from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from webapp.boot.server_settings import read_again, read_settings
from webapp.boot.starting import starting
from webapp.config.private_files import keep_private
from webapp.resilience.gate import THREADS
from webapp.resilience.right_schema import require_right_schema
from webapp.runtime.gc_tuning import collect_seldom, keep_what_is_imported
from webapp.telemetry.metrics_files import keep_figures

collect_seldom()
keep_private()
# gunicorn reads this file before it listens.
with starting():
    chosen = read_settings()
    keep_figures()


class OurWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Ends gunicorn, too, when the application ends the process, as it does without a directory to write into.
    gunicorn would start such a worker again and again.
    """

    def load_wsgi(self) -> None:
        try:
            super().load_wsgi()
        except SystemExit as err:
            self.log.critical("%s", err.code)
            raise SystemExit(Arbiter.WORKER_BOOT_ERROR) from err


worker_class = OurWorker
threads = THREADS
graceful_timeout = 5
# It would lie in the home directory, where the processes of one user replace each other's.
control_socket_disable = True
# `webapp.runtime.requests.trusted_proxies` alone decides what a proxy is believed. gunicorn would else take the
# scheme from whoever asks from this machine.
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
    require_right_schema(chosen)


def on_reload(_server: object) -> None:
    """gunicorn calls this for SIGHUP, before it starts the new workers. With a wrong setting they would all end, and
    gunicorn with them.
    """
    read_again()


def post_worker_init(_worker: object) -> None:
    """gunicorn calls this in each of its workers, once the application is loaded."""
    keep_what_is_imported()
