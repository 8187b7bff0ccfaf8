"""Celery's entry: `celery -A webapp.worker worker -P threads -c 4 -B`."""

from webapp.boot.starting import starting
from webapp.config.private_files import keep_private
from webapp.runtime.gc_tuning import collect_seldom, keep_what_is_imported
from webapp.telemetry.metrics_files import keep_figures

collect_seldom()
keep_private()
with starting():
    keep_figures()

# ruff: noqa: E402 - the folder of the metrics must be set before an import below creates the first counter, and
# the collector told before a million objects are
import contextlib
import os
import threading
import time
from typing import Any

import structlog
from celery import signals
from celery.apps.beat import Beat
from kombu.transport import redis as redis_transport
from kombu.transport import sqlalchemy as sqlite_transport
from sqlalchemy.exc import SQLAlchemyError

import webapp.accounts.tasks
import webapp.certificates.tasks
import webapp.checks.tasks
import webapp.health.tasks
import webapp.imports.tasks
import webapp.notifications.tasks
import webapp.probes.tasks
import webapp.proofs.records.tasks
import webapp.proofs.tasks
import webapp.removal.tasks
import webapp.staff.tasks
import webapp.transfers.tasks
import webapp.webhooks.delivery.tasks
import webapp.zones.reconcile.tasks
import webapp.zones.tasks  # noqa: F401 - each registers its tasks
from webapp import create_app
from webapp.resilience.right_schema import require_right_schema
from webapp.runtime.broker import ForgetfulQoS, prepare
from webapp.runtime.old_task_names import register_old_names

# The SQL transport asks for new messages once a second unless told otherwise, and takes the setting only here.
sqlite_transport.Transport.polling_interval = 0.2
redis_transport.Channel.QoS = ForgetfulQoS

with starting():
    _app = create_app()
celery_app = _app.extensions["celery"]
register_old_names(celery_app)

# The worker and its beat are two processes, and both would create the queue at the same moment if it did not exist
# yet. Celery itself reports a file that cannot be used, and waits for it.
with contextlib.suppress(SQLAlchemyError):
    prepare(celery_app)


@signals.setup_logging.connect
def _keep_our_logs(**_: object) -> None:
    """A receiver of this signal keeps Celery from adding log handlers of its own to ours."""


@signals.celeryd_init.connect
def _print_no_banner(instance: Any, **_: object) -> None:
    """Standard output is often kept together with the log, each of whose lines is an event."""
    instance.quiet = True


class _Beat(Beat):
    """Prints no banner either. No signal comes early enough."""

    app = celery_app

    def __init__(self, **chosen: Any) -> None:
        super().__init__(**{**chosen, "quiet": True})


celery_app.Beat = _Beat


@signals.worker_init.connect
@signals.beat_init.connect
def _refuse_other_data(**_: object) -> None:
    require_right_schema(_app.extensions["settings"])


_WORKER = os.getpid()


@signals.beat_embedded_init.connect
def _end_with_the_worker(**_: object) -> None:
    """The beat of `--beat` is a process of its own, which a worker that is killed leaves behind: it would send its
    messages for ever, beside the next worker's.
    """

    def watch() -> None:
        while os.getppid() == _WORKER:
            time.sleep(0.5)
        os._exit(0)

    threading.Thread(target=watch, name="end-with-the-worker", daemon=True).start()


@signals.worker_ready.connect
def _is_ready(**_: object) -> None:
    keep_what_is_imported()
    structlog.get_logger(__name__).info("worker.ready")
