"""Which certificates need work, and how a worker claims one. Queries read and never write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select

from webapp.dns.delegation import Verdict
from webapp.extensions import db, settings
from webapp.jobs.leases import Job
from webapp.models import (
    Certificate,
    CertificateState,
    HostedZone,
    LLMClientCustomDomain,
    Method,
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


def is_proved(domain: LLMClientCustomDomain) -> bool:
    """Whether DNS proves the name: it is served, or its token reserves it while it leads elsewhere."""
    reserved = domain.verdict is not None and Verdict(domain.verdict).facts.reserved
    return domain.is_verified or (reserved and domain.held_at is None and not domain.state.is_gone)


def unissued(limit: int) -> Sequence[Certificate]:
    """Certificates that are not issued and not on their way out."""
    some = [
        state for state in CertificateState if not state.is_leaving and state is not CertificateState.ISSUED
    ]
    query = select(Certificate).where(Certificate.state.in_(some)).order_by(Certificate.id).limit(limit)
    return db.session.scalars(query.with_for_update(skip_locked=True)).all()


def certificate_less(limit: int, after_id: int = 0) -> Sequence[LLMClientCustomDomain]:
    """Verified domains that never had a certificate and have a zone for its CNAME, in the order of ids.

    They were verified by a release without certificates, or while the edge got them. The query reads every domain,
    so most sweeps must do without it.
    """
    ready = exists().where(
        HostedZone.custom_domain_id == LLMClientCustomDomain.id, HostedZone.state == ZoneState.READY
    )
    elsewhere = LLMClientCustomDomain.method.in_([one for one in Method if not one.has_zone])
    asked = exists().where(Certificate.custom_domain_id == LLMClientCustomDomain.id)
    return db.session.scalars(
        select(LLMClientCustomDomain)
        .where(
            LLMClientCustomDomain.id > after_id,
            LLMClientCustomDomain.is_verified,
            or_(ready, elsewhere),
            ~asked,
        )
        .order_by(LLMClientCustomDomain.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
