"""The intent of a proved domain's certificate: requested, deleted, tried again.

`steps` carries it out, `record` stores what follows from each step. A failed generation is never repaired: it is
deleted at ACM, and the next one has a new token.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from webapp.certificates import queries as certificate_queries
from webapp.dns.delegation import Verdict
from webapp.domains import queries
from webapp.domains.assignment import show_certificate
from webapp.domains.lifecycle import Transition
from webapp.extensions import db, settings
from webapp.jobs import clock, together
from webapp.messages.sentences.certificates import explanation_of
from webapp.models import (
    Certificate,
    CertificateState,
    Event,
    EventKind,
    LLMClientCustomDomain,
    ZoneState,
)

#: The states whose step only reads what ACM and DNS say.
_READ = frozenset({CertificateState.REQUESTED, CertificateState.VALIDATING, CertificateState.ISSUED})


def want(domain: LLMClientCustomDomain, due: datetime, *, after: Certificate | None) -> Certificate | None:
    """Record the intent for the generation after `after`, the newest that the caller has seen. None when another
    process was faster, and where the edge gets certificates by itself.
    """
    if not settings().asks_acm:
        return None
    generation = after.generation + 1 if after else 1
    certificate = Certificate(
        custom_domain_id=domain.id,
        domain_name=domain.domain_name,
        generation=generation,
        state=CertificateState.WANTED,
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


def on_event(event: Event) -> None:
    """Request the certificate of a name that its token reserves, so that it is there when its owner switches."""
    if event.kind is not EventKind.VERDICT_CHANGED:
        return
    domain = db.session.get_one(LLMClientCustomDomain, event.custom_domain_id)
    if not domain.state.is_gone and Verdict((event.evidence or {})["verdict"]).facts.reserved:
        _see_to(domain, clock.now())
        show_certificate(domain)


def _see_to(domain: LLMClientCustomDomain, now: datetime) -> None:
    """Request a first certificate, or continue one that waited for the domain to be proved again."""
    newest = queries.newest_certificate(domain)
    if newest is None or newest.state.is_leaving:
        if _has_place(domain):
            want(domain, now, after=newest)
    elif (
        newest.state in {CertificateState.WANTED, CertificateState.FAILED} and newest.next_attempt_at is None
    ):
        newest.next_attempt_at = now


def _has_place(domain: LLMClientCustomDomain) -> bool:
    """Whether there is a zone for the CNAME that ACM asks for: ours when it is ready, or the owner's."""
    if not domain.method.has_zone:
        return True
    zone = queries.current_zone(domain)
    return zone is not None and zone.state is ZoneState.READY


def want_missing(now: datetime, after_id: int = 0, limit: int = 100) -> int | None:
    """Request certificates for domains that were verified while there were none, in the order of ids.

    The last id is returned; None when there are no more.
    """
    domains = certificate_queries.certificate_less(limit, after_id)
    for domain in domains:
        _see_to(domain, now)
        show_certificate(domain)
    return domains[-1].id if domains else None


def give_up_unissued(now: datetime, limit: int = 100) -> int:
    """Let go of certificates that were asked for and not issued, because the edge gets them by itself now. Those that
    are issued are watched until they end: the edge may still use them. How many there were.
    """
    some = certificate_queries.unissued(limit)
    for certificate in some:
        certificate.state, certificate.attempts = CertificateState.DELETING, 0
        _hasten(certificate, now)
        show_certificate(certificate.custom_domain)
    db.session.flush()
    return len(some)


def check_again(domain: LLMClientCustomDomain, now: datetime) -> None:
    """End the pause of a certificate that failed, or that waits for a record of its owner, who says that the cause is
    fixed. The limit of requests to ACM stays.
    """
    newest = queries.newest_certificate(domain)
    if newest is None or newest.next_attempt_at is None:
        return
    if newest.state is CertificateState.FAILED:
        _hasten(newest, now)
    elif newest.state in _READ and _waits_for_owner(newest):
        # A worker may be at it. It records nothing then, and the next one reads once more.
        newest.next_attempt_at = now


def _waits_for_owner(certificate: Certificate) -> bool:
    """Whether its owner has to change DNS before ACM issues or renews it."""
    explanation = explanation_of(certificate.problem)
    return explanation is not None and explanation.who_acts == "you"


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
