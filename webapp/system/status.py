"""What is known of the parts that we depend on, one row each: noted by whoever meets them, read by every page.

A worker notes them in the transaction of its work. What it has noted counts from the commit on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from webapp.extensions import db
from webapp.models import SystemStatus


class Component(StrEnum):
    WORKER = "worker"
    RESOLVER = "resolver"
    ROUTE53 = "route53"
    ACM = "acm"
    MAIL = "mail"
    ZONE_QUOTA = "zone-quota"


#: News that is no news is written down only so often, because every worker brings it with every batch.
REPEAT = timedelta(seconds=5)
#: A trouble that nobody has met for so long is history, even if nobody has seen the part work since.
CONFIRMED_WITHIN = timedelta(hours=1)


def note_ok(component: Component | str, now: datetime) -> None:
    """The part worked at `now`, so whatever trouble it had before is over."""
    known = db.session.get(SystemStatus, str(component))
    if (
        known is not None
        and known.trouble_since is None
        and known.last_ok_at is not None
        and known.last_ok_at > now - REPEAT
    ):
        return
    _write(component, now, last_ok_at=now, trouble_since=None, sentence=None)


def note_trouble(component: Component | str, sentence: str, now: datetime) -> None:
    """The part did not work at `now`. `sentence` is for staff; the first of several notes says since when."""
    known = db.session.get(SystemStatus, str(component))
    if known is not None and known.sentence == sentence and known.updated_at > now - REPEAT:
        return
    _write(component, now, trouble_since=now, sentence=sentence)


def _write(component: Component | str, now: datetime, **values: datetime | str | None) -> None:
    """Insert or update in one statement, which decides between processes. A note that is older than what the row
    has changes nothing: its process was only slower.
    """
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    inserted = dialect.insert(SystemStatus).values(
        component=str(component), created_at=now, updated_at=now, **values
    )
    changed: dict[str, object] = {**values, "updated_at": now}
    if values["trouble_since"] is not None:
        changed["trouble_since"] = func.coalesce(SystemStatus.trouble_since, inserted.excluded.trouble_since)
    db.session.execute(
        inserted.on_conflict_do_update(
            index_elements=["component"], set_=changed, where=SystemStatus.updated_at <= now
        )
    )
    if known := db.session.identity_map.get(db.session.identity_key(SystemStatus, str(component))):
        db.session.expire(known)


def statuses() -> Sequence[SystemStatus]:
    """All rows, by component."""
    return db.session.scalars(
        select(SystemStatus).order_by(SystemStatus.component).execution_options(populate_existing=True)
    ).all()


@dataclass(frozen=True)
class Trouble:
    """Something of ours that does not work. `consequence` is for customers, `detail` for staff."""

    component: Component
    since: datetime
    consequence: str
    detail: str


_CONSEQUENCES = {
    Component.WORKER: "The part of Nameplate that checks domains is not running, so checks wait.",
    Component.RESOLVER: "Our DNS resolver does not answer, so we cannot check any domain.",
    Component.ROUTE53: "We cannot reach Amazon Route 53 as we should, so new domains wait for their name servers.",
    Component.ACM: "We cannot reach AWS Certificate Manager as we should, so new certificates wait.",
    Component.MAIL: "Our mail server does not take mail, so our mails come later.",
}


def troubles(now: datetime, *, lasting: timedelta, worker_silent: timedelta) -> list[Trouble]:
    """What customers should know of: troubles of at least `lasting`, the gravest first.

    The worker cannot say that it stopped: it is in trouble when it has been silent for longer than
    `worker_silent`, and has been since its last sign of life.
    """
    rows = {row.component: row for row in statuses()}
    found = []
    for component, consequence in _CONSEQUENCES.items():
        row = rows.get(component)
        since = row and _since(component, row, now, worker_silent)
        if since and since <= now - lasting:
            found.append(Trouble(component, since, consequence, (row and row.sentence) or "No sign of life."))
    return found


def _since(
    component: Component, row: SystemStatus, now: datetime, worker_silent: timedelta
) -> datetime | None:
    if component is Component.WORKER:
        silent = row.last_ok_at is not None and row.last_ok_at < now - worker_silent
        return row.last_ok_at if silent else None
    return row.trouble_since if row.updated_at > now - CONFIRMED_WITHIN else None


def worker_seen_at() -> datetime | None:
    """When a worker last showed that it lives and is told by the clock what to do; None when never."""
    return db.session.scalar(
        select(SystemStatus.last_ok_at).where(SystemStatus.component == Component.WORKER)
    )
