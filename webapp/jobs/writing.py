"""The beginning of a transaction that reads before it writes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from webapp.extensions import db
from webapp.models import LLMClientCustomDomain

_DOMAIN: Any = LLMClientCustomDomain.__table__


def begin_writing() -> None:
    """Make SQLite take its one write lock before anything is read. PostgreSQL locks rows."""
    if db.engine.dialect.name == "sqlite":
        db.session.execute(update(_DOMAIN).where(_DOMAIN.c.id == -1).values(version=0))
