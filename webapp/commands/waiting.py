"""Following a check to its end from a process that is not its worker."""

from __future__ import annotations

import time

from webapp.checks import tasks
from webapp.extensions import db
from webapp.models import Check, CheckStatus, utcnow

#: How long a worker may take to pick a check up before this process does the work itself.
PATIENCE_SECONDS = 3.0
PAUSE_SECONDS = 0.2


def follow(check_id: int, timeout: float) -> Check | None:
    """The check once it is done, or None when that took longer than `timeout` seconds.

    A check that this process runs itself is finished even when the time is up meanwhile; none takes longer than
    `CHECK_TOTAL_SECONDS`.
    """
    started = time.monotonic()
    while True:
        # A new transaction each time: in the old one, the row would stay as it was.
        db.session.rollback()
        check = db.session.get_one(Check, check_id, populate_existing=True)
        if check.status is CheckStatus.DONE:
            return check
        waited = time.monotonic() - started
        if waited >= timeout:
            return None
        if waited >= min(PATIENCE_SECONDS, timeout / 2) and _unattended(check):
            tasks.run_check.run(check_id)
        else:
            time.sleep(PAUSE_SECONDS)


def _unattended(check: Check) -> bool:
    """Nobody has taken it yet, or whoever had it is gone."""
    return check.status is CheckStatus.WAITING or check.lease_until is None or check.lease_until <= utcnow()
