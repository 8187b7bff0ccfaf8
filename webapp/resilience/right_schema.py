"""Servers refuse to start on the data of another version: they would break in the middle of somebody's request."""

from __future__ import annotations

import structlog
from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import SQLAlchemyError

from webapp.config.flask import database_url
from webapp.config.settings import Settings
from webapp.database import postgresql
from webapp.database.schema import Schema, schema

log = structlog.get_logger(__name__)


def require_right_schema(settings: Settings) -> None:
    """Say which migration the database is at and which this code needs; raise SystemExit with a sentence unless they
    go together. A database that is away is no reason: servers may start before it, and `/readyz` tells.
    """
    try:
        found = _look(settings)
    except SQLAlchemyError:
        log.warning("schema.unknown", exc_info=True)
        return
    log.info("schema", found=found.found, needed=found.needed)
    if not found.is_right:
        raise SystemExit(f"Nameplate cannot start.\n{found.sentence} {found.advice}")


def _look(settings: Settings) -> Schema:
    """By a connection of its own, and without a thread: gunicorn forks its workers after it, and Celery its beat.
    They would inherit the locks that a thread holds which still waits for a silent database.
    """
    engine = create_engine(database_url(settings.database_url), poolclass=NullPool, hide_parameters=True)
    if engine.dialect.name == "postgresql":
        postgresql.make_brief(engine)
    with engine.connect() as connection:
        return schema(connection)
