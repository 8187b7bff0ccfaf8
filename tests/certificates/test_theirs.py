"""Certificates of names that their owners' records prove: the CNAME that ACM asks for stands in their zone."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from flask import Flask

from tests.certificates.life import (
    HOUR,
    NOW,
    ONLY_OTHERS,
    Step,
    forbid,
    kinds,
    mails,
    move,
    newest,
    next_step_of,
    state_of,
)
from tests.factories import make_domain, make_llm_client
from tests.twins.acm import MemoryAcm
from tests.twins.dns import Fault, MemoryDns
from webapp.audit.log import SYSTEM, note
from webapp.aws.acm.port import Renewal
from webapp.certificates import lifecycle, retry, steps
from webapp.certificates import record as certificate_record
from webapp.certificates.status import certificate_status
from webapp.config.settings import Settings
from webapp.dns.judgement.verdict import Verdict
from webapp.domains import assignment, queries
from webapp.domains.rules.status import Situation, situation
from webapp.extensions import db
from webapp.jobs.together import is_open, together
from webapp.messages.sentences.certificates import Problem
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    DomainState,
    EventKind,
    LLMClientCustomDomain,
    Message,
    Method,
    TlsStatus,
)

HOST = "chat.acme.com"


@pytest.fixture
def theirs(account: Account, dns: MemoryDns) -> LLMClientCustomDomain:
    domain = make_domain(account, HOST, method=Method.RECORDS)
    db.session.commit()
    return domain


@pytest.fixture
def asked(theirs: LLMClientCustomDomain, step: Step) -> Certificate:
    """Verified; ACM was asked, and has not told its CNAME yet."""
    move(theirs, DomainState.VERIFIED)
    certificate = newest(theirs)
    step(certificate, NOW)
    return certificate


def validation_of(certificate: Certificate, acm: MemoryAcm) -> tuple[str, str]:
    found = acm.kept[certificate.arn or ""].facts.validation
    assert found is not None
    return found


def publish(dns: MemoryDns, certificate: Certificate, acm: MemoryAcm, value: str | None = None) -> None:
    name, right = validation_of(certificate, acm)
    dns.server("ns1.acme.com").zones["acme.com"].put(name, "CNAME", value or right)


def take_out(dns: MemoryDns, certificate: Certificate, acm: MemoryAcm) -> None:
    dns.server("ns1.acme.com").zones["acme.com"].put(validation_of(certificate, acm)[0], "CNAME")


def enter(domain: LLMClientCustomDomain, verdict: Verdict) -> None:
    """As a check does that says something new."""
    note(
        domain,
        EventKind.VERDICT_CHANGED,
        Message("domain.registered", {"name": HOST}),
        evidence={"verdict": verdict.value, "found": []},
    )
    domain.verdict = verdict.value
    if not is_open():
        db.session.commit()


def test_it_is_asked_for_without_a_zone_of_ours(asked: Certificate, acm: MemoryAcm) -> None:
    assert asked.state is CertificateState.REQUESTED
    assert len(acm.requests) == 1


def test_its_owner_is_asked_for_the_record_and_we_write_none(
    theirs: LLMClientCustomDomain, asked: Certificate, step: Step, acm: MemoryAcm
) -> None:
    step(asked)

    assert asked.state is CertificateState.REQUESTED
    name, value = validation_of(asked, acm)
    assert next_step_of(asked) == (
        f"Add a CNAME record {name} with the value {value} at your DNS provider, and leave it there."
    )
    assert theirs.dns_records == []
    assert theirs.records_due_at is None
    shown = certificate_status(asked)
    assert shown is not None
    assert (shown.headline, shown.situation, shown.who_acts) == (
        "Waiting for your record",
        Situation.ACTION,
        "you",
    )
    assert shown.moving
    assert situation(theirs, None, asked) is Situation.ACTION


def test_the_record_leads_on_to_issue(asked: Certificate, step: Step, acm: MemoryAcm, dns: MemoryDns) -> None:
    step(asked)
    publish(dns, asked, acm)
    step(asked)
    assert state_of(asked) is CertificateState.VALIDATING
    assert asked.problem is None

    acm.issue(asked.arn or "", NOW)
    step(asked)

    assert state_of(asked) is CertificateState.ISSUED
    assert len(acm.requests) == 1


def test_another_value_is_not_the_record(
    asked: Certificate, step: Step, acm: MemoryAcm, dns: MemoryDns
) -> None:
    publish(dns, asked, acm, "elsewhere.example.com")
    step(asked)
    assert asked.problem is not None
    assert asked.problem.code == Problem.RECORD_MISSING


def test_a_record_that_goes_again_is_asked_for_again(
    asked: Certificate, step: Step, acm: MemoryAcm, dns: MemoryDns
) -> None:
    publish(dns, asked, acm)
    step(asked)
    assert state_of(asked) is CertificateState.VALIDATING
    take_out(dns, asked, acm)
    step(asked)
    assert state_of(asked) is CertificateState.REQUESTED
    assert asked.problem is not None
    assert asked.problem.code == Problem.RECORD_MISSING


def test_silent_resolvers_accuse_nobody(
    asked: Certificate, step: Step, acm: MemoryAcm, dns: MemoryDns
) -> None:
    dns.recursive[0].fault = Fault.SILENT
    step(asked)
    assert asked.state is CertificateState.REQUESTED
    assert asked.problem is None


def test_people_are_mailed_once_when_it_stays_missing(
    theirs: LLMClientCustomDomain, asked: Certificate, step: Step
) -> None:
    for _ in range(6):
        step(asked)
    assert mails(theirs) == []
    for _ in range(4):
        step(asked)
    assert len(mails(theirs)) == 1
    assert "Add a CNAME record" in mails(theirs)[0]
    assert kinds(theirs).count(EventKind.CERTIFICATE_TROUBLE) == 1
    assert asked.next_attempt_at is not None


@pytest.mark.parametrize("looks", [1, 8])
def test_verify_looks_again_at_once(
    theirs: LLMClientCustomDomain, asked: Certificate, step: Step, looks: int
) -> None:
    """Also where the next look is so near that it might be a worker's lease: the owner has just added the record."""
    for _ in range(looks):
        step(asked)
    assert asked.next_attempt_at is not None
    before = asked.next_attempt_at - timedelta(seconds=1)
    lifecycle.check_again(theirs, before)
    assert asked.next_attempt_at == before


