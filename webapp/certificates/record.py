"""What follows from a step towards a certificate: its next state, its next time, and what people are told."""

from __future__ import annotations

from datetime import datetime, timedelta

from blinker import Namespace

from webapp.audit.log import note
from webapp.aws.acm.port import CertificateFacts, Status
from webapp.certificates import messages as words
from webapp.certificates.lifecycle import LONGEST_PAUSE, want
from webapp.certificates.messages import Explanation
from webapp.certificates.steps import (
    Cleared,
    Deleted,
    Described,
    Impossible,
    Outcome,
    Requested,
    Step,
    Trouble,
    Vanished,
)
from webapp.domains.assignment import show_certificate
from webapp.extensions import db, settings
from webapp.models import Certificate, CertificateState, EventKind, LLMClientCustomDomain
from webapp.zones import records

#: Sent with the domain, `words` and `now`, when somebody has to do something about its certificate.
certificate_troubled = Namespace().signal("certificate-troubled")

#: How long after a failure the next generation is requested.
RETRY_PAUSES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6), LONGEST_PAUSE)
#: So many looks at a certificate without its CNAME are more than “some seconds”.
LATE_LOOKS = 20


def record(step: Step, outcome: Outcome, now: datetime) -> bool:
    """Store the outcome if the lease is still ours. True when the next step can be taken at once."""
    certificate = db.session.get_one(Certificate, step.certificate_id)
    # The domain is locked first, as by everything that changes its state.
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
    """The domain was removed while ACM was busy. What it made must not be forgotten."""
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
                sentence = f"The certificate for {certificate.domain_name} was deleted."
                note(certificate.custom_domain, EventKind.CERTIFICATE_DELETED, sentence)
        case Vanished():
            _vanished(certificate, now)
        case Trouble():
            _troubled(certificate, outcome, now)


def _requested(certificate: Certificate, requested: Requested, now: datetime) -> None:
    _go_on(certificate, CertificateState.REQUESTED, now)
    certificate.arn = requested.arn
    sentence = f"We asked Amazon for a certificate for {certificate.domain_name}."
    note(
        certificate.custom_domain, EventKind.CERTIFICATE_REQUESTED, sentence, evidence={"arn": requested.arn}
    )


def _described(certificate: Certificate, described: Described, now: datetime) -> None:
    facts = described.facts
    if facts.validation is not None:
        certificate.validation_name, certificate.validation_value = facts.validation
    if facts.status is Status.ISSUED:
        _issued(certificate, described, now)
    elif facts.status is Status.PENDING_VALIDATION:
        _pending(certificate, now)
    elif certificate.state is CertificateState.ISSUED:
        _ended(certificate, facts, now)
    else:
        reason = facts.failure_reason or facts.status.value
        _failed(certificate, words.failed(certificate.domain_name, reason, described.caa), now)


def _pending(certificate: Certificate, now: datetime) -> None:
    """Wait for the CNAME to be made up, then to be written, then for ACM to find it."""
    name = certificate.validation_name
    if name is None and certificate.attempts == LATE_LOOKS:
        sentence = "Amazon has not told us yet which record is to prove the name. We keep asking."
        note(certificate.custom_domain, EventKind.CERTIFICATE_TROUBLE, sentence)
    written = name is not None and records.is_written(certificate.custom_domain, name)
    if certificate.state is CertificateState.REQUESTED and written:
        _go_on(certificate, CertificateState.VALIDATING, now + timedelta(seconds=5))
        return
    certificate.attempts += 1
    certificate.error = certificate.next_step = None
    most = 300 if certificate.state is CertificateState.VALIDATING else 60
    certificate.next_attempt_at = now + _growing(certificate.attempts, first=2, most=most)


def _issued(certificate: Certificate, described: Described, now: datetime) -> None:
    facts, domain = described.facts, certificate.custom_domain
    before, certificate.not_after = certificate.not_after, facts.not_after
    until = f"It is valid until {facts.not_after:%-d %B %Y}" if facts.not_after else "It is valid"
    if certificate.state is not CertificateState.ISSUED:
        certificate.issued_at = facts.issued_at or now
        sentence = f"The certificate for {domain.domain_name} was issued. {until} and renews by itself."
        note(domain, EventKind.CERTIFICATE_ISSUED, sentence)
    elif before is not None and facts.not_after is not None and facts.not_after > before:
        sentence = f"The certificate for {domain.domain_name} was renewed. {until}."
        note(domain, EventKind.CERTIFICATE_RENEWED, sentence)
    trouble = _renewal_trouble(domain.domain_name, described, now)
    told = certificate.error
    _go_on(certificate, CertificateState.ISSUED, now + timedelta(hours=settings().certificate_watch_hours))
    if trouble is not None:
        _explain(certificate, trouble)
        if told != trouble.sentence:
            note(domain, EventKind.CERTIFICATE_TROUBLE, trouble.words)
            certificate_troubled.send(domain, words=trouble.words, now=now)


