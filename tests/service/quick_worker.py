"""The worker of `webapp.worker`, with a clock that beats faster, leases that are over sooner, and shorter pauses
between two tries of a broker that is away.

    celery -A tests.service.quick_worker worker ...

Nothing else differs. The settings of the test shorten what a lease has to outlast as well.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

from kombu import Connection

# ruff: noqa: E402 - the leases are what they are before anybody has read them
from webapp.checks import queries
from webapp.removal import deletion_queue
from webapp.zones import provision

QUICK = timedelta(seconds=2 * float(os.environ["CHECK_TOTAL_SECONDS"]))
provision.JOB = replace(provision.JOB, lease=QUICK)
deletion_queue.JOB = replace(deletion_queue.JOB, lease=QUICK)
queries.QUEUE_LEASE = timedelta(seconds=2)
queries.WORK = replace(queries.WORK, lease=QUICK)
queries.SCHEDULE = replace(queries.SCHEDULE, lease=QUICK + queries.QUEUE_LEASE)

from webapp.worker import celery_app

_connect: Any = Connection._ensure_connection


def _soon(
    connection: Connection, errback: Any = None, max_retries: Any = None, *_pauses: Any, **options: Any
) -> Any:
    """kombu gives the pauses by their places or by their names."""
    pauses = {"interval_start": 0.01, "interval_step": 0.0, "interval_max": 0.01}
    return _connect(connection, errback, max_retries, **{**options, **pauses})


Connection._ensure_connection = _soon  # type: ignore[method-assign, assignment]

for entry in celery_app.conf.beat_schedule.values():
    entry["schedule"] = min(entry["schedule"], 1.0) if entry["schedule"] < 60 else entry["schedule"]
