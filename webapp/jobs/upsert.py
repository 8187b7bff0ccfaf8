"""Inserts that may meet a row of the same key, in the way of the database at hand."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite

from webapp.extensions import db
from webapp.models import Base


def insert(model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An `INSERT` that takes `on_conflict_do_nothing` and `on_conflict_do_update`, which both databases know."""
    if db.engine.dialect.name == "postgresql":
        return postgresql.insert(model)
    return sqlite.insert(model)