def _renewal_trouble(host: str, described: Described, now: datetime) -> Explanation | None:
    facts, renewal = described.facts, described.facts.renewal
    near = timedelta(days=settings().certificate_warning_days)
    late = facts.not_after is not None and facts.not_after - now <= near
    troubled = renewal is not None and renewal.troubled
    if not (late or troubled):
        return None
    why = renewal.reason or renewal.status if renewal is not None and troubled else None
    return words.renewal_trouble(host, facts.not_after, why, described.caa, in_use=bool(facts.in_use_by))


def _ended(certificate: Certificate, facts: CertificateFacts, now: datetime) -> None:
    """It was issued and is so no more. The next generation comes first: the edge may still hold this one."""
    explanation = words.failed(certificate.domain_name, facts.status.value, None)
    note(certificate.custom_domain, EventKind.CERTIFICATE_FAILED, explanation.sentence)
    _explain(certificate, explanation)
    certificate.failure_reason = explanation.reason
    certificate.state, certificate.attempts, certificate.next_attempt_at = CertificateState.DELETING, 0, now
    want(certificate.custom_domain, now, after=certificate)


def _impossible(certificate: Certificate, outcome: Impossible, now: datetime) -> None:
    """A CAA record is looked at again as soon as resolvers may have forgotten it; it costs ACM nothing."""
    again = certificate.state is CertificateState.FAILED
    told = certificate.error
    certificate.attempts = certificate.attempts + 1 if again else 1
    certificate.state = CertificateState.FAILED
    certificate.failure_reason = certificate.failure_reason or outcome.explanation.reason
    _explain(certificate, outcome.explanation)
    certificate.next_attempt_at = None
    if outcome.caa is not None:
        pause = _growing(certificate.attempts, first=60, most=4 * 3600)
        certificate.next_attempt_at = now + min(
            max(pause, timedelta(seconds=outcome.caa.ttl or 0)), timedelta(hours=4)
        )
    if told != outcome.explanation.sentence:
        _note_failure(certificate, outcome.explanation, now)


def _failed(certificate: Certificate, explanation: Explanation, now: datetime) -> None:
    certificate.state, certificate.attempts = CertificateState.FAILED, 0
    certificate.failure_reason = explanation.reason[:64]
    _explain(certificate, explanation)
    _note_failure(certificate, explanation, now)
    certificate.next_attempt_at = _next_try(certificate, now)


def _next_try(certificate: Certificate, now: datetime) -> datetime | None:
    """None when staff must look: asking again would not help, or did not help often enough."""
    failures = _failures_in_a_row(certificate.custom_domain)
    if certificate.issued_at is not None:
        # No request failed, and visitors meet an edge without a certificate until there is another one.
        return now
    if certificate.failure_reason in words.FINAL or failures > settings().certificate_retries:
        sentence = (
            f"We do not ask for a certificate for {certificate.domain_name} again before staff have looked."
        )
        evidence = {"failures": failures}
        note(certificate.custom_domain, EventKind.CERTIFICATE_TROUBLE, sentence, evidence=evidence)
        return None
    return now + RETRY_PAUSES[min(failures, len(RETRY_PAUSES)) - 1]


def _failures_in_a_row(domain: LLMClientCustomDomain) -> int:
    """How many of ACM's certificates came to nothing since the last that was issued."""
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
    explanation = words.vanished(certificate.domain_name)
    _failed(certificate, explanation, now)
    if certificate.issued_at is not None:
        _end(certificate)
        want(certificate.custom_domain, now, after=certificate)


def _troubled(certificate: Certificate, trouble: Trouble, now: datetime) -> None:
    certificate.attempts += 1
    if certificate.error != trouble.sentence:
        sentence = f"There was trouble on our side with the certificate for {certificate.domain_name}."
        note(certificate.custom_domain, EventKind.CERTIFICATE_TROUBLE, sentence, reason=trouble.sentence)
    certificate.error, certificate.next_step = trouble.sentence, None
    parked = timedelta(minutes=5)
    certificate.next_attempt_at = now + (
        parked if trouble.parked else _growing(certificate.attempts, first=5, most=600)
    )


def _note_failure(certificate: Certificate, explanation: Explanation, now: datetime) -> None:
    """A mail is for what somebody has to do; what we repeat by ourselves stands in the history."""
    domain, evidence = certificate.custom_domain, {"reason": explanation.reason}
    note(
        domain,
        EventKind.CERTIFICATE_FAILED,
        explanation.words,
        evidence=evidence,
    )
    if explanation.who_acts == "you" or explanation.reason in words.FINAL:
        certificate_troubled.send(domain, words=explanation.words, now=now)


def _explain(certificate: Certificate, explanation: Explanation) -> None:
    certificate.error, certificate.next_step = explanation.sentence, explanation.next_step


def _go_on(certificate: Certificate, state: CertificateState, due: datetime) -> None:
    certificate.state, certificate.attempts, certificate.next_attempt_at = state, 0, due
    certificate.error = certificate.next_step = None


def _end(certificate: Certificate) -> None:
    certificate.state, certificate.next_attempt_at = CertificateState.DELETED, None
    db.session.flush()


def _growing(attempts: int, *, first: float, most: float) -> timedelta:
    return timedelta(seconds=min(most, first * 1.5 ** min(max(attempts - 1, 0), 40)))