def test_worker_that_was_overtaken_by_verify_records_nothing(
    theirs: LLMClientCustomDomain, asked: Certificate, step: Step, acm: MemoryAcm, dns: MemoryDns
) -> None:
    step(asked)
    assert asked.next_attempt_at is not None
    due = asked.next_attempt_at
    taken = steps.claim(asked.id, due)
    assert taken is not None
    db.session.commit()
    outcome = asyncio.run(steps.advance(taken, dns, acm, due))
    publish(dns, asked, acm)
    lifecycle.check_again(theirs, due)
    db.session.commit()
    assert certificate_record.record(taken, outcome, due) is False
    assert asked.next_attempt_at == due
    step(asked, due)
    assert state_of(asked) is CertificateState.VALIDATING


def test_verify_leaves_the_pause_of_what_the_owner_cannot_mend(
    theirs: LLMClientCustomDomain, asked: Certificate
) -> None:
    asked.problem = Message("aws", {"said": "Rate exceeded", "code": "Throttling"})
    asked.next_attempt_at = later = NOW + HOUR
    lifecycle.check_again(theirs, NOW)
    assert asked.next_attempt_at == later


def test_amazon_is_not_asked_again_before_the_record_is_there(
    theirs: LLMClientCustomDomain, asked: Certificate, step: Step, acm: MemoryAcm, dns: MemoryDns
) -> None:
    step(asked)
    acm.fail_certificate(asked.arn or "")
    step(asked)
    assert state_of(asked) is CertificateState.FAILED
    assert asked.problem is not None
    assert asked.problem.code == Problem.RECORD_MISSING
    for _ in range(5):
        step(asked)
    assert len(acm.requests) == 1
    assert asked.next_attempt_at is not None
    assert len(mails(theirs)) == 1

    publish(dns, asked, acm)
    assert step(asked) is False
    again = newest(theirs)
    assert again is not asked
    step(again)

    assert len(acm.requests) == 2
    assert list(acm.kept) == [again.arn]


