"""What is known of the parts that we depend on, one row each: noted by whoever meets them, read by every page.

A worker notes them in the transaction of its work. What it has noted counts from the commit on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import case, func, or_, select, update

from webapp.extensions import db
from webapp.jobs import clock
from webapp.jobs.clock import SKEW, is_of_the_future
from webapp.jobs.upsert import insert
from webapp.jobs.writing import begin_writing
from webapp.messages.catalogue import sentence
from webapp.models import Message, SystemStatus


class Component(StrEnum):
    WORKER = "worker"
    RESOLVER = "resolver"
    ROUTE53 = "route53"
    ACM = "acm"
    MAIL = "mail"
    ZONE_QUOTA = "zone-quota"
    RETENTION = "retention"


#: News that is no news is written down only so often, because every worker brings it with every batch.
REPEAT = timedelta(seconds=5)
#: A trouble that nobody has met for so long is history, even if nobody has seen the part work since.
CONFIRMED_WITHIN = timedelta(hours=1)


@dataclass(frozen=True)
class Works:
    """The part did what was asked of it."""


@dataclass(frozen=True)
class Fails:
    """It did not. `problem` is for staff."""

    problem: Message


def note(component: Component, health: Works | Fails | None) -> None:
    """Call it as the last statement before a commit: whoever writes the same row waits until then."""
    if isinstance(health, Fails):
        note_trouble(component, health.problem, clock.now())
    elif health is not None:
        note_ok(component, clock.now())


def note_ok(component: Component | str, now: datetime) -> None:
    """The part worked at `now`, so whatever trouble it had before is over."""
    known = db.session.get(SystemStatus, str(component))
    if (
        known is not None
        and known.trouble_since is None
        and known.last_ok_at is not None
        and _just_now(known.last_ok_at, now)
    ):
        return
    _write(component, now, last_ok_at=now, trouble_since=None, problem_code=None, problem_params=None)


def note_trouble(component: Component | str, problem: Message, now: datetime) -> None:
    """The part did not work at `now`. `problem` is for staff; the first of several notes says since when."""
    known = db.session.get(SystemStatus, str(component))
    if known is not None and known.problem == problem and _just_now(known.updated_at, now):
        return
    params = dict(problem.params)
    _write(component, now, trouble_since=now, problem_code=problem.code, problem_params=params)


def note_facts(component: Component, facts: dict[str, Any], now: datetime) -> None:
    """What the part said of itself at `now`, whether it works or not."""
    _write(component, now, facts=facts)


def change_facts(component: Component, change: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """Change what the part said of itself, locked until the commit, so that two changes do not undo each other."""
    begin_writing()
    now, row = clock.now(), SystemStatus.component == component
    new = insert(SystemStatus).values(component=str(component), created_at=now, updated_at=now)
    db.session.execute(new.on_conflict_do_nothing())
    changed = change(db.session.scalar(select(SystemStatus.facts).where(row).with_for_update()) or {})
    db.session.execute(update(SystemStatus).where(row).values(facts=changed, updated_at=now))
    return changed


def facts_of(component: Component) -> dict[str, Any]:
    """What the part last said of itself; empty as long as it was never asked."""
    return db.session.scalar(select(SystemStatus.facts).where(SystemStatus.component == component)) or {}


def _just_now(noted_at: datetime, now: datetime) -> bool:
    return noted_at > now - REPEAT and not is_of_the_future(noted_at, now)


def _write(component: Component | str, now: datetime, **values: Any) -> None:
    """Insert or update in one statement, which decides between processes. A note that is older than what the row
    has changes nothing: its process was only slower. What the row has from the future was noted by a wrong clock.
    """
    inserted = insert(SystemStatus).values(component=str(component), created_at=now, updated_at=now, **values)
    changed: dict[str, object] = {**values, "updated_at": now}
    if values.get("trouble_since") is not None:
        began = case((SystemStatus.trouble_since <= now + SKEW, SystemStatus.trouble_since))
        changed["trouble_since"] = func.coalesce(began, inserted.excluded.trouble_since)
    older = or_(SystemStatus.updated_at <= now, SystemStatus.updated_at > now + SKEW)
    db.session.execute(
        inserted.on_conflict_do_update(index_elements=["component"], set_=changed, where=older)
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
    Component.MAIL: "Our mail server does not take mail, so our e-mails come later.",
}


def troubles(now: datetime, *, lasting: timedelta, worker_silent: timedelta) -> list[Trouble]:
    """What customers should know of: troubles of at least `lasting`, the gravest first.

    The worker cannot say that it stopped: it is in trouble when it has been silent for longer than
    `worker_silent`, and has been since its last sign of life. What was noted in the future says nothing.
    """
    rows = {row.component: row for row in statuses()}
    found = []
    for component, consequence in _CONSEQUENCES.items():
        row = rows.get(component)
        since = row and _since(component, row, now, lasting, worker_silent)
        if since and since <= now - lasting:
            detail = sentence(row.problem) if row and row.problem else "No sign of life."
            found.append(Trouble(component, since, consequence, detail))
    return found


def _since(
    component: Component, row: SystemStatus, now: datetime, lasting: timedelta, worker_silent: timedelta
) -> datetime | None:
    if component is Component.WORKER:
        if row.last_ok_at is not None and is_of_the_future(row.last_ok_at, now):
            return now - lasting  # nobody knows since when it has been silent
        silent = row.last_ok_at is not None and row.last_ok_at < now - worker_silent
        return row.last_ok_at if silent else None
    confirmed = now - CONFIRMED_WITHIN < row.updated_at <= now + SKEW
    return row.trouble_since if confirmed else None
