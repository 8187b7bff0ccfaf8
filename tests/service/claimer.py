"""A worker that claims one row of each kind; by itself, one on a machine whose clock is wrong.

python -m tests.service.claimer DATABASE_URL DIRECTORY SECONDS_AHEAD ZONE LEAVING_ZONE DOMAIN RUN

The answer is a JSON list: that machine's time, and for each kind whether the worker got the row.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

from tests.app_fixtures import make_app
from webapp.extensions import db
from webapp.jobs import clock
from webapp.models import utcnow
from webapp.removal import zone_deletion
from webapp.zones import provision, records_sync
from webapp.zones.reconcile import run as reconcile_run


def claim_all(zone: int, leaving: int, domain: int, run: int) -> list[bool]:
    """Claimed as the tasks do it, and committed."""
    steps = (
        provision.claim(zone, clock.now()),
        zone_deletion.claim(leaving, clock.now()),
        records_sync.claim(domain, clock.now()),
        reconcile_run.claim(run, clock.now()),
    )
    db.session.commit()
    return [step is not None for step in steps]


if __name__ == "__main__":
    database_url, directory, ahead = sys.argv[1:4]
    app = make_app(Path(directory), database_url=database_url)
    there = datetime.now(UTC) + timedelta(seconds=int(ahead))
    with app.app_context(), time_machine.travel(there, tick=True):
        sys.stdout.write(json.dumps([utcnow().isoformat(), claim_all(*map(int, sys.argv[4:]))]))
