"""What follows from each outcome: the next state, the next time, and the events."""

from __future__ import annotations

import pytest

from tests.certificates.life import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    ONLY_OTHERS,
    Step,
    error_of,
    failed,
    forbid,
    kinds,
    mails,
    move,
    newest,
    next_step_of,
    validating,
    write,
)
from tests.factories import make_domain, make_zone
from tests.twins.acm import MemoryAcm
from tests.twins.dns import MemoryDns
from tests.twins.route53 import MemoryRoute53
from tests.zones.at_aws import put_at_aws
from webapp.aws.acm.port import Renewal, Status
from webapp.aws.shared.errors import AccessTrouble, AwsError, CapacityReached, InputRefused, RetryLater
from webapp.certificates import lifecycle, status
from webapp.certificates import record as certificate_record
from webapp.domains import queries
from webapp.extensions import settings
from webapp.messages.catalogue import event_sentence
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    DomainState,
    EventKind,
    LLMClientCustomDomain,
)


def test_the_record_may_come_late(
    wanted: Certificate, step: Step, acm: MemoryAcm, domain: LLMClientCustomDomain
) -> None:
    step(wanted, NOW)
    acm.late = 25
    pauses = []
    for _ in range(25):
        now = wanted.next_attempt_at
        assert now is not None
        step(wanted)
        assert wanted.next_attempt_at is not None
        pauses.append((wanted.next_attempt_at - now).total_seconds())
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (2, 60)
    assert kinds(domain).count(EventKind.CERTIFICATE_TROUBLE) == 1
    assert wanted.state is CertificateState.REQUESTED

    step(wanted)

    assert wanted.validation_name is not None
    assert len(acm.requests) == 1


@pytest.mark.parametrize(
    "error",
    [
        RetryLater("Rate exceeded", code="ThrottlingException"),
        CapacityReached("2500 certificates", code="LimitExceededException"),
        AccessTrouble("no", code="AccessDeniedException"),
        AwsError("something new"),
    ],
)
def test_trouble_with_aws_is_told_once_and_tried_again(
    domain: LLMClientCustomDomain, wanted: Certificate, step: Step, acm: MemoryAcm, error: AwsError
) -> None:
    for _ in range(2):
        acm.fail("request", error)
        step(wanted)
        assert wanted.state is CertificateState.WANTED
    assert kinds(domain) == [EventKind.CERTIFICATE_TROUBLE]
    assert mails(domain) == []

    step(wanted)

    assert (wanted.state, wanted.problem) == (CertificateState.REQUESTED, None)


def test_a_request_that_acm_refuses_is_not_repeated(
    domain: LLMClientCustomDomain, wanted: Certificate, step: Step, acm: MemoryAcm
) -> None:
    acm.fail("request", InputRefused("not in the DNS", code="InvalidDomainValidationOptionsException"))

    step(wanted)

    assert (wanted.state, wanted.next_attempt_at) == (CertificateState.FAILED, None)
    assert "not in the DNS" in error_of(wanted)
    [event] = [one for one in queries.history(domain) if one.kind is EventKind.CERTIFICATE_FAILED]
    [mail] = mails(domain)
    for told in (event_sentence(event), mail):
        assert told.endswith(f"Contact {settings().contact}."), told


@pytest.mark.parametrize(
    ("host", "words"),
    [
        (f"{'a' * 55}.acme.com", "64 characters"),
        (f"{'a' * 56}.acme.com", "up to 64 only"),
        ("a_b.acme.com", "underscore"),
    ],
)
def test_names_that_no_certificate_can_have_are_explained(
    account: Account,
    route53: MemoryRoute53,
    dns: MemoryDns,
    step: Step,
    acm: MemoryAcm,
    host: str,
    words: str,
) -> None:
    domain = make_domain(account, host)
    put_at_aws(make_zone(domain), route53)
    move(domain, DomainState.VERIFIED)
    certificate = newest(domain)

    step(certificate, NOW)

    if len(host) <= 64 and "_" not in host:
        assert certificate.state is CertificateState.REQUESTED
        return
    assert (certificate.state, certificate.next_attempt_at) == (CertificateState.FAILED, None)
    assert words in error_of(certificate)
    assert acm.requests == []
    assert mails(domain) == [f"{error_of(certificate)} {next_step_of(certificate)}"]


