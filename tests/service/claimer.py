"""A worker on a machine whose clock is wrong: it claims one row of each kind, and tells what it got.

python -m tests.service.claimer DATABASE_URL DIRECTORY SECONDS_AHEAD ZONE LEAVING_ZONE DOMAIN RUN

The answer is a JSON object: the machine's time, and for each kind whether the row is ours now.
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

if __name__ == "__main__":
    database_url, directory, ahead = sys.argv[1:4]
    zone, leaving, domain, run = map(int, sys.argv[4:])
    app = make_app(Path(directory), database_url=database_url)
    there = datetime.now(UTC) + timedelta(seconds=int(ahead))
    with app.app_context(), time_machine.travel(there, tick=True):
        got = {
            "machine": utcnow().isoformat(),
            "zone": provision.claim(zone, clock.now()) is not None,
            "leaving": zone_deletion.claim(leaving, clock.now()) is not None,
            "records": records_sync.claim(domain, clock.now()) is not None,
            "run": reconcile_run.claim(run, clock.now()) is not None,
        }
        db.session.commit()
    sys.stdout.write(json.dumps(got))
