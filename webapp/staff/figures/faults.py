"""What fails now and waits for staff: one list, empty while all is well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from webapp.domains import queries as domain_queries
from webapp.domains.queries import ZoneQuota
from webapp.extensions import db, settings
from webapp.health.probes import route53_is_used
from webapp.models import (
    Certificate,
    CertificateState,
    Email,
    EmailState,
    EndpointState,
    OffReason,
    WebhookDelivery,
    WebhookEndpoint,
)

#: Checks and messages that are later than this wait for workers that are too few, or none.
LATE = timedelta(minutes=5)
WEEK = timedelta(days=7)
MOST_COUNTED = 1000


@dataclass(frozen=True)
class Faults:
    """Counts that are 0 while all is well. `endpoints_off`: switched off by us in the last week, because they failed.
    `deliveries_late_since`: since when the oldest message to an endpoint is due, if it is late.
    """

    certificates: int
    mails_refused: int
    mails_held_up: int
    endpoints_failing: int
    endpoints_off: int
    deliveries_waiting: int
    deliveries_late_since: datetime | None


def faults(now: datetime) -> Faults:
    week = now - WEEK
    endpoint, off = WebhookEndpoint, (OffReason.GONE, OffReason.FAILING)
    due = WebhookDelivery.next_attempt_at
    oldest = db.session.scalar(select(due).where(due <= now).order_by(due).limit(1))
    return Faults(
        certificates=_count(Certificate.id, Certificate.state == CertificateState.FAILED),
        mails_refused=_count(Email.id, Email.state == EmailState.REFUSED, Email.updated_at > week),
        mails_held_up=_count(Email.id, Email.state == EmailState.WAITING, Email.problem_code.is_not(None)),
        endpoints_failing=_count(
            endpoint.id, endpoint.state == EndpointState.ON, endpoint.failing_since.is_not(None)
        ),
        endpoints_off=_count(
            endpoint.id,
            endpoint.state == EndpointState.OFF,
            endpoint.off_reason.in_(off),
            endpoint.updated_at > week,
        ),
        deliveries_waiting=_count(WebhookDelivery.id, due.is_not(None)),
        deliveries_late_since=oldest if oldest is not None and oldest < now - LATE else None,
    )


def quota() -> ZoneQuota | None:
    """None where no zones are made, or where AWS has not told its quota yet."""
    if not route53_is_used():
        return None
    found = domain_queries.zone_quota()
    return found if found.limit else None


def is_nearly_full(found: ZoneQuota) -> bool:
    return found.limit is not None and found.used * 100 >= found.limit * settings().zone_quota_warning_percent


def _count(column: object, *conditions: object) -> int:
    """Counted no further than `MOST_COUNTED`."""
    some = select(column).where(*conditions).limit(MOST_COUNTED).subquery()  # type: ignore[call-overload]
    return db.session.scalar(select(func.count()).select_from(some)) or 0
