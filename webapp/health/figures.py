"""The figures of the whole installation, read from the database: the same whichever process is asked."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from threading import Lock
from typing import Any

import structlog
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute

from webapp.extensions import db
from webapp.health.status import Component, statuses
from webapp.jobs.clock import is_of_the_future
from webapp.live.queries import counts
from webapp.models import (
    CHECKED_STATES,
    Certificate,
    CertificateState,
    Check,
    CheckStatus,
    DomainState,
    Email,
    EmailState,
    Finding,
    HostedZone,
    LLMClientCustomDomain,
    Notification,
    ProbeOutcome,
    WebhookDelivery,
    ZoneState,
    utcnow,
)
from webapp.models.check import IS_OPEN

log = structlog.get_logger(__name__)

#: Counting a million rows costs a database some tenths of a second, and several may ask at once.
FRESH_SECONDS = 15.0
#: Checks that are due are counted no further: after a day without workers nearly all names are due.
MOST_DUE = 100_000
#: Seconds for which nobody asks again when the database could not be read.
FAILED_SECONDS = 1.0
#: Whoever finds another request reading waits so long for it, and else says what was last known.
LOCK_SECONDS = 5.0


class DatabaseFigures(Collector):
    """Reads at most every `FRESH_SECONDS`. Without a database it says that, and nothing else."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._fresh_until = float("-inf")
        self._kept: list[Metric] = []

    def collect(self) -> Iterable[Metric]:
        if not self._lock.acquire(timeout=LOCK_SECONDS):
            return list(self._kept or [_up(0)])
        try:
            if self._clock() >= self._fresh_until:
                self._kept, fresh = _read()
                self._fresh_until = self._clock() + fresh
            return list(self._kept)
        finally:
            self._lock.release()


def _read() -> tuple[list[Metric], float]:
    """The figures, and the seconds for which they are good."""
    try:
        return [_up(1), *_figures(utcnow())], FRESH_SECONDS
    except SQLAlchemyError:
        log.warning("figures.database", exc_info=True)
        db.session.rollback()
        return [_up(0)], FAILED_SECONDS


def _up(value: float) -> Metric:
    return GaugeMetricFamily("nameplate_database_up", "Whether the database could be read.", value=value)


def _figures(now: datetime) -> Iterator[Metric]:
    yield _by_state("nameplate_domains", "Domains", LLMClientCustomDomain.state, DomainState)
    yield _by_state("nameplate_zones", "Hosted zones", HostedZone.state, ZoneState)
    yield _by_state("nameplate_certificates", "Certificates", Certificate.state, CertificateState)
    yield _seen()
    yield from _checks(now)
    yield from _mail()
    yield from _webhooks(now)
    yield _gauge(
        "nameplate_findings_open",
        "Differences at AWS, refused proofs and look-alikes that staff must look at.",
        _count(Finding.id, Finding.resolved_at.is_(None), Finding.repaired.is_(False)),
    )
    yield from _components(now)


def _seen() -> Metric:
    """Without the names that nobody looks at any more."""
    counted = counts()
    what = "Names that are checked from outside, by what was seen."
    family = GaugeMetricFamily("nameplate_names_seen", what, labels=["outcome"])
    for outcome in ProbeOutcome:
        family.add_metric([outcome.value.removeprefix("probe.")], counted.get(outcome, 0))
    family.add_metric(["unseen"], counted.get(None, 0))
    return family


def _checks(now: datetime) -> Iterator[Metric]:
    due_at, state = LLMClientCustomDomain.next_check_at, LLMClientCustomDomain.state
    some = select(due_at).where(due_at <= now, state.in_(CHECKED_STATES)).limit(MOST_DUE).subquery()
    due = db.session.scalar(select(func.count()).select_from(some)) or 0
    # Of one state it is the first entry of a part of the index. Of all at once, every row that is due is read.
    first = [select(func.min(due_at)).where(state == one).scalar_subquery() for one in CHECKED_STATES]
    oldest_due = min((at for at in db.session.execute(select(*first)).one() if at), default=None)
    waiting = IS_OPEN, Check.status == CheckStatus.WAITING
    oldest_waiting = db.session.scalar(select(func.min(Check.created_at)).where(*waiting))
    yield _gauge("nameplate_checks_due", f"Domains whose check is due, counted to {MOST_DUE}.", due)
    yield _gauge(
        "nameplate_check_lateness_seconds", "How late the most overdue check is.", _age(oldest_due, now)
    )
    yield _gauge("nameplate_checks_waiting", "Checks that wait for a worker.", _count(Check.id, *waiting))
    yield _gauge(
        "nameplate_queue_age_seconds", "How long the oldest waiting check waits.", _age(oldest_waiting, now)
    )


def _mail() -> Iterator[Metric]:
    states = _counted(Email.state)
    yield CounterMetricFamily("nameplate_mails_sent", "Mails sent.", value=states.get(EmailState.SENT, 0))
    yield CounterMetricFamily(
        "nameplate_mails_refused", "Mails that no server takes.", value=states.get(EmailState.REFUSED, 0)
    )
    unsettled = _count(Notification.id, Notification.sent_at.is_(None), Notification.cancelled_at.is_(None))
    yield _gauge("nameplate_mails_waiting", "News that is not yet told.", unsettled)


def _webhooks(now: datetime) -> Iterator[Metric]:
    due = WebhookDelivery.next_attempt_at
    oldest = db.session.scalar(select(due).where(due <= now).order_by(due).limit(1))
    waiting = _count(WebhookDelivery.id, due.is_not(None))
    yield _gauge("nameplate_webhooks_waiting", "Messages to endpoints that were not taken yet.", waiting)
    late = "How late the most overdue message to an endpoint is."
    yield _gauge("nameplate_webhook_lateness_seconds", late, _age(oldest, now))


def _components(now: datetime) -> Iterator[Metric]:
    trouble = GaugeMetricFamily(
        "nameplate_trouble_seconds", "For how long a part that we need has had trouble.", labels=["component"]
    )
    known = {row.component: row for row in statuses()}
    for component in sorted({*Component, *known}):
        row = known.get(component)
        trouble.add_metric([component], _age(row.trouble_since if row else None, now))
    yield trouble
    worker = known.get(Component.WORKER)
    silent = _silence(worker.last_ok_at if worker else None, now)
    yield _gauge("nameplate_worker_silent_seconds", "Since the worker's last sign of life.", silent)


def _silence(seen_at: datetime | None, now: datetime) -> float:
    """A worker that never ran has been silent for ever, and a sign of life of the future is none."""
    return math.inf if seen_at is None or is_of_the_future(seen_at, now) else _age(seen_at, now)


def _by_state(name: str, what: str, column: InstrumentedAttribute[Any], states: type[StrEnum]) -> Metric:
    """Every state, also those that nothing is in: a series that comes and goes cannot be watched."""
    counted = _counted(column)
    family = GaugeMetricFamily(name, f"{what} by state.", labels=["state"])
    for state in states:
        family.add_metric([state.value], counted.get(state, 0))
    return family


def _counted(column: InstrumentedAttribute[Any]) -> dict[Any, int]:
    rows = db.session.execute(select(column, func.count()).group_by(column))
    return {value: count for value, count in rows}  # noqa: C416 - a row is a tuple only at run time


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _count(column: InstrumentedAttribute[Any], *conditions: Any) -> int:
    return db.session.scalar(select(func.count(column)).where(*conditions)) or 0


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
