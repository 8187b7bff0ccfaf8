"""Questions about certificates. They read and never write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, select

from webapp.extensions import db
from webapp.jobs.clock import has_come, most_overdue
from webapp.models import (
    Certificate,
    CertificateState,
    HostedZone,
    LLMClientCustomDomain,
    ZoneState,
)


def certificates_due(now: datetime, limit: int, longest: timedelta) -> Sequence[int]:
    """The ids of certificates that a worker has something to do for, most overdue first."""
    return db.session.scalars(
        select(Certificate.id)
        .where(
            has_come(Certificate.next_attempt_at, now, longest), Certificate.state != CertificateState.DELETED
        )
        .order_by(most_overdue(Certificate.next_attempt_at))
        .limit(limit)
    ).all()


def certificate_less(limit: int, after_id: int = 0) -> Sequence[LLMClientCustomDomain]:
    """Verified domains with a zone of ours that never had a certificate, older than certificates are here, by id.

    It reads every domain, so it is not for every sweep.
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
