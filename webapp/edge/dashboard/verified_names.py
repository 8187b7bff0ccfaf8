"""The verified names: cached for all processes, and correct within a second of a committed change.

Two rules keep the cache correct. First, every commit that changes the verified set gives the cache a new generation.
A list is stored under the generation that was current *before* it was read from the database, so that a reader that
raced the commit cannot leave an old list behind; one that the cache did not take is announced again
(`webapp.edge.served_names.announcements`). Second, no list is used for longer than `FRESH_SECONDS`. That limits
every other accident, such as a process killed between commit and announcement, or a cache that was down meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, TypedDict

import structlog
from flask import Flask
from prometheus_client import Counter
from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from webapp.edge.served_names import served
from webapp.edge.served_names.announcements import (
    announce_change,
    announce_routes,
    ask_cache,
    generation_of_names,
    init_announcements,
    tell_cache,
)
from webapp.extensions import db
from webapp.jobs.batches import batches
from webapp.models import Account, LLMClient, LLMClientCustomDomain, bind_models
from webapp.stores import settings

log = structlog.get_logger(__name__)

READS = Counter(
    "nameplate_verified_list_reads",
    "How often the list of verified names was read, and where from.",
    ["source"],
)

FRESH_SECONDS = 0.9
#: Names are short, so that a batch may hold many.
_BATCH = 5000
#: The columns that decide which names are served.
_DECISIVE: dict[type, tuple[str, ...]] = {
    LLMClientCustomDomain: ("is_verified", "domain_name", "held_at"),
    Account: ("deleted_at",),
}
#: Those that decide where a served name leads.
_LEADING: dict[type, tuple[str, ...]] = {
    LLMClient: ("deployed", "label", "custom_domain", "custom_domain_id", "account_id"),
    LLMClientCustomDomain: ("llm_client", "account_id"),
    Account: ("number",),
}
#: Another name than that of earlier releases, which kept a list and would take the lines for one.
_LIST = "verified-names-lines"
_CHANGED, _LED = "verified_names_changed", "routes_changed"


class CachedNames(TypedDict):
    """`lines`: the names, a line each. Of a million names one text is read in a tenth of the time of a list."""

    generation: str
    read_at: float
    lines: str


def init_verified_names(app: Flask) -> None:
    bind_models(
        session=db.session,
        platform_domain=lambda: settings().platform_domain,
        verified_names=verified_names,
    )
    init_announcements(app)
    with app.app_context():
        session_class = db.session.session_factory.class_
    if not event.contains(session_class, "before_flush", _notice_change):
        event.listen(session_class, "before_flush", _notice_change)
        event.listen(session_class, "after_commit", _announce_change)
        event.listen(session_class, "after_rollback", _forget_change)


def verified_names() -> list[str]:
    """Sorted A-label names, from the cache, else from the database."""
    generation = generation_of_names() or "0"
    cached: CachedNames | None = ask_cache(_LIST)
    if cached and cached["generation"] == generation and 0 <= time.time() - cached["read_at"] < FRESH_SECONDS:
        READS.labels("cache").inc()
        return cached["lines"].splitlines()
    READS.labels("database").inc()
    read_at = time.time()
    names = list(db.session.scalars(served.NAMES.order_by(served.domain.c.domain_name)))
    lines = "\n".join(names)
    tell_cache(_LIST, CachedNames(generation=str(generation), read_at=read_at, lines=lines), timeout=2)
    return names


def served_names(after: str | None = None) -> Iterator[Sequence[str]]:
    """The same names from the database, in batches: those that are sorted behind `after`."""
    return batches(served.NAMES, served.domain.c.domain_name, after=after, size=_BATCH)


def _notice_change(session: Session, _context: Any, _instances: Any) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        for flag, columns in ((_CHANGED, _DECISIVE), (_LED, _LEADING)):
            decisive = columns.get(type(row), ())
            if decisive and (row in session.deleted or _has_changed(row, decisive)):
                session.info[flag] = True


def _has_changed(row: object, columns: tuple[str, ...]) -> bool:
    attributes: Any = inspect(row)
    return any(attributes.attrs[column].history.has_changes() for column in columns)


def _announce_change(session: Session) -> None:
    """After the commit that others can read, and not after a savepoint, for which SQLAlchemy calls this as well: who
    reads meanwhile would keep the list of before under the new generation."""
    if session.in_nested_transaction():
        return
    changed, led = session.info.pop(_CHANGED, False), session.info.pop(_LED, False)
    if changed:
        announce_change()
    elif led:
        announce_routes()


def _forget_change(session: Session) -> None:
    """What a savepoint takes back is announced all the same: it may be a part of what changed."""
    if session.in_nested_transaction():
        return
    session.info.pop(_CHANGED, None)
    session.info.pop(_LED, None)
