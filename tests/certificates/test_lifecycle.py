"""A certificate’s whole life: every state, every fault, and whatever is killed in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.aws.route53_contract import record_set
from tests.factories import make_domain, make_llm_client, make_zone
from tests.twins.acm import MemoryAcm
from tests.twins.dns import Fault, MemoryDns
from tests.twins.route53 import MemoryRoute53
from tests.zones.at_aws import put_at_aws
from webapp.audit.log import SYSTEM
from webapp.aws.acm.port import Renewal, Status
from webapp.aws.shared.errors import AccessTrouble, AwsError, CapacityReached, InputRefused, RetryLater
from webapp.certificates import lifecycle, status, steps
from webapp.certificates import queries as certificate_queries
from webapp.certificates import record as certificate_record
from webapp.checks import request
from webapp.domains import assignment, queries
from webapp.domains import lifecycle as domain_lifecycle
from webapp.extensions import db, settings
from webapp.health.status import Fails, Works
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    CheckOrigin,
    DomainState,
    EventKind,
    LLMClient,
    LLMClientCustomDomain,
    Notification,
    NotificationKind,
    TlsStatus,
    utcnow,
)
from webapp.zones import records_sync

HOST = "chat.acme.com"
NOW = utcnow()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ONLY_OTHERS = '0 issue "letsencrypt.org"'


@pytest.fixture
def dns(app: Flask) -> MemoryDns:
    twin: MemoryDns = app.extensions["dns"]
    twin.zone("acme.com", "ns1.acme.com", "ns2.acme.com")
    return twin


@pytest.fixture
def route53(app: Flask) -> MemoryRoute53:
    twin: MemoryRoute53 = app.extensions["route53"]
    return twin


@pytest.fixture
def acm(app: Flask) -> MemoryAcm:
    twin: MemoryAcm = app.extensions["acm"]
    return twin


@pytest.fixture
def domain(account: Account, dns: MemoryDns, route53: MemoryRoute53) -> LLMClientCustomDomain:
    """Pending, with a zone that is ready and at AWS."""
    domain = make_domain(account, HOST)
    put_at_aws(make_zone(domain), route53)
    db.session.commit()
    return domain


def move(domain: LLMClientCustomDomain, state: DomainState, now: datetime = NOW) -> None:
    domain_lifecycle.change_state(domain, state, now, SYSTEM, "moved")
    db.session.commit()


@pytest.fixture
def wanted(domain: LLMClientCustomDomain) -> Certificate:
    """As it is at the moment of verification."""
    move(domain, DomainState.VERIFIED)
    return newest(domain)


def newest(domain: LLMClientCustomDomain) -> Certificate:
    found = queries.newest_certificate(domain)
    assert found is not None
    return found


Step = Callable[..., bool]


@pytest.fixture
def step(dns: MemoryDns, acm: MemoryAcm) -> Step:
    """One claim, one act, one record, as the task does them; whether the next step can be taken at once."""

    def take(certificate: Certificate, now: datetime | None = None) -> bool:
        now = now or certificate.next_attempt_at or NOW
        taken = steps.claim(certificate.id, now)
        db.session.commit()
        assert taken is not None
        outcome = asyncio.run(steps.advance(taken, dns, acm, now))
        again = certificate_record.record(taken, outcome, now)
        db.session.commit()
        return again

    return take


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


@pytest.fixture
def issued(wanted: Certificate, step: Step, route53: MemoryRoute53, acm: MemoryAcm) -> Certificate:
    validating(wanted, step, route53)
    acm.issue(wanted.arn or "", NOW)
    step(wanted)
    assert wanted.state is CertificateState.ISSUED
    return wanted


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


def mails(domain: LLMClientCustomDomain) -> list[str]:
    query = select(Notification.sentence).where(
        Notification.custom_domain_id == domain.id, Notification.kind == NotificationKind.CERTIFICATE_TROUBLE
    )
    return list(db.session.scalars(query))


def test_from_verified_to_issued(
    domain: LLMClientCustomDomain, step: Step, acm: MemoryAcm, route53: MemoryRoute53
) -> None:
    assert queries.newest_certificate(domain) is None
    move(domain, DomainState.VERIFIED)
    certificate = newest(domain)
    assert state_of(certificate) is CertificateState.WANTED
    assert certificate_queries.certificates_due(NOW, 10, lifecycle.longest_pause()) == [certificate.id]

    assert step(certificate, NOW)
    assert state_of(certificate) is CertificateState.REQUESTED
    assert acm.requests == [(HOST, certificate.idempotency_token)]

    step(certificate, NOW)
    assert state_of(certificate) is CertificateState.REQUESTED
    assert domain.records_due_at is not None
    write(domain, route53)
    name, value = certificate.validation_name or "", certificate.validation_value
    cname = record_set(route53, domain.aws_hosted_zone_id or newest_zone(domain), name, "CNAME")
    assert cname is not None
    assert (cname.values, cname.ttl) == ((value,), 600)
    assert certificate.next_attempt_at == NOW

    step(certificate, NOW)
    assert state_of(certificate) is CertificateState.VALIDATING
    acm.issue(certificate.arn or "", NOW)
    step(certificate)
    assert state_of(certificate) is CertificateState.ISSUED
    assert certificate.not_after == NOW + timedelta(days=198)
    assert kinds(domain) == [EventKind.CERTIFICATE_REQUESTED, EventKind.CERTIFICATE_ISSUED]
    assert certificate.next_attempt_at is not None
    assert certificate.next_attempt_at > NOW + 23 * HOUR


def newest_zone(domain: LLMClientCustomDomain) -> str:
    zone = queries.current_zone(domain)
    assert zone is not None
    return zone.aws_hosted_zone_id or ""


def test_the_token_is_one_that_acm_takes(wanted: Certificate) -> None:
    assert wanted.idempotency_token.replace("_", "").isalnum()
    assert len(wanted.idempotency_token) <= 32


@pytest.mark.parametrize("state", [DomainState.EXPIRED, DomainState.REMOVING])
def test_nothing_is_requested_before_the_delegation_is_verified(
    domain: LLMClientCustomDomain, state: DomainState
) -> None:
    move(domain, state)

    assert queries.newest_certificate(domain) is None


def test_nothing_is_requested_without_a_zone_to_put_the_cname_into(account: Account) -> None:
    domain = make_domain(account, HOST)

    move(domain, DomainState.VERIFIED)

    assert queries.newest_certificate(domain) is None


def test_domains_from_before_there_were_certificates_get_theirs(
    account: Account, route53: MemoryRoute53
) -> None:
    domain = make_domain(account, HOST, DomainState.VERIFIED)
    make_zone(domain)
    make_domain(account, "no-zone.acme.com", DomainState.VERIFIED)
    make_zone(make_domain(account, "pending.acme.com"))

    lifecycle.want_missing(NOW)
    lifecycle.want_missing(NOW)

    assert [one.domain_name for one in db.session.scalars(select(Certificate))] == [HOST]


def test_a_name_that_is_unproved_again_before_the_request_waits(
    domain: LLMClientCustomDomain, wanted: Certificate, acm: MemoryAcm
) -> None:
    move(domain, DomainState.FAILING)
    move(domain, DomainState.LAPSED)

    assert steps.claim(wanted.id, NOW) is None
    assert wanted.next_attempt_at is None
    move(domain, DomainState.VERIFIED, NOW + DAY)

    assert wanted.next_attempt_at == NOW + DAY
    assert acm.requests == []


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


def test_killed_between_call_and_commit_makes_no_second_certificate(
    wanted: Certificate, step: Step, dns: MemoryDns, acm: MemoryAcm
) -> None:
    taken = steps.claim(wanted.id, NOW)
    db.session.commit()
    assert taken is not None
    asyncio.run(steps.advance(taken, dns, acm, NOW))
    assert steps.claim(wanted.id, NOW + MINUTE) is None

    step(wanted, NOW + lifecycle.LEASE)

    assert list(acm.kept) == [wanted.arn]


@pytest.mark.parametrize("pause", [MINUTE, timedelta(hours=2)])
def test_a_lost_answer_makes_no_second_certificate_even_after_acm_has_forgotten_the_token(
    wanted: Certificate, step: Step, acm: MemoryAcm, pause: timedelta
) -> None:
    acm.fail("request", RetryLater("timed out"), after=True)
    step(wanted, NOW)
    assert wanted.state is CertificateState.WANTED
    acm.forgetful = pause > HOUR

    step(wanted, NOW + pause)

    assert list(acm.kept) == [wanted.arn]


def test_a_lost_answer_is_followed_up_even_if_a_caa_record_came_meanwhile(
    wanted: Certificate, step: Step, acm: MemoryAcm, dns: MemoryDns
) -> None:
    acm.fail("request", RetryLater("timed out"), after=True)
    step(wanted, NOW)
    forbid(dns, ONLY_OTHERS)

    step(wanted, NOW + MINUTE)

    assert wanted.arn in acm.kept


def test_a_late_worker_whose_lease_is_over_records_nothing(
    wanted: Certificate, step: Step, dns: MemoryDns, acm: MemoryAcm
) -> None:
    slow = steps.claim(wanted.id, NOW)
    assert slow is not None
    late = NOW + lifecycle.LEASE + MINUTE
    step(wanted, late)
    arn = wanted.arn

    outcome = steps.Requested("arn:aws:acm:elsewhere")
    assert not certificate_record.record(slow, outcome, late)
    assert wanted.arn == arn


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

    assert (wanted.state, wanted.error) == (CertificateState.REQUESTED, None)


def test_a_request_that_acm_refuses_is_not_repeated(
    domain: LLMClientCustomDomain, wanted: Certificate, step: Step, acm: MemoryAcm
) -> None:
    acm.fail("request", InputRefused("not in the DNS", code="InvalidDomainValidationOptionsException"))

    step(wanted)

    assert (wanted.state, wanted.next_attempt_at) == (CertificateState.FAILED, None)
    assert "not in the DNS" in (wanted.error or "")


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
    assert words in (certificate.error or "")
    assert acm.requests == []
    assert mails(domain) == [f"{certificate.error} {certificate.next_step}"]


def test_a_caa_record_is_explained_before_acm_is_asked_and_mended(
    domain: LLMClientCustomDomain, wanted: Certificate, step: Step, acm: MemoryAcm, dns: MemoryDns
) -> None:
    forbid(dns, ONLY_OTHERS)

    step(wanted, NOW)

    assert (wanted.state, wanted.failure_reason) == (CertificateState.FAILED, "CAA_BLOCKS")
    assert wanted.error == "The CAA record at acme.com allows only letsencrypt.org; add amazon.com."
    assert wanted.next_step == 'Add a CAA record at acme.com with the value 0 issue "amazon.com".'
    assert acm.requests == []
    assert mails(domain) == [f"{wanted.error} {wanted.next_step}"]
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


def test_a_pressed_button_looks_at_the_caa_record_at_once(
    domain: LLMClientCustomDomain, wanted: Certificate, step: Step, dns: MemoryDns
) -> None:
    forbid(dns, ONLY_OTHERS)
    step(wanted, NOW)
    wanted.next_attempt_at = NOW + HOUR

    request.request_check(
        domain, origin=CheckOrigin.CUSTOMER, actor=SYSTEM, settings=settings(), now=NOW + MINUTE
    )

    assert wanted.next_attempt_at == NOW + MINUTE


def test_a_caa_record_that_could_not_be_looked_up_stops_nothing(
    wanted: Certificate, step: Step, dns: MemoryDns
) -> None:
    dns.recursive[0].fault = Fault.SERVFAIL

    step(wanted, NOW)

    assert wanted.state is CertificateState.REQUESTED


def test_a_failed_one_is_deleted_and_the_next_has_another_token(
    domain: LLMClientCustomDomain, wanted: Certificate, step: Step, acm: MemoryAcm, route53: MemoryRoute53
) -> None:
    failed(wanted, step, route53, acm, "CAA_ERROR")
    assert "Amazon found a CAA record" in (wanted.error or "")
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

    assert wanted.error == "The CAA record at acme.com allows only letsencrypt.org; add amazon.com."
    assert mails(domain) == [f"{wanted.error} {wanted.next_step}"]


def test_a_time_out_is_explained_and_retried(
    domain: LLMClientCustomDomain, wanted: Certificate, step: Step, acm: MemoryAcm, route53: MemoryRoute53
) -> None:
    failed(wanted, step, route53, acm, None)
    assert wanted.failure_reason == "VALIDATION_TIMED_OUT"
    assert "within 72 hours" in (wanted.error or "")

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
    lifecycle.look_again(domain, NOW)
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


def test_a_failed_one_of_a_name_that_is_unproved_waits_for_the_proof(
    domain: LLMClientCustomDomain, wanted: Certificate, step: Step, acm: MemoryAcm, route53: MemoryRoute53
) -> None:
    failed(wanted, step, route53, acm)
    move(domain, DomainState.FAILING)
    move(domain, DomainState.LAPSED)

    assert steps.claim(wanted.id, NOW + DAY) is None
    move(domain, DomainState.VERIFIED, NOW + 2 * DAY)
    step(wanted)

    assert newest(domain).generation == 2


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
    shown = status.certificate_shown(wanted)
    assert shown is not None
    assert (shown.headline, shown.moving) == ("Not issued yet", False)
    assert lifecycle.try_again(domain, due)
    step(wanted, due)
    assert (newest(domain).generation, newest(domain).next_attempt_at) == (2, due)


def test_removal_deletes_the_certificate(
    domain: LLMClientCustomDomain, issued: Certificate, step: Step, acm: MemoryAcm
) -> None:
    domain_lifecycle.remove(domain, actor=SYSTEM, now=NOW)
    assert issued.state is CertificateState.DELETING

    step(issued, NOW)

    assert acm.kept == {}
    assert (issued.state, issued.next_attempt_at) == (CertificateState.DELETED, None)
    assert kinds(domain)[-1] is EventKind.CERTIFICATE_DELETED


def test_one_that_is_attached_is_deleted_once_it_is_detached(
    domain: LLMClientCustomDomain, issued: Certificate, step: Step, acm: MemoryAcm
) -> None:
    acm.change(issued.arn or "", in_use_by=("arn:aws:elasticloadbalancing:x",))
    domain_lifecycle.remove(domain, actor=SYSTEM, now=NOW)

    step(issued, NOW)
    assert state_of(issued) is CertificateState.DELETING
    assert "Detach it there" in (issued.error or "")
    acm.change(issued.arn or "", in_use_by=())
    step(issued)

    assert acm.kept == {}
    assert state_of(issued) is CertificateState.DELETED


def test_deleting_what_is_gone_already_is_done(
    domain: LLMClientCustomDomain, issued: Certificate, step: Step, acm: MemoryAcm
) -> None:
    domain_lifecycle.remove(domain, actor=SYSTEM, now=NOW)
    acm.kept.clear()

    step(issued, NOW)

    assert issued.state is CertificateState.DELETED


def test_a_removal_while_a_worker_requests_leaves_nothing_behind(
    domain: LLMClientCustomDomain, wanted: Certificate, step: Step, dns: MemoryDns, acm: MemoryAcm
) -> None:
    busy = steps.claim(wanted.id, NOW)
    assert busy is not None
    outcome = asyncio.run(steps.advance(busy, dns, acm, NOW))
    domain_lifecycle.remove(domain, actor=SYSTEM, now=NOW + MINUTE)

    assert certificate_record.record(busy, outcome, NOW + MINUTE)
    assert wanted.state is CertificateState.DELETING
    step(wanted)

    assert acm.kept == {}


def test_a_removal_after_a_worker_was_killed_leaves_nothing_behind(
    domain: LLMClientCustomDomain, wanted: Certificate, step: Step, dns: MemoryDns, acm: MemoryAcm
) -> None:
    killed = steps.claim(wanted.id, NOW)
    assert killed is not None
    asyncio.run(steps.advance(killed, dns, acm, NOW))
    domain_lifecycle.remove(domain, actor=SYSTEM, now=NOW + MINUTE)
    assert wanted.next_attempt_at == NOW + lifecycle.LEASE

    step(wanted)

    assert wanted.arn is None
    assert acm.kept == {}
    assert wanted.state is CertificateState.DELETED


def test_one_that_was_never_requested_is_dropped_without_asking(
    domain: LLMClientCustomDomain, wanted: Certificate, step: Step, acm: MemoryAcm
) -> None:
    domain_lifecycle.remove(domain, actor=SYSTEM, now=NOW)
    acm.fail("find", AwsError("nobody was to ask"))

    step(wanted, NOW)

    assert wanted.state is CertificateState.DELETED
    assert EventKind.CERTIFICATE_DELETED not in kinds(domain)


def test_a_renewal_moves_the_end(
    domain: LLMClientCustomDomain, issued: Certificate, step: Step, acm: MemoryAcm
) -> None:
    acm.issue(issued.arn or "", NOW + 150 * DAY)
    acm.renew(issued.arn or "", Renewal("SUCCESS"))

    step(issued)

    assert issued.not_after == NOW + 348 * DAY
    assert kinds(domain)[-1] is EventKind.CERTIFICATE_RENEWED
    assert issued.error is None


def test_trouble_with_a_renewal_is_told_once_and_forgotten_when_it_is_over(
    domain: LLMClientCustomDomain, issued: Certificate, step: Step, acm: MemoryAcm
) -> None:
    acm.renew(issued.arn or "", Renewal("PENDING_VALIDATION"))

    for _ in range(3):
        step(issued)

    assert issued.state is CertificateState.ISSUED
    assert "has not been renewed yet (PENDING_VALIDATION)" in (issued.error or "")
    assert kinds(domain).count(EventKind.CERTIFICATE_TROUBLE) == 1
    assert len(mails(domain)) == 1
    acm.renew(issued.arn or "", Renewal("SUCCESS"))
    step(issued)
    assert issued.error is None


def test_a_renewal_that_a_caa_record_forbids_is_explained(
    issued: Certificate, step: Step, acm: MemoryAcm, dns: MemoryDns
) -> None:
    forbid(dns, ONLY_OTHERS)
    acm.renew(issued.arn or "", Renewal("FAILED", "CAA_ERROR"))

    step(issued)

    assert "allows only letsencrypt.org; add amazon.com." in (issued.error or "")


def test_an_end_that_comes_near_is_trouble(
    domain: LLMClientCustomDomain, issued: Certificate, step: Step, acm: MemoryAcm
) -> None:
    step(issued, NOW + 176 * DAY)
    assert issued.error is None

    step(issued, NOW + 178 * DAY)

    assert "has not been renewed yet" in (issued.error or "")
    assert "Attach it to the edge" in (issued.next_step or "")
    acm.change(issued.arn or "", in_use_by=("arn:aws:elasticloadbalancing:x",))
    step(issued)
    assert "leave your NS records in place" in (issued.next_step or "")


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


@pytest.fixture
def llm_client(account: Account, domain: LLMClientCustomDomain) -> LLMClient:
    llm_client = make_llm_client(account)
    assignment.attach(llm_client, domain, actor=SYSTEM)
    db.session.commit()
    return llm_client


def test_the_llm_clients_status_follows(
    domain: LLMClientCustomDomain,
    llm_client: LLMClient,
    step: Step,
    acm: MemoryAcm,
    route53: MemoryRoute53,
) -> None:
    seen = [llm_client.tls_certificate_issuance_status]
    move(domain, DomainState.VERIFIED)
    seen.append(llm_client.tls_certificate_issuance_status)
    first = failed(newest(domain), step, route53, acm)
    seen.append(llm_client.tls_certificate_issuance_status)
    step(first)
    seen.append(llm_client.tls_certificate_issuance_status)
    second = newest(domain)
    for _ in range(3):
        step(second)
    acm.issue(second.arn or "")
    step(second)
    seen.append(llm_client.tls_certificate_issuance_status)

    requested, none = TlsStatus.REQUESTED, TlsStatus.NONE
    assert seen == [none, requested, TlsStatus.FAILED, requested, TlsStatus.ISSUED]


def test_it_follows_who_is_attached(
    account: Account, domain: LLMClientCustomDomain, llm_client: LLMClient, issued: Certificate
) -> None:
    other = make_llm_client(account, "Support")

    def seen() -> tuple[TlsStatus, TlsStatus]:
        return llm_client.tls_certificate_issuance_status, other.tls_certificate_issuance_status

    assert seen() == (TlsStatus.ISSUED, TlsStatus.NONE)
    assignment.attach(other, domain, actor=SYSTEM)
    assert seen() == (TlsStatus.NONE, TlsStatus.ISSUED)
    assignment.detach(other, actor=SYSTEM)
    assert seen() == (TlsStatus.NONE, TlsStatus.NONE)


def test_dns_and_certificate_are_two_facts(
    domain: LLMClientCustomDomain, llm_client: LLMClient, issued: Certificate
) -> None:
    move(domain, DomainState.FAILING)
    move(domain, DomainState.LAPSED)

    assert llm_client.dns_verification_status == "failed"
    assert llm_client.tls_certificate_issuance_status is TlsStatus.ISSUED


def test_two_processes_that_want_one_get_one(domain: LLMClientCustomDomain, wanted: Certificate) -> None:
    assert lifecycle.want(domain, NOW, after=None) is None

    assert list(db.session.scalars(select(Certificate))) == [wanted]


@pytest.mark.parametrize(
    ("outcome", "health"),
    [
        (steps.Requested("arn:aws:acm:x"), Works()),
        (steps.Deleted(), None),
        (steps.Trouble("Rate exceeded"), Fails("Rate exceeded")),
        (steps.Trouble("no permission", parked=True), Fails("no permission")),
        (steps.Trouble("still attached", about_one=True), None),
    ],
)
def test_what_a_step_tells_about_acm_itself(outcome: steps.Outcome, health: Works | Fails | None) -> None:
    assert steps.health_of(outcome) == health


def test_one_that_is_not_ours_is_left_alone_and_shown_to_staff(
    domain: LLMClientCustomDomain, issued: Certificate, step: Step, acm: MemoryAcm
) -> None:
    acm.kept[issued.arn or ""].installation_id = "somebody else's"
    domain_lifecycle.remove(domain, actor=SYSTEM, now=NOW)

    step(issued, NOW)

    assert list(acm.kept) == [issued.arn]
    assert issued.state is CertificateState.DELETING
    assert "does not carry our tags" in (issued.error or "")