def test_a_caa_record_is_explained_before_acm_is_asked_and_mended(
    domain: LLMClientCustomDomain, wanted: Certificate, step: Step, acm: MemoryAcm, dns: MemoryDns
) -> None:
    forbid(dns, ONLY_OTHERS)

    step(wanted, NOW)

    assert (wanted.state, wanted.failure_reason) == (CertificateState.FAILED, "CAA_BLOCKS")
    assert error_of(wanted) == "The CAA record at acme.com allows only letsencrypt.org; add amazon.com."
    assert next_step_of(wanted) == 'Add a CAA record at acme.com with the value 0 issue "amazon.com".'
    assert acm.requests == []
    assert mails(domain) == [f"{error_of(wanted)} {next_step_of(wanted)}"]
    step(wanted)
    assert kinds(domain) == [EventKind.CERTIFICATE_FAILED]

    forbid(dns, ONLY_OTHERS, '0 issue "amazon.com"')
    step(wanted)
    successor = newest(domain)
    step(successor)

    assert wanted.state is CertificateState.DELETED
    assert (successor.generation, successor.state) == (2, CertificateState.REQUESTED)
    assert len(acm.requests) == 1


def test_a_caa_record_is_looked_at_again_with_growing_pauses_and_for_ever(
    wanted: Certificate, step: Step, dns: MemoryDns
) -> None:
    forbid(dns, ONLY_OTHERS)
    step(wanted, NOW)
    pauses = []
    for _ in range(30):
        now = wanted.next_attempt_at
        assert now is not None
        step(wanted)
        assert wanted.next_attempt_at is not None
        pauses.append(wanted.next_attempt_at - now)

    assert pauses == sorted(pauses)
    assert pauses[0] >= MINUTE
    assert pauses[-1] == 4 * HOUR


def test_a_failed_one_is_deleted_and_the_next_has_another_token(
    domain: LLMClientCustomDomain, wanted: Certificate, step: Step, acm: MemoryAcm, route53: MemoryRoute53
) -> None:
    failed(wanted, step, route53, acm, "CAA_ERROR")
    assert "Amazon found a CAA record" in error_of(wanted)
    assert wanted.next_attempt_at is not None
    arn, token = wanted.arn, wanted.idempotency_token

    step(wanted)
    successor = newest(domain)
    step(successor)

    assert arn not in acm.kept
    assert wanted.state is CertificateState.DELETED
    assert successor.idempotency_token != token
    assert [record.record_type for record in domain.dns_records] == ["CNAME"]


def test_caa_error_names_the_record_when_it_is_there(
    domain: LLMClientCustomDomain,
    wanted: Certificate,
    step: Step,
    acm: MemoryAcm,
    route53: MemoryRoute53,
    dns: MemoryDns,
) -> None:
    validating(wanted, step, route53)
    forbid(dns, ONLY_OTHERS)
    acm.fail_certificate(wanted.arn or "", "CAA_ERROR")

    step(wanted)

    assert error_of(wanted) == "The CAA record at acme.com allows only letsencrypt.org; add amazon.com."
    assert mails(domain) == [f"{error_of(wanted)} {next_step_of(wanted)}"]


def test_a_time_out_is_explained_and_retried(
    domain: LLMClientCustomDomain, wanted: Certificate, step: Step, acm: MemoryAcm, route53: MemoryRoute53
) -> None:
    failed(wanted, step, route53, acm, None)
    assert wanted.failure_reason == "VALIDATION_TIMED_OUT"
    assert "within 72 hours" in error_of(wanted)

    step(wanted)

    assert newest(domain).generation == 2


def test_after_failures_enough_staff_must_look(
    domain: LLMClientCustomDomain, wanted: Certificate, step: Step, acm: MemoryAcm, route53: MemoryRoute53
) -> None:
    certificate, pauses = wanted, []
    for _ in range(5):
        now = certificate.next_attempt_at
        assert now is not None
        for _ in range(3):
            step(certificate)
        if domain.records_due_at is not None:
            write(domain, route53, domain.records_due_at)
            step(certificate)
        acm.fail_certificate(certificate.arn or "", "OTHER")
        at = certificate.next_attempt_at
        assert at is not None
        step(certificate)
        if certificate.next_attempt_at is None:
            break
        pauses.append(certificate.next_attempt_at - at)
        step(certificate)
        certificate = newest(domain)

    assert certificate.generation == 5
    assert pauses == [15 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR]
    assert (certificate.state, certificate.next_attempt_at) == (CertificateState.FAILED, None)
    assert kinds(domain)[-1] is EventKind.CERTIFICATE_TROUBLE
    lifecycle.check_again(domain, NOW)
    assert certificate.next_attempt_at is None

    assert lifecycle.try_again(domain, NOW)
    step(certificate)
    assert newest(domain).generation == 6


