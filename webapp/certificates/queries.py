"""Which certificates need work, and how a worker claims one. Queries read and never write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, select

from webapp.extensions import db, settings
from webapp.jobs.leases import Job
from webapp.models import (
    Certificate,
    CertificateState,
    HostedZone,
    LLMClientCustomDomain,
    ZoneState,
)

#: The longest pause before another generation, and before another attempt at one that could not be had.
LONGEST_PAUSE = timedelta(hours=24)


def _longest() -> timedelta:
    """Nothing about a certificate is put off for longer than this."""
    return max(timedelta(hours=settings().certificate_watch_hours), LONGEST_PAUSE)


#: The lease is longer than the AWS client's own patience.
JOB = Job(Certificate.id, Certificate.next_attempt_at, lease=timedelta(minutes=3), longest=_longest)
#: The certificates for which there is something to do, ever.
UNFINISHED = Certificate.state != CertificateState.DELETED


def certificates_due(now: datetime, limit: int) -> Sequence[int]:
    """The ids of certificates that a worker has something to do for, by turns between accounts."""
    return JOB.due_in_turns(now, limit, Certificate.custom_domain_id, UNFINISHED)


def certificate_less(limit: int, after_id: int = 0) -> Sequence[LLMClientCustomDomain]:
    """Verified domains with a zone of ours that never had a certificate, in the order of ids.

    A release without certificates verified them. The query reads every domain, so most sweeps must do without it.
    """
    ready = exists().where(
        HostedZone.custom_domain_id == LLMClientCustomDomain.id, HostedZone.state == ZoneState.READY
    )
    asked = exists().where(Certificate.custom_domain_id == LLMClientCustomDomain.id)
    return db.session.scalars(
        select(LLMClientCustomDomain)
        .where(LLMClientCustomDomain.id > after_id, LLMClientCustomDomain.is_verified, ready, ~asked)
        .order_by(LLMClientCustomDomain.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
