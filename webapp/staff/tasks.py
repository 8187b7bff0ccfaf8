"""What the worker does for staff."""

from __future__ import annotations

from celery import shared_task

from webapp.extensions import db
from webapp.models import utcnow
from webapp.staff import lookalikes


@shared_task
def report_lookalikes() -> None:
    """Once a day: the names in other letters that no finding was ever about, a little at a time."""
    last_id: int | None = 0
    while last_id is not None:
        last_id = lookalikes.report_missed(last_id, utcnow())
        db.session.commit()
