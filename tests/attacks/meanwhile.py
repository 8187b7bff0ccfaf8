"""A worker that records something of a domain just after a request has read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event, update
from sqlalchemy.orm import object_session

from webapp.extensions import db
from webapp.models import LLMClientCustomDomain, utcnow


@contextmanager
def recorded_after_it_was_read() -> Iterator[list[int]]:
    """The ids of the domains that this happened to, once each."""
    happened: list[int] = []

    def record(domain: LLMClientCustomDomain, _context: object) -> None:
        session = object_session(domain)
        if session is not None and domain.id not in happened:
            happened.append(domain.id)
            table = db.metadata.tables[LLMClientCustomDomain.__tablename__]
            session.connection().execute(
                update(table)
                .where(table.c.id == domain.id)
                .values(version=table.c.version + 1, last_checked_at=utcnow())
            )

    event.listen(LLMClientCustomDomain, "load", record)
    try:
        yield happened
    finally:
        event.remove(LLMClientCustomDomain, "load", record)
