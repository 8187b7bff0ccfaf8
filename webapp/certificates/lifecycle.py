"""A verified domain's certificate as an intent: wanted, let go, tried again; and what is shown of it.

The steps towards it are in `steps`, what follows from each in `record`. A generation that failed is never repaired:
it is deleted at ACM, and the next one has a new token.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from webapp.certificates import queries as certificate_queries
from webapp.domains import queries
from webapp.domains.assignment import show_certificate
from webapp.domains.lifecycle import Transition
from webapp.extensions import db
from webapp.models import Certificate, CertificateState, LLMClientCustomDomain, ZoneState


def want(domain: LLMClientCustomDomain, due: datetime, *, after: Certificate | None) -> Certificate | None:
    """The intent for the generation that follows `after`, which is what the caller has seen to be the newest; None
    when another process was faster.
    """
    generation = after.generation + 1 if after else 1
    certificate = Certificate(
        custom_domain_id=domain.id,
        domain_name=domain.domain_name,
        generation=generation,
        idempotency_token=f"g{generation}_{secrets.token_hex(12)}",
        next_attempt_at=due,
    )
    try:
        with db.session.begin_nested():
            db.session.add(certificate)
    except IntegrityError:
        return None
    finally:
        db.session.expire(domain, ["certificates"])
    return certificate


def on_transition(domain: LLMClientCustomDomain, *, transition: Transition) -> None:
    """Request, resume or delete the certificate as the domain's new state calls for."""
    now = transition.now
    if domain.state.is_gone:
        _let_go(domain, now)
    elif domain.is_verified:
        _see_to(domain, now)
    show_certificate(domain)


def _let_go(domain: LLMClientCustomDomain, now: datetime) -> None:
    """A lease that is running is left alone: what ACM answers to its worker is still recorded."""
    for certificate in domain.certificates:
        if certificate.state.is_leaving:
            continue
        certificate.state, certificate.attempts = CertificateState.DELETING, 0
        _hasten(certificate, now)


def _see_to(domain: LLMClientCustomDomain, now: datetime) -> None:
    """Request a first one, or go on with one that had to wait for the domain to be verified again."""
    newest = queries.newest_certificate(domain)
    zone = queries.current_zone(domain)
    if newest is None or newest.state.is_leaving:
        # Without a zone of ours there is nowhere to put the CNAME.
        if zone is not None and zone.state is ZoneState.READY:
            want(domain, now, after=newest)
    elif (
        newest.state in {CertificateState.WANTED, CertificateState.FAILED} and newest.next_attempt_at is None
    ):
        newest.next_attempt_at = now


def want_missing(now: datetime, after_id: int = 0, limit: int = 100) -> int | None:
    """Domains that were verified before there were certificates, by id; the last id, None when there are no more."""
    domains = certificate_queries.certificate_less(limit, after_id)
    for domain in domains:
        _see_to(domain, now)
        show_certificate(domain)
    return domains[-1].id if domains else None


def look_again(domain: LLMClientCustomDomain, now: datetime) -> None:
    """Somebody says that they fixed it: a pause is over, but not the limit of requests to ACM."""
    newest = queries.newest_certificate(domain)
    if newest is None or newest.state is not CertificateState.FAILED or newest.next_attempt_at is None:
        return
    _hasten(newest, now)


def _hasten(certificate: Certificate, now: datetime) -> None:
    """What is due within a lease may be with a worker, and is due soon anyway."""
    if not certificate_queries.JOB.may_be_held(certificate.next_attempt_at, now):
        certificate.next_attempt_at = now


def try_again(domain: LLMClientCustomDomain, now: datetime) -> bool:
    """Staff want another generation although there were failures enough; False when there is none to follow."""
    newest = queries.newest_certificate(domain)
    if newest is None or newest.state is not CertificateState.FAILED:
        return False
    _hasten(newest, now)
    return True
