"""A certificate follows its domain: wanted, let go, wanted again."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.aws.route53_contract import record_set
from tests.certificates.life import (
    DAY,
    HOST,
    HOUR,
    MINUTE,
    NOW,
    ONLY_OTHERS,
    Step,
    failed,
    forbid,
    kinds,
    move,
    newest,
    newest_zone,
    state_of,
    write,
)
from tests.factories import make_domain, make_llm_client, make_zone
from tests.statements import statements
from tests.twins.acm import MemoryAcm
from tests.twins.dns import MemoryDns
from tests.twins.route53 import MemoryRoute53
from webapp.audit.log import SYSTEM
from webapp.certificates import lifecycle, steps
from webapp.certificates import queries as certificate_queries
from webapp.certificates import record as certificate_record
from webapp.checks import request
from webapp.domains import assignment, locks, queries
from webapp.domains import lifecycle as domain_lifecycle
from webapp.extensions import db, settings
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    CheckOrigin,
    DomainState,
    EventKind,
    LLMClient,
    LLMClientCustomDomain,
    TlsStatus,
)


def test_from_verified_to_issued(
    domain: LLMClientCustomDomain, step: Step, acm: MemoryAcm, route53: MemoryRoute53
) -> None:
    assert queries.newest_certificate(domain) is None
    move(domain, DomainState.VERIFIED)
    certificate = newest(domain)
    assert state_of(certificate) is CertificateState.WANTED
    assert certificate_queries.certificates_due(NOW, 10) == [certificate.id]

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


def test_removal_deletes_the_certificate(
    domain: LLMClientCustomDomain, issued: Certificate, step: Step, acm: MemoryAcm
) -> None:
    domain_lifecycle.remove(domain, actor=SYSTEM, now=NOW)
    assert issued.state is CertificateState.DELETING

    step(issued, NOW)

    assert acm.kept == {}
    assert (issued.state, issued.next_attempt_at) == (CertificateState.DELETED, None)
    assert kinds(domain)[-1] is EventKind.CERTIFICATE_DELETED


def test_a_removal_while_a_worker_requests_leaves_nothing_behind(
    domain: LLMClientCustomDomain, wanted: Certificate, step: Step, dns: MemoryDns, acm: MemoryAcm
) -> None:
    busy = steps.claim(wanted.id, NOW)
    assert busy is not None
    outcome = asyncio.run(steps.advance(busy, dns, acm, NOW))
    domain_lifecycle.remove(domain, actor=SYSTEM, now=NOW + MINUTE)

    with statements() as seen:
        assert certificate_record.record(busy, outcome, NOW + MINUTE)
    assert seen[0].startswith("UPDATE"), "SQLite knows no lock of a row that is read"
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
    assert wanted.next_attempt_at == NOW + certificate_queries.JOB.lease

    step(wanted)

    assert wanted.arn is None
    assert acm.kept == {}
    assert wanted.state is CertificateState.DELETED


def test_two_processes_that_want_one_get_one(domain: LLMClientCustomDomain, wanted: Certificate) -> None:
    assert lifecycle.want(domain, NOW, after=None) is None

    assert list(db.session.scalars(select(Certificate))) == [wanted]


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


def test_worker_that_claims_a_certificate_while_a_removal_waits_keeps_it(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what ACM answers to it is not recorded, and nobody deletes that certificate."""
    move(domain, DomainState.VERIFIED)
    certificate, locked = newest(domain), locks.lock_domain
    now, lease = [NOW + MINUTE], certificate_queries.JOB.lease

    def waited(domain: LLMClientCustomDomain) -> bool:
        now[0] += MINUTE
        certificate.next_attempt_at = now[0] + lease
        db.session.flush()
        return locked(domain)

    monkeypatch.setattr("webapp.jobs.clock.now", lambda: now[0])
    monkeypatch.setattr("webapp.domains.lifecycle.lock_domain", waited)
    domain_lifecycle.remove(domain, actor=SYSTEM)
    assert (certificate.state, certificate.next_attempt_at) == (CertificateState.DELETING, now[0] + lease)
