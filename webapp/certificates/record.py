"""What follows from a step towards a certificate: its next state, its next time, and what people are told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from webapp.audit.log import note
from webapp.aws.acm.port import CertificateFacts, Status
from webapp.certificates import problems
from webapp.certificates.lifecycle import want
from webapp.certificates.problems import FINAL_REASONS, Failure
from webapp.certificates.queries import LONGEST_PAUSE
from webapp.certificates.steps import (
    Cleared,
    Deleted,
    Described,
    Impossible,
    Outcome,
    Requested,
    Step,
    Vanished,
)
from webapp.domains.assignment import show_certificate
from webapp.extensions import db, settings
from webapp.jobs.leases import BackOff, Trouble
from webapp.jobs.writing import begin_writing
from webapp.messages.sentences.certificates import Happened, Problem
from webapp.models import Certificate, CertificateState, EventKind, LLMClientCustomDomain, Message
from webapp.zones import records

#: How long after a failure the next generation is requested.
RETRY_PAUSES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6), LONGEST_PAUSE)
#: After so many requests for a CNAME that ACM does not tell yet, usually within seconds, an event says so.
LATE_QUESTIONS = 20
#: After so many looks, about a quarter of an hour, people get an e-mail about a CNAME that they have not added.
LATE_LOOKS = 7
#: Pauses between requests whether ACM has found the CNAME, and before that, which CNAME it wants.
_VALIDATING, _REQUESTED = BackOff(2, 300), BackOff(2, 60)
#: The same while the owner of the name has to add the CNAME.
_AWAITED = BackOff(15, 900)
#: Pauses between queries for a CAA record that forbids the certificate; ACM is not asked.
_FORBIDDEN = BackOff(60, 4 * 3600)
#: Pauses between attempts after trouble with AWS.
_TROUBLED = BackOff(5, 600)


def record(step: Step, outcome: Outcome, now: datetime) -> bool:
    """Store the outcome if the lease is still ours. True when the next step can be taken at once."""
    begin_writing()
    certificate = db.session.get_one(Certificate, step.certificate_id)
    # The domain is locked first, as by everything that changes its state: another order could deadlock.
    domain = db.session.get_one(
        LLMClientCustomDomain, certificate.custom_domain_id, populate_existing=True, with_for_update=True
    )
    db.session.refresh(certificate, with_for_update=True)
    if certificate.next_attempt_at != step.lease:
        return False
    if certificate.state is not step.state:
        _left_meanwhile(certificate, outcome, now)
    else:
        _store(certificate, outcome, now)
    db.session.flush()
    db.session.expire(domain, ["certificates"])
    records.plan(domain, now)
    show_certificate(domain)
    db.session.flush()
    return certificate.next_attempt_at is not None and certificate.next_attempt_at <= now


def _left_meanwhile(certificate: Certificate, outcome: Outcome, now: datetime) -> None:
    """The domain was removed while ACM was asked. The ARN is stored, or nobody would ever delete that certificate."""
    if isinstance(outcome, Requested):
        certificate.arn = outcome.arn
    certificate.next_attempt_at = now


def _store(certificate: Certificate, outcome: Outcome, now: datetime) -> None:
    match outcome:
        case Requested():
            _requested(certificate, outcome, now)
        case Described():
            _described(certificate, outcome, now)
        case Impossible():
            _impossible(certificate, outcome, now)
        case Cleared():
            _end(certificate)
            want(certificate.custom_domain, now, after=certificate)
        case Deleted():
            told = certificate.arn is not None
            _end(certificate)
            if told:
                _note(certificate, EventKind.CERTIFICATE_DELETED, Happened.DELETED)
        case Vanished():
            _vanished(certificate, now)
        case Trouble():
            _troubled(certificate, outcome, now)


def _requested(certificate: Certificate, requested: Requested, now: datetime) -> None:
    _go_on(certificate, CertificateState.REQUESTED, now)
    certificate.arn = requested.arn
    evidence = {"arn": requested.arn}
    _note(certificate, EventKind.CERTIFICATE_REQUESTED, Happened.REQUESTED, evidence=evidence)


def _described(certificate: Certificate, described: Described, now: datetime) -> None:
    facts = described.facts
    if facts.validation is not None:
        certificate.validation_name, certificate.validation_value = facts.validation
    if facts.status is Status.ISSUED:
        _issued(certificate, described, now)
    elif facts.status is Status.PENDING_VALIDATION:
        _pending(certificate, described, now)
    elif certificate.state is CertificateState.ISSUED:
        _ended(certificate, facts, now)
    else:
        _failed(certificate, _why_failed(certificate, described), now)


def _why_failed(certificate: Certificate, described: Described) -> Failure:
    facts = described.facts
    reason = facts.failure_reason or facts.status.value
    found = problems.failed(certificate.domain_name, reason, described.caa)
    validation, theirs = facts.validation, not certificate.custom_domain.method.has_zone
    if theirs and validation is not None and found.problem.code == Problem.TIMED_OUT:
        return problems.record_missing(certificate.domain_name, validation)
    return found


def _pending(certificate: Certificate, described: Described, now: datetime) -> None:
    """Wait for the CNAME to be made up, then to be written, then for ACM to find it."""
    name = certificate.validation_name
    if name is None and certificate.attempts == LATE_QUESTIONS:
        _note(certificate, EventKind.CERTIFICATE_TROUBLE, Happened.NO_RECORD_YET)
    if described.published is False and described.facts.validation is not None:
        _await_record(certificate, described.facts.validation, now)
        return
    in_zone = name is not None and (
        described.published or records.is_written(certificate.custom_domain, name)
    )
    if certificate.state is CertificateState.REQUESTED and in_zone:
        _go_on(certificate, CertificateState.VALIDATING, now + timedelta(seconds=5))
        return
    certificate.attempts += 1
    certificate.problem = None
    back_off = _VALIDATING if certificate.state is CertificateState.VALIDATING else _REQUESTED
    certificate.next_attempt_at = now + back_off.pause(certificate.attempts)


def _await_record(certificate: Certificate, validation: tuple[str, str], now: datetime) -> None:
    """Only the owner of the name can go on. They see it on the page at once, and after a while by e-mail."""
    problem, told = problems.record_missing(certificate.domain_name, validation).problem, certificate.problem
    certificate.state = CertificateState.REQUESTED
    certificate.attempts = certificate.attempts + 1 if told == problem else 1
    certificate.problem = problem
    certificate.next_attempt_at = now + _AWAITED.pause(certificate.attempts)
    if certificate.attempts == LATE_LOOKS:
        _note(certificate, EventKind.CERTIFICATE_TROUBLE, Happened.RECORD_AWAITED, **_explained(problem))


def _issued(certificate: Certificate, described: Described, now: datetime) -> None:
    facts, domain = described.facts, certificate.custom_domain
    before, certificate.not_after = certificate.not_after, facts.not_after
    until = facts.not_after.isoformat() if facts.not_after else None
    if certificate.state is not CertificateState.ISSUED:
        certificate.issued_at = facts.issued_at or now
        _note(certificate, EventKind.CERTIFICATE_ISSUED, Happened.ISSUED, until=until)
    elif before is not None and facts.not_after is not None and facts.not_after > before:
        _note(certificate, EventKind.CERTIFICATE_RENEWED, Happened.RENEWED, until=until)
    trouble, told = _renewal_trouble(domain.domain_name, described, now), certificate.problem
    _go_on(certificate, CertificateState.ISSUED, now + timedelta(hours=settings().certificate_watch_hours))
    if trouble is not None:
        certificate.problem = trouble
        if told != trouble:
            _note(certificate, EventKind.CERTIFICATE_TROUBLE, Happened.NOT_RENEWED, **_explained(trouble))


def _renewal_trouble(name: str, described: Described, now: datetime) -> Message | None:
    facts, renewal = described.facts, described.facts.renewal
    near = timedelta(days=settings().certificate_warning_days)
    late = facts.not_after is not None and facts.not_after - now <= near
    troubled = renewal is not None and renewal.troubled
    if not (late or troubled):
        return None
    if troubled and described.published is False and facts.validation is not None:
        return problems.record_missing(name, facts.validation).problem
    why = renewal.reason or renewal.status if renewal is not None and troubled else None
    return problems.renewal(name, facts.not_after, why, described.caa, in_use=bool(facts.in_use_by))


def _ended(certificate: Certificate, facts: CertificateFacts, now: datetime) -> None:
    """The certificate was issued and is not any more. The next generation is requested before this one is deleted,
    as the edge may still use it.
    """
    failure = problems.failed(certificate.domain_name, facts.status.value, None)
    certificate.problem, certificate.failure_reason = failure.problem, failure.reason
    _note(certificate, EventKind.CERTIFICATE_FAILED, Happened.ENDED, problem=failure.problem.as_param())
    certificate.state, certificate.attempts, certificate.next_attempt_at = CertificateState.DELETING, 0, now
    want(certificate.custom_domain, now, after=certificate)


def _impossible(certificate: Certificate, outcome: Impossible, now: datetime) -> None:
    """The certificate cannot be issued. DNS is asked again, a CAA record once its TTL is over, and ACM is not."""
    again, told = certificate.state is CertificateState.FAILED, certificate.problem
    certificate.attempts = certificate.attempts + 1 if again else 1
    certificate.state = CertificateState.FAILED
    certificate.failure_reason = certificate.failure_reason or outcome.failure.reason
    certificate.problem = outcome.failure.problem
    certificate.next_attempt_at = None
    if outcome.of_dns:
        remembered = timedelta(seconds=outcome.caa.ttl or 0 if outcome.caa else 0)
        pause = max(_FORBIDDEN.pause(certificate.attempts), remembered)
        certificate.next_attempt_at = now + min(pause, timedelta(seconds=_FORBIDDEN.most))
    if told != outcome.failure.problem:
        _note_failure(certificate, outcome.failure)


def _failed(certificate: Certificate, failure: Failure, now: datetime) -> None:
    certificate.state, certificate.attempts = CertificateState.FAILED, 0
    certificate.failure_reason, certificate.problem = failure.reason, failure.problem
    _note_failure(certificate, failure)
    certificate.next_attempt_at = _next_try(certificate, now)


def _next_try(certificate: Certificate, now: datetime) -> datetime | None:
    """None when staff must act: asking again would not help, or did not help often enough."""
    if certificate.issued_at is not None:
        # No request failed, and the edge has no certificate for visitors until the next one is issued.
        return now
    failures = _failures_in_a_row(certificate.custom_domain)
    if certificate.failure_reason in FINAL_REASONS or failures > settings().certificate_retries:
        evidence = {"failures": failures}
        _note(certificate, EventKind.CERTIFICATE_TROUBLE, Happened.NOT_TRIED_AGAIN, evidence=evidence)
        return None
    return now + RETRY_PAUSES[min(failures, len(RETRY_PAUSES)) - 1]


def _failures_in_a_row(domain: LLMClientCustomDomain) -> int:
    """How many of ACM's certificates failed since the last that was issued."""
    count = 0
    for certificate in sorted(domain.certificates, key=lambda one: one.generation, reverse=True):
        if certificate.issued_at is not None:
            break
        count += certificate.failure_reason is not None and certificate.arn is not None
    return count


