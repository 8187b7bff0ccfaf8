"""The intent of a verified domain's certificate: requested, deleted, tried again.

`steps` carries it out, `record` stores what follows from each step. A failed generation is never repaired: it is
deleted at ACM, and the next one has a new token.
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
from webapp.jobs import together
from webapp.models import Certificate, CertificateState, LLMClientCustomDomain, ZoneState


def want(domain: LLMClientCustomDomain, due: datetime, *, after: Certificate | None) -> Certificate | None:
    """Record the intent for the generation after `after`, the newest that the caller has seen. None when another
    process was faster.
    """
    generation = after.generation + 1 if after else 1
    certificate = Certificate(
        custom_domain_id=domain.id,
        domain_name=domain.domain_name,
        generation=generation,
        idempotency_token=f"g{generation}_{secrets.token_hex(12)}",
        next_attempt_at=due,
    )
    if together.is_open():
        # Who writes together takes all of it back when another process was faster, and goes one by one.
        domain.certificates.append(certificate)
        return certificate
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
    """Mark the certificates for deletion. A running lease stays: what ACM answers to its worker is still recorded."""
    for certificate in domain.certificates:
        if certificate.state.is_leaving:
            continue
        certificate.state, certificate.attempts = CertificateState.DELETING, 0
        _hasten(certificate, now)


def _see_to(domain: LLMClientCustomDomain, now: datetime) -> None:
    """Request a first certificate, or continue one that waited for the domain to be verified again."""
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
    """Request certificates for domains that were verified by a release without certificates, in the order of ids.

    The last id is returned; None when there are no more.
    """
    domains = certificate_queries.certificate_less(limit, after_id)
    for domain in domains:
        _see_to(domain, now)
        show_certificate(domain)
    return domains[-1].id if domains else None


def check_again(domain: LLMClientCustomDomain, now: datetime) -> None:
    """End the pause of a failed certificate: its owner says that the cause is fixed. The limit of requests to ACM
    stays.
    """
    newest = queries.newest_certificate(domain)
    if newest is None or newest.state is not CertificateState.FAILED or newest.next_attempt_at is None:
        return
    _hasten(newest, now)


def _hasten(certificate: Certificate, now: datetime) -> None:
    """Make the certificate due now, unless it is due within a lease: then a worker may have it."""
    if not certificate_queries.JOB.may_be_held(certificate.next_attempt_at, now):
        certificate.next_attempt_at = now


def try_again(domain: LLMClientCustomDomain, now: datetime) -> bool:
    """Request another generation for staff, beyond the limit of failures. False when the newest has not failed."""
    newest = queries.newest_certificate(domain)
    if newest is None or newest.state is not CertificateState.FAILED:
        return False
    _hasten(newest, now)
    return True
