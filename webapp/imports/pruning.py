"""Dropping imports that nobody needs any more. The domains that they registered stay."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from webapp.extensions import db
from webapp.imports import queries
from webapp.jobs.writing import begin_writing
from webapp.models import DomainImport, ImportLine

#: Lines that go in one transaction; SQLite lets nobody else write meanwhile.
AT_ONCE = 1000


def forget_some(before: datetime) -> bool:
    """Whether there is more to drop of imports that are from before this time and not under way."""
    begin_writing()
    old = DomainImport.created_at < before, DomainImport.state.not_in(queries.BUSY)
    import_id = db.session.scalar(select(DomainImport.id).where(*old).order_by(DomainImport.id).limit(1))
    if import_id is None:
        return False
    lines = select(ImportLine.id).where(ImportLine.import_id == import_id).limit(AT_ONCE)
    ids = db.session.scalars(lines).all()
    db.session.execute(delete(ImportLine).where(ImportLine.id.in_(ids)))
    if len(ids) < AT_ONCE:
        db.session.execute(delete(DomainImport).where(DomainImport.id == import_id))
    return True