@pytest.mark.parametrize("reason", ["DOMAIN_NOT_ALLOWED", "ADDITIONAL_VERIFICATION_REQUIRED"])
def test_what_asking_again_cannot_mend_waits_for_staff(
    domain: LLMClientCustomDomain,
    wanted: Certificate,
    step: Step,
    acm: MemoryAcm,
    route53: MemoryRoute53,
    reason: str,
) -> None:
    failed(wanted, step, route53, acm, reason)

    assert wanted.next_attempt_at is None
    assert len(mails(domain)) == 1


def test_one_that_vanished_behind_us_is_requested_anew(
    domain: LLMClientCustomDomain, issued: Certificate, step: Step, acm: MemoryAcm
) -> None:
    acm.kept.clear()
    watched = issued.next_attempt_at

    step(issued)

    assert (issued.state, issued.failure_reason) == (CertificateState.DELETED, "GONE")
    assert (newest(domain).generation, newest(domain).state) == (2, CertificateState.WANTED)
    assert newest(domain).next_attempt_at == watched
    assert EventKind.CERTIFICATE_FAILED in kinds(domain)


def test_one_that_vanished_before_it_was_issued_pauses_as_failed_and_can_be_hastened(
    domain: LLMClientCustomDomain, wanted: Certificate, step: Step, acm: MemoryAcm, route53: MemoryRoute53
) -> None:
    validating(wanted, step, route53)
    acm.kept.clear()
    due = wanted.next_attempt_at
    assert due is not None

    step(wanted)

    assert (wanted.state, wanted.failure_reason) == (CertificateState.FAILED, "GONE")
    assert wanted.next_attempt_at == due + certificate_record.RETRY_PAUSES[0]
    shown = status.certificate_status(wanted)
    assert shown is not None
    assert (shown.headline, shown.moving) == ("Not issued yet", False)
    assert lifecycle.try_again(domain, due)
    step(wanted, due)
    assert (newest(domain).generation, newest(domain).next_attempt_at) == (2, due)


def test_a_renewal_moves_the_end(
    domain: LLMClientCustomDomain, issued: Certificate, step: Step, acm: MemoryAcm
) -> None:
    acm.issue(issued.arn or "", NOW + 150 * DAY)
    acm.renew(issued.arn or "", Renewal("SUCCESS"))

    step(issued)

    assert issued.not_after == NOW + 348 * DAY
    assert kinds(domain)[-1] is EventKind.CERTIFICATE_RENEWED
    assert issued.problem is None


def test_trouble_with_a_renewal_is_told_once_and_forgotten_when_it_is_over(
    domain: LLMClientCustomDomain, issued: Certificate, step: Step, acm: MemoryAcm
) -> None:
    acm.renew(issued.arn or "", Renewal("PENDING_VALIDATION"))

    for _ in range(3):
        step(issued)

    assert issued.state is CertificateState.ISSUED
    assert "has not been renewed yet (PENDING_VALIDATION)" in error_of(issued)
    assert kinds(domain).count(EventKind.CERTIFICATE_TROUBLE) == 1
    assert len(mails(domain)) == 1
    acm.renew(issued.arn or "", Renewal("SUCCESS"))
    step(issued)
    assert issued.problem is None


def test_a_renewal_that_a_caa_record_forbids_is_explained(
    issued: Certificate, step: Step, acm: MemoryAcm, dns: MemoryDns
) -> None:
    forbid(dns, ONLY_OTHERS)
    acm.renew(issued.arn or "", Renewal("FAILED", "CAA_ERROR"))

    step(issued)

    assert "allows only letsencrypt.org; add amazon.com." in error_of(issued)


def test_an_end_that_comes_near_is_trouble(
    domain: LLMClientCustomDomain, issued: Certificate, step: Step, acm: MemoryAcm
) -> None:
    step(issued, NOW + 176 * DAY)
    assert issued.problem is None

    step(issued, NOW + 178 * DAY)

    assert "has not been renewed yet" in error_of(issued)
    assert "Attach it to the edge" in next_step_of(issued)
    acm.change(issued.arn or "", in_use_by=("arn:aws:elasticloadbalancing:x",))
    step(issued)
    assert "leave your records in place" in next_step_of(issued)


@pytest.mark.parametrize("status", [Status.EXPIRED, Status.REVOKED, Status.INACTIVE])
def test_one_that_ended_gets_a_successor_before_it_is_deleted(
    domain: LLMClientCustomDomain, issued: Certificate, step: Step, acm: MemoryAcm, status: Status
) -> None:
    acm.change(issued.arn or "", status=status, in_use_by=("arn:aws:elasticloadbalancing:x",))

    step(issued)

    successor = newest(domain)
    assert (successor.generation, successor.state) == (2, CertificateState.WANTED)
    assert issued.state is CertificateState.DELETING
    step(successor)
    assert successor.arn in acm.kept