def _vanished(certificate: Certificate, now: datetime) -> None:
    if certificate.state is CertificateState.DELETING:
        _end(certificate)
        return
    _failed(certificate, problems.vanished(certificate.domain_name), now)
    if certificate.issued_at is not None:
        _end(certificate)
        want(certificate.custom_domain, now, after=certificate)


def _troubled(certificate: Certificate, trouble: Trouble, now: datetime) -> None:
    certificate.attempts += 1
    if certificate.problem != trouble.message:
        _note(
            certificate, EventKind.CERTIFICATE_TROUBLE, Happened.TROUBLE, problem=trouble.message.as_param()
        )
    certificate.problem = trouble.message
    certificate.next_attempt_at = now + trouble.pause(certificate.attempts, _TROUBLED)


def _note_failure(certificate: Certificate, failure: Failure) -> None:
    """Record the failure as an event, from which the notifications follow."""
    evidence, said = {"reason": failure.reason}, _explained(failure.problem)
    _note(certificate, EventKind.CERTIFICATE_FAILED, Happened.FAILED, evidence=evidence, **said)


def _explained(problem: Message) -> dict[str, Any]:
    """What an event stores of a problem. Its next step names the contact: an export has no page around it."""
    return {"problem": problem.as_param(), "contact": settings().contact}


def _note(
    certificate: Certificate,
    kind: EventKind,
    happened: Happened,
    *,
    evidence: dict[str, Any] | None = None,
    **params: Any,
) -> None:
    message = Message(happened.value, {"name": certificate.domain_name, **params})
    note(certificate.custom_domain, kind, message, evidence=evidence)


def _go_on(certificate: Certificate, state: CertificateState, due: datetime) -> None:
    certificate.state, certificate.attempts, certificate.next_attempt_at = state, 0, due
    certificate.problem = None


def _end(certificate: Certificate) -> None:
    certificate.state, certificate.next_attempt_at = CertificateState.DELETED, None
    db.session.flush()