def test_a_caa_record_is_told_first(asked: Certificate, step: Step, acm: MemoryAcm, dns: MemoryDns) -> None:
    step(asked)
    forbid(dns, ONLY_OTHERS)
    acm.fail_certificate(asked.arn or "")
    step(asked)
    assert asked.problem is not None
    assert asked.problem.code == Problem.CAA_RESTRICTED


@pytest.mark.parametrize("verdict", [Verdict.CNAME_MISSING, Verdict.CNAME_WRONG, Verdict.CNAME_FLATTENED])
def test_a_reserved_name_gets_one_before_its_owner_switches(
    theirs: LLMClientCustomDomain, step: Step, acm: MemoryAcm, verdict: Verdict
) -> None:
    enter(theirs, verdict)
    certificate = newest(theirs)
    step(certificate, certificate.next_attempt_at)
    assert state_of(certificate) is CertificateState.REQUESTED
    move(theirs, DomainState.VERIFIED)
    assert newest(theirs) is certificate
    assert len(acm.requests) == 1


def test_a_reserved_name_with_an_llm_client_is_recorded_together_with_others(
    theirs: LLMClientCustomDomain, account: Account
) -> None:
    llm_client = make_llm_client(account)
    assignment.attach(llm_client, theirs, actor=SYSTEM)
    db.session.commit()
    assert theirs.llm_client is not None
    assert theirs.certificates == []
    with together():
        enter(theirs, Verdict.CNAME_MISSING)
    assert newest(theirs).state is CertificateState.WANTED
    assert llm_client.tls_certificate_issuance_status is TlsStatus.REQUESTED


@pytest.mark.parametrize(
    "verdict", [one for one in Verdict if not one.facts.reserved and one is not Verdict.VERIFIED]
)
def test_nothing_is_asked_for_a_name_that_nothing_proves(
    theirs: LLMClientCustomDomain, verdict: Verdict
) -> None:
    enter(theirs, verdict)
    assert queries.newest_certificate(theirs) is None


def test_staff_suspend_a_reserved_name(theirs: LLMClientCustomDomain) -> None:
    enter(theirs, Verdict.CNAME_MISSING)
    certificate = newest(theirs)
    theirs.held_at = NOW
    db.session.commit()
    assert certificate.next_attempt_at is not None
    assert steps.claim(certificate.id, certificate.next_attempt_at) is None
    assert certificate.next_attempt_at is None


def test_the_owner_of_a_reserved_name_has_it_tried_again(
    theirs: LLMClientCustomDomain, step: Step, acm: MemoryAcm, app: Flask
) -> None:
    enter(theirs, Verdict.CNAME_MISSING)
    certificate = newest(theirs)
    step(certificate, certificate.next_attempt_at)
    acm.fail_certificate(certificate.arn or "")
    step(certificate)
    settings: Settings = app.extensions["settings"]
    assert certificate.next_attempt_at is not None
    now = certificate.next_attempt_at
    outcome = retry.by_owner(theirs, actor=SYSTEM, settings=settings, now=now)
    assert isinstance(outcome, retry.Retried)


def test_a_renewal_that_misses_the_record_asks_for_it(
    asked: Certificate, step: Step, acm: MemoryAcm, dns: MemoryDns
) -> None:
    publish(dns, asked, acm)
    step(asked)
    acm.issue(asked.arn or "", NOW)
    step(asked)
    take_out(dns, asked, acm)
    acm.renew(asked.arn or "", Renewal("PENDING_VALIDATION", None))
    step(asked)
    assert asked.state is CertificateState.ISSUED
    assert asked.problem is not None
    assert asked.problem.code == Problem.RECORD_MISSING
    assert asked.next_attempt_at is not None
    publish(dns, asked, acm)
    lifecycle.check_again(asked.custom_domain, pressed := asked.next_attempt_at - HOUR)
    assert asked.next_attempt_at == pressed
    step(asked)
    assert asked.problem is not None
    assert asked.problem.code != Problem.RECORD_MISSING


def test_names_that_were_proved_while_the_edge_had_certificates_get_one(
    theirs: LLMClientCustomDomain,
) -> None:
    theirs.state = DomainState.VERIFIED
    db.session.commit()
    lifecycle.want_missing(NOW)
    assert newest(theirs).state is CertificateState.WANTED
