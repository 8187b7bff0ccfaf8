"""`/metrics`, and what every page says when the trouble is ours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog
from flask import Blueprint, Response, current_app
from sqlalchemy.exc import SQLAlchemyError

from webapp.extensions import db, settings
from webapp.health import status
from webapp.health.figures import DatabaseFigures
from webapp.health.metrics_views import figures
from webapp.models import utcnow

log = structlog.get_logger(__name__)

system = Blueprint("system", __name__)


@system.get("/metrics")
def metrics() -> Response:
    return figures(current_app.extensions.setdefault("figures", DatabaseFigures()))


system.add_app_template_global(status.statuses, "system_statuses")


@system.app_template_global()
def troubles() -> Sequence[status.Trouble]:
    """What of ours has not worked for a while. Nothing when the database is silent: an error page must come out."""
    chosen = settings()
    lasting = timedelta(minutes=chosen.trouble_banner_minutes)
    worker_silent = timedelta(seconds=chosen.worker_silent_seconds)
    try:
        return status.troubles(utcnow(), lasting=lasting, worker_silent=worker_silent)
    except SQLAlchemyError:
        log.warning("troubles.unknown", exc_info=True)
        db.session.rollback()
        return ()
