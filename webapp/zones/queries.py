"""Questions about hosted zones. They read and never write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, select

from webapp.extensions import db
from webapp.jobs.clock import has_come, most_overdue
from webapp.models import (
    DomainState,
    HostedZone,
    LLMClientCustomDomain,
    ZoneState,
)
from webapp.models.hosted_zone import UNFINISHED_STATES
from webapp.zones import pauses


def zones_to_work_on(now: datetime, limit: int) -> Sequence[HostedZone]:
    """Those that were tried the fewest times first, so that silent parents keep no new domain waiting.

    Nothing is made for a name that nobody waits for any more.
    """
    unfinished = HostedZone.state.in_(UNFINISHED_STATES)
    given_up = and_(
        HostedZone.state.in_([ZoneState.WANTED, ZoneState.PARKED]),
        HostedZone.custom_domain.has(LLMClientCustomDomain.state == DomainState.EXPIRED),
    )
    return db.session.scalars(
        select(HostedZone)
        .where(
            unfinished,
            ~given_up,
            pauses.is_free(now),
        )
        .order_by(HostedZone.attempts, most_overdue(HostedZone.next_attempt_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def records_due(now: datetime, limit: int, longest: timedelta) -> Sequence[int]:
    """The ids of domains whose zones are to be compared with their rows, most overdue first."""
    return db.session.scalars(
        select(LLMClientCustomDomain.id)
        .where(has_come(LLMClientCustomDomain.records_due_at, now, longest))
        .order_by(most_overdue(LLMClientCustomDomain.records_due_at))
        .limit(limit)
    ).all()
