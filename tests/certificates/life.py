"""Helpers that take a certificate step by step through its life, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from tests.factories import said
from tests.twins.acm import MemoryAcm
from tests.twins.dns import MemoryDns
from tests.twins.route53 import MemoryRoute53
from webapp.audit.log import SYSTEM
from webapp.domains import lifecycle as domain_lifecycle
from webapp.domains import queries
from webapp.extensions import db
from webapp.messages.catalogue import sentence
from webapp.messages.sentences.certificates import next_step
from webapp.models import (
    Certificate,
    CertificateState,
    DomainState,
    EventKind,
    LLMClientCustomDomain,
    Notification,
    NotificationKind,
    utcnow,
)
from webapp.zones import records_sync

HOST = "chat.acme.com"
NOW = utcnow()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ONLY_OTHERS = '0 issue "letsencrypt.org"'
#: One claim, one act, one record, as the task does them; whether the next step can be taken at once.
Step = Callable[..., bool]


def move(domain: LLMClientCustomDomain, state: DomainState, now: datetime = NOW) -> None:
    domain_lifecycle.change_state(domain, state, now, SYSTEM, said("moved"))
    db.session.commit()


def newest(domain: LLMClientCustomDomain) -> Certificate:
    found = queries.newest_certificate(domain)
    assert found is not None
    return found


def newest_zone(domain: LLMClientCustomDomain) -> str:
    zone = queries.current_zone(domain)
    assert zone is not None
    return zone.aws_hosted_zone_id or ""


def write(domain: LLMClientCustomDomain, route53: MemoryRoute53, now: datetime = NOW) -> None:
    taken = records_sync.claim(domain.id, now)
    assert taken is not None
    records_sync.record(taken, records_sync.advance(taken, route53), now)
    db.session.commit()


def validating(certificate: Certificate, step: Step, route53: MemoryRoute53) -> Certificate:
    step(certificate, NOW)
    step(certificate, NOW)
    write(certificate.custom_domain, route53)
    step(certificate, NOW)
    assert certificate.state is CertificateState.VALIDATING
    return certificate


def failed(
    certificate: Certificate, step: Step, route53: MemoryRoute53, acm: MemoryAcm, reason: str | None = "OTHER"
) -> Certificate:
    validating(certificate, step, route53)
    acm.fail_certificate(certificate.arn or "", reason)
    step(certificate)
    assert certificate.state is CertificateState.FAILED
    return certificate


def forbid(dns: MemoryDns, *values: str) -> None:
    """The customer’s CAA records; without values they are gone."""
    dns.server("ns1.acme.com").zones["acme.com"].put("acme.com", "CAA", *values, ttl=60)


def kinds(domain: LLMClientCustomDomain) -> list[EventKind]:
    return [
        event.kind for event in reversed(queries.history(domain)) if event.kind.startswith("certificate.")
    ]


def state_of(certificate: Certificate) -> CertificateState:
    return certificate.state


def error_of(certificate: Certificate) -> str:
    assert certificate.problem is not None
    return sentence(certificate.problem)


def next_step_of(certificate: Certificate) -> str:
    assert certificate.problem is not None
    return next_step(certificate.problem)


def mails(domain: LLMClientCustomDomain) -> list[str]:
    """What the domain's people are told of its certificates."""
    query = select(Notification).where(
        Notification.custom_domain_id == domain.id, Notification.kind == NotificationKind.CERTIFICATE_TROUBLE
    )
    return [sentence(row.message) for row in db.session.scalars(query) if row.message is not None]
